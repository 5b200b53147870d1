"""The list's tabs, heads, filters and pages: links to the same list with one answer changed."""

from collections.abc import Sequence
from dataclasses import dataclass

from trenddojo.services.inputs.listing import ListQuery, Shown, spelled
from trenddojo.store.listing import Order, Page, Result, Sort
from trenddojo.store.seats import Seat
from trenddojo.web.addresses import Address, Filter
from trenddojo.web.format import day

ANSWERS = frozenset(field.alias or name for name, field in ListQuery.model_fields.items()) - {"after", "before"}
"""What an address of the list may ask for, without the place in it."""
_ASCENDING_FIRST = {Sort.SYMBOL}


@dataclass(frozen=True, slots=True)
class Head:
    """A column head that sorts: `direction` is what aria-sort says, empty where the list is in another order."""

    label: str
    url: str
    direction: str
    numeric: bool


_HEADS = {
    Sort.SYMBOL: ("Symbol", False),
    Sort.OPENED: ("Opened", False),
    Sort.CLOSED: ("Closed", False),
    Sort.PNL: ("P&L", True),
    Sort.R: ("R", True),
}


def heads(address: Address, order: Order) -> dict[str, Head]:
    """The heads by their sort; a press on the present one turns the order round."""
    return {by.value: _head(by, address, order) for by in Sort}


def _head(by: Sort, address: Address, order: Order) -> Head:
    label, numeric = _HEADS[by]
    here = by is order.by
    descending = not order.descending if here else by not in _ASCENDING_FIRST
    direction = ("descending" if order.descending else "ascending") if here else ""
    return Head(label, address.with_(sort=f"{'-' if descending else ''}{by}"), direction, numeric)


def tabs(address: Address, query: ListQuery, open_trades: int) -> list[tuple[str, str, int | None, bool]]:
    """All, open, plans, closed, the last one in order of closing. Only the open ones' number needs no counting."""
    kinds: tuple[tuple[str, Shown | None, str | None, int | None], ...] = (
        ("All", None, None, None),
        ("Open", Shown.ACTIVE, None, open_trades or None),
        ("Plans", Shown.PLANS, None, None),
        ("Closed", Shown.CLOSED, f"-{Sort.CLOSED}", None),
    )
    return [
        (text, address.with_(status=shown, sort=sort), count, query.status is shown)
        for text, shown, sort, count in kinds
    ]


def filters(address: Address, query: ListQuery) -> list[Filter]:
    """The chips that need no more than the query: state, side and result as menus, and the search if there is one."""
    chips = [
        _menu("Status", "status", query.status, [Shown.PLANNING, Shown.PENDING, Shown.CANCELLED], address),
        _menu("Side", "side", query.side, ["long", "short"], address),
        _menu("Result", "result", query.result, list(Result), address),
    ]
    if query.status in (Shown.ACTIVE, Shown.PLANS, Shown.CLOSED):
        del chips[0]  # the tab says it
    if query.q:
        chips.append(Filter("Symbol", f"{query.q.upper()}…", address.with_(q=None)))
    return chips


def _menu(label: str, name: str, chosen: str | None, choices: Sequence[str], address: Address) -> Filter:
    options = [(address.with_(**{name: str(choice)}), str(choice).capitalize()) for choice in choices]
    return Filter(label, str(chosen) if chosen else "", address.with_(**{name: None}), options)


def dates(address: Address, query: ListQuery) -> Filter:
    """The chip of the first and last day: of closing where the list is in that order, else of opening."""
    label = "Closed" if query.order.by is Sort.CLOSED else "Opened"
    since, until = (f"{day(end)} {end.year}" if end else "" for end in (query.since, query.until))
    words = [f"from {since}" if since else "", f"to {until}" if until else ""]
    return Filter(label, " ".join(filter(None, words)), address.with_(from_=None, to=None))


def accounts(address: Address, seats: Sequence[Seat]) -> list[tuple[str, str]]:
    """Where to look: one account, or all that the person may see."""
    links = [(address.with_(account=seat.account.id), seat.account.name) for seat in seats]
    return [*links, (address.with_(account="any"), "Any account")]


_DIRECTIONS = {
    Sort.OPENED: ("oldest first", "newest first"),
    Sort.CLOSED: ("first closed first", "last closed first"),
    Sort.SYMBOL: ("by symbol", "by symbol, backwards"),
    Sort.PNL: ("smallest P&L first", "largest P&L first"),
    Sort.R: ("smallest R first", "largest R first"),
}


def ordered(order: Order, shown: int) -> str:
    """What the foot says of the rows: how many, and in which order."""
    return f"{shown} trade{'' if shown == 1 else 's'}, {_DIRECTIONS[order.by][order.descending]}"


def words(order: Order) -> tuple[str, str]:
    """What the page before and the page after are called."""
    if order.by not in (Sort.OPENED, Sort.CLOSED):
        return "Previous", "Next"
    return ("Newer", "Older") if order.descending else ("Older", "Newer")


def pages(address: Address, page: Page) -> tuple[str, str]:
    """The addresses of the page before and of the page after; empty where there is none."""
    before = address.with_(before=spelled(page.before)) if page.before else ""
    after = address.with_(after=spelled(page.after)) if page.after else ""
    return before, after
