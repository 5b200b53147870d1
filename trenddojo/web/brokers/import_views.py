"""The import of an account as the page shows it: what is stored, or what its broker offers with what was typed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from flask import request

from trenddojo.brokers.registry import spec_of
from trenddojo.domain.account_numbers import masked
from trenddojo.domain.equity import local_date
from trenddojo.domain.order_states import OrderRole
from trenddojo.domain.terms import Direction
from trenddojo.services import topics
from trenddojo.services.errors import FORM
from trenddojo.services.onboarding import Line, Outside
from trenddojo.services.onboarding_offers import Offer, PositionOffer, TripOffer
from trenddojo.store.seats import Seat
from trenddojo.web.brokers.connect import Failure
from trenddojo.web.format import as_typed, price, quantity
from trenddojo.web.frame import mode_of
from trenddojo.web.shell import ShownMode

NO_STOP, STOP, INITIAL, ENTERED, TRIP_STOP = "none:", "stop:", "initial:", "on:", "trip:"
"""What the names of a position's or a trade's own fields begin with; its symbol or first fill follows."""
_WORDS = {OrderRole.STOP: "a stop", OrderRole.TARGET: "a target"}
_TAKEN_OVER = "from then on moved, and ended, with the trade."


@dataclass(frozen=True, slots=True)
class PositionCard:
    """An open position to tick, with its fields as they are or were typed. `number` makes ids of its own.

    `notes` say where its figures come from and what becomes of it, `why_not` why it cannot be ticked. `is_covered`: its
    stop rests at the broker, and is not to be changed here.
    """

    number: int
    symbol: str
    direction: Direction
    quantity: Decimal
    entry: Decimal | None
    opened: date | None
    market_price: Decimal | None
    open_pnl: Decimal | None
    notes: Sequence[str]
    why_not: str
    asks_stop: bool
    is_covered: bool
    asks_date: bool
    is_ticked: bool
    stop: str
    has_none: bool
    initial: str
    entered_on: str
    errors: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class TripRow:
    """A closed trade to tick."""

    number: int
    id: str
    symbol: str
    direction: Direction
    quantity: Decimal
    entry: Decimal | None
    exit: Decimal | None
    opened: date
    closed: date
    pnl: Decimal
    is_ticked: bool
    initial: str
    error: str


@dataclass(frozen=True, slots=True)
class OfferView:
    """What the broker offers. `left_out` are symbols with why their past is not."""

    positions: Sequence[PositionCard]
    trips: Sequence[TripRow]
    left_out: Sequence[tuple[str, str]]
    general: str

    @property
    def is_nothing(self) -> bool:
        """Whether there is nothing to tick."""
        return not (self.trips or any(not one.why_not for one in self.positions))


@dataclass(frozen=True, slots=True)
class Section:
    """One account's part of the page. `offer` is None until its broker was asked, `failure` what it said instead."""

    id: str
    name: str
    number: str
    mode: ShownMode
    broker: str
    currency: str
    equity: Decimal
    topic: str
    first_pass_at: datetime | None
    seen_at: datetime | None
    lines: Sequence[Line]
    today: date
    may_trade: bool
    offer: OfferView | None = None
    failure: Failure | None = None


@dataclass(frozen=True, slots=True)
class Typed:
    """What was sent: nothing before the first try."""

    form: Mapping[str, str] = field(default_factory=dict)
    positions: Sequence[str] = ()
    trips: Sequence[str] = ()
    is_sent: bool = False

    def value(self, name: str, before: str) -> str:
        """What stands in a field, `before` anything was sent."""
        return self.form.get(name, "") if self.is_sent else before


def typed() -> Typed:
    """The sent form."""
    form = request.form
    return Typed(form.to_dict(), form.getlist("position"), form.getlist("trade"), is_sent=True)


def wanted(sent: Typed) -> dict[str, Any]:
    """The sent form as the service takes it: what is ticked, with the fields of its own."""
    return {
        "positions": [
            {
                "symbol": one,
                "stop": sent.form.get(STOP + one),
                "without_stop": NO_STOP + one in sent.form,
                "initial_stop": sent.form.get(INITIAL + one),
                "entered_on": sent.form.get(ENTERED + one),
            }
            for one in sent.positions
        ],
        "trades": [{"first_fill": one, "initial_stop": sent.form.get(TRIP_STOP + one)} for one in sent.trips],
    }


def section(found: Outside, now: datetime, offer: OfferView | None = None, failure: Failure | None = None) -> Section:
    """The part of one account."""
    account, seat = found.seat.account, found.seat
    if account.mode is None:
        raise TypeError("an account that is kept by hand has nothing to import")
    return Section(
        id=str(account.id),
        name=account.name,
        number=masked(account.broker_account_id or "", account.mode),
        mode=mode_of(account.mode),
        broker=spec_of(account.broker).label,
        currency=account.base_currency,
        equity=account.equity,
        topic=topics.account(account.id),
        first_pass_at=found.first_pass_at,
        seen_at=found.seen_at,
        lines=found.lines,
        today=local_date(now, seat.zone),
        may_trade=seat.may_trade,
        offer=offer,
        failure=failure,
    )


def offer_view(offer: Offer, seat: Seat, sent: Typed, errors: Mapping[str, str]) -> OfferView:
    """An offer with what was typed, and what is wrong with it by its field."""
    of_positions = _by_item(errors, "positions", sent.positions)
    of_trips = _by_item(errors, "trades", sent.trips)
    positions = [
        _card(number, one, seat, sent, of_positions.pop(one.symbol, {})) for number, one in enumerate(offer.positions)
    ]
    trips = [_row(number, one, seat, sent, of_trips.pop(one.id, {})) for number, one in enumerate(offer.trips)]
    lost = [f"{name}: {told}" for name, found in of_positions.items() for told in found.values()]
    lost += [told for found in of_trips.values() for told in found.values()]
    general = [errors[FORM]] if FORM in errors else []
    return OfferView(positions, trips, sorted(offer.left_out.items()), " ".join(dict.fromkeys([*general, *lost])))


def _by_item(errors: Mapping[str, str], group: str, sent: Sequence[str]) -> dict[str, dict[str, str]]:
    """Errors such as `positions.0.stop` by what was ticked in that place, and then by field."""
    found: dict[str, dict[str, str]] = {}
    for name, sentence in errors.items():
        parts = name.split(".")
        if parts[0] == group and len(parts) == len(("group", "place", "field")):
            found.setdefault(sent[int(parts[1])], {})[parts[2]] = sentence
    return found


def _card(number: int, one: PositionOffer, seat: Seat, sent: Typed, errors: Mapping[str, str]) -> PositionCard:
    is_ticked = one.symbol in sent.positions if sent.is_sent else not one.why_not
    return PositionCard(
        number=number,
        symbol=one.symbol,
        direction=one.direction,
        quantity=one.quantity,
        entry=one.entry,
        opened=None if one.opened_at is None else local_date(one.opened_at, seat.zone),
        market_price=one.market_price,
        open_pnl=one.open_pnl,
        notes=_notes(one),
        why_not=one.why_not or errors.get("symbol", ""),
        asks_stop=bool(one.held),
        is_covered=one.is_covered and one.stop is not None,
        asks_date=not one.fills,
        is_ticked=is_ticked and not one.why_not,
        stop=sent.value(STOP + one.symbol, as_typed(one.stop)),
        has_none=NO_STOP + one.symbol in sent.form,
        initial=sent.value(INITIAL + one.symbol, ""),
        entered_on=sent.value(ENTERED + one.symbol, ""),
        errors=errors,
    )


def _notes(one: PositionOffer) -> list[str]:
    if one.fills:
        count = len(one.fills)
        told = f"Its entry is that of the {count} fills" if count > 1 else "Its entry is that of the fill"
        notes = [f"{told} that the broker tells."]
    else:
        notes = ["Its fills are older than what the broker tells: the entry is its average price there."]
    if rests := [f"{_WORDS[rest.role]} at {price(rest.price)}" for rest in one.resting if rest.price is not None]:
        notes.append(f"At the broker {'rest' if len(rests) > 1 else 'rests'} {' and '.join(rests)}: {_TAKEN_OVER}")
    if one.joins is not None:
        notes.append("It becomes a leg of your open trade in it, with a stop of its own.")
    if one.absorbs is not None:
        gone = quantity(one.quantity - one.held)
        notes.append(f"{gone} of it left since, by an order that was placed elsewhere: that fill becomes its exit.")
    return notes


def _row(number: int, one: TripOffer, seat: Seat, sent: Typed, errors: Mapping[str, str]) -> TripRow:
    position = one.position
    return TripRow(
        number=number,
        id=one.id,
        symbol=one.symbol,
        direction=position.direction,
        quantity=position.entered,
        entry=position.average_entry,
        exit=position.average_exit,
        opened=local_date(one.opened_at, seat.zone),
        closed=local_date(one.closed_at, seat.zone),
        pnl=position.realised,
        is_ticked=one.id in sent.trips if sent.is_sent else True,
        initial=sent.value(TRIP_STOP + one.id, ""),
        error=" ".join(errors.values()),
    )
