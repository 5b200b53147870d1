"""Moving stops: the ratchet, its overrides, and what is warned of."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID, uuid4

from trenddojo.domain.figures import price as shown
from trenddojo.domain.legs import quantities_left
from trenddojo.domain.stops import loosens
from trenddojo.domain.terms import Direction, TradeStatus
from trenddojo.services.books import Books, open_books
from trenddojo.services.errors import FORM, Conflict, Invalid
from trenddojo.services.inputs.records import SHORTEST_REASON, StopInput
from trenddojo.services.records import begin, conclude, happened, id_of, said
from trenddojo.store import trades
from trenddojo.store.database import db
from trenddojo.store.models import Leg, Trade, TradeStop
from trenddojo.store.seats import Seat

_NEXT = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class StopMove:
    """A move that may be made: the legs whose stop it changes, whether it overrides the ratchet, and a warning or none.

    `price` is per unit, in the instrument's currency.
    """

    price: Decimal
    legs: tuple[Leg, ...]
    is_override: bool
    warning: str


def move_stop(seat: Seat, trade: Trade, stop: StopInput, now: datetime) -> StopMove:
    """Move the stop of one leg, or of every leg that holds something; the same key again finds the first move.

    Raises Invalid where a field is wrong or the move loosens a stop without a reason, Conflict where the trade is not
    open, Forbidden.
    """
    begin(seat, trade)
    books = open_books(trade, seat.account)
    if stop.key and (first := _made_with(books, stop.key)):
        return first
    if trade.status is not TradeStatus.ACTIVE:
        raise Conflict("Only an open trade has a stop to move. Edit the plan instead.")
    move = checked(books, stop)
    if move.is_override and len(stop.reason) < SHORTEST_REASON:
        raise Invalid(
            {"reason": _loosening(move) + f" Type a reason of at least {SHORTEST_REASON} characters to do so."}
        )
    at = after_the_last(seat, books, move.legs, stop.at, now)
    for leg in move.legs:
        db.session.add(
            TradeStop(
                id=_id_of(trade, leg, stop.key) or uuid4(),
                trade_id=trade.id,
                leg=leg.number,
                at=at,
                old=leg.stop,
                new=move.price,
                reason=stop.reason,
                is_override=loosens(trade.direction, leg.stop, move.price),
                created_by=seat.user.id,
            )
        )
        leg.stop = move.price
    conclude(seat, trade)
    return move


def _made_with(books: Books, key: str) -> StopMove | None:
    """The move that a request with this key made before."""
    trade = books.trade
    legs = {_id_of(trade, leg, key): leg for leg in trades.legs_of(trade.id)}
    made = [row for row in trades.stops_of(trade.id) if row.id in legs]
    if not made:
        return None
    price, moved = made[0].new, tuple(legs[row.id] for row in made)
    return StopMove(price, moved, any(row.is_override for row in made), _warning(books, price))


def _id_of(trade: Trade, leg: Leg, key: str | None) -> UUID | None:
    return id_of(trade, f"stop {leg.number}", key)


def checked(books: Books, stop: StopInput) -> StopMove:
    """What a move would change, without making it; raises Invalid where it makes no sense.

    A move that loosens is not refused here: `move_stop` wants its reason.
    """
    direction = books.trade.direction
    legs = tuple(leg for leg in _legs_meant(books, stop.leg) if leg.stop != stop.price)
    if not legs:
        raise Invalid({"price": f"The stop is at {shown(stop.price)} already."})
    for leg in legs:
        _check_side(books, leg, stop.price)
    return StopMove(
        price=stop.price,
        legs=legs,
        is_override=any(loosens(direction, leg.stop, stop.price) for leg in legs),
        warning=_warning(books, stop.price),
    )


def _legs_meant(books: Books, number: int | None) -> Sequence[Leg]:
    legs = trades.legs_of(books.trade.id)
    if number is not None:
        named = [leg for leg in legs if leg.number == number]
        if not named:
            raise Invalid({"leg": f"This trade has no leg {number}."})
        return named
    left = quantities_left(books.position)
    holding = [leg for leg in legs if left.get(leg.number)]
    if not holding:
        raise Invalid({FORM: "Nothing is held, so there is no stop to move."})
    return holding


def _check_side(books: Books, leg: Leg, price: Decimal) -> None:
    """A stop beyond its leg's entry locks profit in, which takes a price that is known to be beyond the entry too."""
    direction, mark = books.trade.direction, books.mark
    entry = _entry_of(books, leg)
    if not _beyond(direction, price, entry) or mark is None or _beyond(direction, mark.price, entry):
        return
    side = "above" if direction is Direction.LONG else "below"
    raise Invalid(
        {
            "price": f"A stop {side} the entry of {shown(entry)} locks in a profit, but the last price is "
            f"{shown(mark.price)}. Set the last price first if it has moved."
        }
    )


def _entry_of(books: Books, leg: Leg) -> Decimal:
    """Where a leg that is in profit begins to be: its best-placed fill, else its planned entry."""
    prices = [lot.fill.price for lot in books.position.entries if lot.fill.leg == leg.number]
    if not prices:
        return leg.planned_entry
    return max(prices) if books.trade.direction is Direction.LONG else min(prices)


def _beyond(direction: Direction, price: Decimal, entry: Decimal) -> bool:
    """Whether `price` is on the winning side of `entry`, or at it."""
    return direction.sign * (price - entry) >= 0


def _warning(books: Books, price: Decimal) -> str:
    mark, direction = books.mark, books.trade.direction
    if mark is None or direction.sign * (mark.price - price) > 0:
        return ""
    side = "above" if direction is Direction.LONG else "below"
    return f"The stop is not {'below' if side == 'above' else 'above'} the last price of {shown(mark.price)}."


def _loosening(move: StopMove) -> str:
    old = ", ".join(dict.fromkeys(shown(leg.stop) for leg in move.legs if leg.stop is not None))
    return f"{shown(move.price)} would loosen the stop from {old}."


def after_the_last(seat: Seat, books: Books, legs: Sequence[Leg], told: datetime | None, now: datetime) -> datetime:
    """The time of a move: after every earlier move and entry of its legs, whose frozen risk it must not touch."""
    at = happened(told, now)
    numbers = {leg.number for leg in legs}
    moves = [row.at for row in trades.stops_of(books.trade.id) if row.leg in numbers]
    entries = [lot.fill.at for lot in books.position.entries if lot.fill.leg in numbers]
    last = max((*moves, *entries), default=at)
    if told is not None and told < last:
        raise Invalid({"at": f"The leg was filled or its stop moved after that, on {said(last, seat)}."})
    return max(at, max((move + _NEXT for move in moves), default=at))
