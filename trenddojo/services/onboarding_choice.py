"""What a person wants of an offer, checked field by field against what the broker told."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Final
from uuid import UUID, uuid4

from trenddojo.domain.equity import local_date
from trenddojo.domain.figures import price as shown
from trenddojo.domain.fills import FIRST_LEG, Fill
from trenddojo.domain.money import ONE, ZERO
from trenddojo.domain.plans import check_plan
from trenddojo.services.errors import FORM
from trenddojo.services.inputs.onboarding import ImportInput, PositionWanted, TripWanted
from trenddojo.services.onboarding_offers import Offer, PositionOffer, Stops, TripOffer
from trenddojo.store import fills, orders
from trenddojo.store.seats import Seat

NOON: Final = time(12)
"""When a fill without a clock time was (rule 5 of docs/NUMBERS.md)."""
NOTHING: Final = "Tick what you want to import."
NOT_OFFERED: Final = "This is not offered any more. Ask the broker again."
NO_STOP: Final = "Enter where its stop is now, or say that it has none."
NO_DATE: Final = "Enter the day on which it was opened: its fills are older than what the broker tells."
FUTURE: Final = "This is in the future."


@dataclass(frozen=True, slots=True)
class ChosenPosition:
    """A position to import, with the fills and stops that it gets."""

    offer: PositionOffer
    fills: tuple[Fill, ...]
    stops: Stops


@dataclass(slots=True)
class Chosen:
    """What is to be imported, the trades that hold already what was asked for again, and what is wrong by field."""

    positions: list[ChosenPosition] = field(default_factory=list)
    trips: list[tuple[TripOffer, Decimal | None]] = field(default_factory=list)
    known: list[UUID] = field(default_factory=list)
    errors: dict[str, str] = field(default_factory=dict)

    @property
    def is_something(self) -> bool:
        """Whether anything is to be written."""
        return bool(self.positions or self.trips)


def chosen_of(offer: Offer, wanted: ImportInput, seat: Seat, now: datetime) -> Chosen:
    """What of the offer is wanted, read in the caller's transaction."""
    chosen = Chosen()
    for place, position in enumerate(wanted.positions):
        errors = dict(_position(chosen, offer, position, seat, now))
        chosen.errors |= {f"positions.{place}.{name}": sentence for name, sentence in errors.items()}
    for place, trip in enumerate(wanted.trades):
        errors = dict(_trip(chosen, offer, trip, seat))
        chosen.errors |= {f"trades.{place}.{name}": sentence for name, sentence in errors.items()}
    if not (wanted.positions or wanted.trades):
        chosen.errors[FORM] = NOTHING
    return chosen


# ---- closed trades


def _trip(chosen: Chosen, offer: Offer, wanted: TripWanted, seat: Seat) -> Iterator[tuple[str, str]]:
    found = next((one for one in offer.trips if one.id == wanted.first_fill), None)
    if found is None:
        if (trade_id := fills.trade_with(seat.account.id, wanted.first_fill)) is not None:
            chosen.known.append(trade_id)
        else:
            yield "first_fill", NOT_OFFERED
        return
    if wanted.initial_stop is not None and found.position.average_entry is not None:
        problems = check_plan(found.position.direction, found.position.average_entry, wanted.initial_stop)
        if problems:
            yield "initial_stop", problems["stop"]
    chosen.trips.append((found, wanted.initial_stop))


# ---- open positions


def _position(
    chosen: Chosen, offer: Offer, wanted: PositionWanted, seat: Seat, now: datetime
) -> Iterator[tuple[str, str]]:
    found = next((one for one in offer.positions if one.symbol == wanted.symbol), None)
    if found is None:
        beside = orders.open_trade_named(seat.account.id, wanted.symbol)
        if beside is not None and fills.has_imported(beside.id):
            chosen.known.append(beside.id)
        else:
            yield "symbol", NOT_OFFERED
        return
    if found.why_not or found.entry is None:
        yield "symbol", found.why_not or NOT_OFFERED
        return
    yield from _date_problems(found, wanted.entered_on, seat, now)
    yield from _stop_problems(found, found.entry, wanted)
    entry = found.fills or _stands_for(found, found.entry, wanted.entered_on, seat, now)
    chosen.positions.append(ChosenPosition(found, entry, _stops(found, wanted, entry)))


def _date_problems(found: PositionOffer, on: date | None, seat: Seat, now: datetime) -> Iterator[tuple[str, str]]:
    if found.fills:
        return
    if on is None:
        yield "entered_on", NO_DATE
    elif on > local_date(now, seat.zone):
        yield "entered_on", FUTURE


def _stop_problems(found: PositionOffer, entry: Decimal, wanted: PositionWanted) -> Iterator[tuple[str, str]]:
    if wanted.initial_stop is not None and (problems := check_plan(found.direction, entry, wanted.initial_stop)):
        yield "initial_stop", problems["stop"]
    if not found.held:
        return
    rests = found.stop if found.is_covered else None
    if rests is not None and wanted.stop != rests:
        yield "stop", f"A stop rests at the broker at {shown(rests)}. Import it there, then move it on its trade."
    elif wanted.stop is not None:
        yield from _side_problems(found, entry, wanted.stop)
    elif not wanted.without_stop:
        yield "stop", NO_STOP


def _side_problems(found: PositionOffer, entry: Decimal, stop: Decimal) -> Iterator[tuple[str, str]]:
    """A stop belongs on the losing side of the entry, or, where it locks a profit in, on that of the market's price."""
    problems, sign, price = check_plan(found.direction, entry, stop), found.direction.sign, found.market_price
    locks_in = price is not None and sign * (price - entry) > 0 and sign * (price - stop) > 0
    if problems and not locks_in:
        yield "stop", problems["stop"]


def _stops(found: PositionOffer, wanted: PositionWanted, entry: tuple[Fill, ...]) -> Stops:
    """The initial stop is the one that was told, else the present one while it is on the losing side of each entry."""
    sign, stop = found.direction.sign, wanted.stop if found.held else None
    prices = [fill.price for fill in entry if fill.side is found.direction.entry_side]
    is_below = stop is not None and all(sign * (price - stop) > 0 for price in prices)
    return Stops(wanted.initial_stop or (stop if is_below else None), stop)


def _stands_for(found: PositionOffer, entry: Decimal, on: date | None, seat: Seat, now: datetime) -> tuple[Fill, ...]:
    """One fill at the average price, at noon of its day; no later than the account began, on the day that it did."""
    day = on or local_date(now, seat.zone)
    began = seat.account.created_at
    latest = began if day <= local_date(began, seat.zone) else now
    at = min(datetime.combine(day, NOON, seat.zone).astimezone(UTC), latest)
    key = f"before:{uuid4().hex}"
    side = found.direction.entry_side
    return (Fill(key, at, 0, side, found.quantity, entry, ZERO, False, ONE, FIRST_LEG),)
