"""The list of orders: whose, in which states, of which symbol, and where a page of it ends."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from flask import request, url_for

from trenddojo.domain.order_states import OrderState
from trenddojo.services import topics
from trenddojo.services.errors import NotFound
from trenddojo.store import orders
from trenddojo.store.seats import Seat
from trenddojo.web import deps
from trenddojo.web.addresses import Address, Filter
from trenddojo.web.frame import mode_of
from trenddojo.web.order_words import OrderRow, row_of
from trenddojo.web.shell import ShownMode

DOUBTFUL = (OrderState.UNKNOWN, OrderState.NEEDS_REVIEW)
GROUPS: Mapping[str, tuple[str, tuple[OrderState, ...]]] = {
    "all": ("All", ()),
    "working": ("Working", tuple(state for state in orders.LIVE if state not in DOUBTFUL)),
    "yours": ("Need you", DOUBTFUL),
    "filled": ("Filled", (OrderState.FILLED,)),
    "ended": (
        "Ended",
        (OrderState.CANCELLED, OrderState.EXPIRED, OrderState.REPLACED, OrderState.REJECTED, OrderState.DENIED),
    ),
}
"""The groups of states that the list offers: a label, and the states; none for all."""
_ANY = "any"
_ANSWERS = ("show", "symbol", "account")
_EMPTY: Mapping[str, str] = {
    "working": "Nothing is at a broker or on its way there. An order begins as a plan with a stop: plan a trade.",
    "yours": "Nothing needs you. Orders that a broker does not explain show here, with all that it said of them.",
    "filled": "What fills is booked onto its trade by itself, and shows here.",
    "ended": "Cancelled, expired, replaced, rejected and denied orders show here.",
    "all": "An order begins as a plan with a stop: plan a trade, then send it.",
}


@dataclass(frozen=True, slots=True)
class Tab:
    """One group of states: how many orders are in it, and whether they wait for a person."""

    key: str
    label: str
    url: str
    count: int
    is_current: bool
    is_urgent: bool


@dataclass(frozen=True, slots=True)
class Listed:
    """A row of the list: the order, and the account that it belongs to."""

    row: OrderRow
    account: str


@dataclass(frozen=True, slots=True)
class OrderList:
    """A page of the list. `topics` are what the pulse says when it changed; a later page stays as it was opened."""

    address: Address
    group: str
    symbol: str
    seats: Sequence[Seat]
    tabs: Sequence[Tab]
    rows: Sequence[Listed]
    accounts: Sequence[tuple[str, str]]
    topics: Sequence[str]
    newest: str
    older: str
    empty: str

    @property
    def here(self) -> str:
        """The address of this view's first page."""
        return self.address.with_()

    @property
    def trigger(self) -> str:
        """When the list fetches itself anew."""
        return ", ".join(f"{topic} from:body" for topic in self.topics)

    @property
    def symbol_filter(self) -> Filter:
        """The chip of the symbol."""
        return Filter("Symbol", self.symbol, self.address.with_(symbol=None))

    @property
    def modes(self) -> set[ShownMode]:
        """Where orders of the shown accounts go."""
        return {mode_of(seat.account.mode) for seat in self.seats}

    @property
    def by_hand(self) -> str:
        """The name of the one account that is shown, where it is kept by hand."""
        only = self.seats[0].account if len(self.seats) == 1 else None
        return only.name if only is not None and only.mode is None else ""


def order_list(size: int) -> OrderList:
    """The list as its address asks for it, `size` orders a page. Raises NotFound for somebody else's account."""
    address = Address.of(url_for("orders.index"), request.args, _ANSWERS)
    seats, group = _seats(), request.args.get("show", "")
    group = group if group in GROUPS else "all"
    symbol = request.args.get("symbol", "").strip().upper()
    before = _place(request.args.get("after", ""), seats)
    found = orders.listed(seats, states=GROUPS[group][1], symbol=symbol, before=before, limit=size + 1)
    names = {seat.account.id: seat.account.name for seat in seats}
    return OrderList(
        address=address,
        group=group,
        symbol=symbol,
        seats=seats,
        tabs=_tabs(address, group, orders.counts(seats, symbol=symbol)),
        rows=[Listed(row_of(one), names[one.account_id]) for one in found[:size]],
        accounts=_accounts(address),
        topics=[topics.account(seat.account.id) for seat in seats if seat.account.mode] if before is None else [],
        newest=address.with_() if before else "",
        older=address.with_(after=found[size - 1].id) if len(found) > size else "",
        empty=_EMPTY[group],
    )


def _seats() -> list[Seat]:
    """The accounts to look at: the one at hand unless the address names another, or all."""
    asked = request.args.get("account", "").strip()
    if asked == _ANY:
        return deps.seats()
    found = named_seat(asked) if asked else deps.current_seat()
    return [found] if found else []


def named_seat(account_id: str) -> Seat:
    """The person's seat at an account of an address. Raises NotFound where it is not theirs to see."""
    try:
        return deps.seat(UUID(account_id))
    except ValueError:
        raise NotFound from None


def _accounts(address: Address) -> list[tuple[str, str]]:
    if len(deps.seats()) < 2:
        return []
    links = [(address.with_(account=seat.account.id), seat.account.name) for seat in deps.seats()]
    return [*links, (address.with_(account=_ANY), "Any account")]


def _tabs(address: Address, group: str, counts: Mapping[OrderState, int]) -> list[Tab]:
    return [_tab(key, address, group, counts) for key in GROUPS]


def _tab(key: str, address: Address, group: str, counts: Mapping[OrderState, int]) -> Tab:
    label, states = GROUPS[key]
    count = sum(number for state, number in counts.items() if not states or state in states)
    url = address.with_(show=None if key == "all" else key)
    return Tab(key, label, url, count, key == group, states == DOUBTFUL and count > 0)


def _place(text: str, seats: Sequence[Seat]) -> orders.Place | None:
    """Where the page before ended; None, which is the first page, for no order that these seats may see."""
    try:
        found = orders.order_at(seats, UUID(text))
    except ValueError:
        return None
    return orders.Place(found[1].created_at, found[1].id) if found else None
