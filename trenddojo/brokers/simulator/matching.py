"""What happens next among the orders of one symbol within one minute: pure functions of the orders and the market.

A stop is triggered where the price touches it, and fills at that price, or at the first price of a minute that opened
through it. A resting limit fills at its limit, or at the open of a minute that opened through it. What arrives in a
moving market and can fill at once pays the quote: the ask for a buy, the bid for a sell. At one moment triggers come
before fills, then the better price, then the earlier order.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from trenddojo.brokers.simulator.course import Course
from trenddojo.brokers.simulator.intervals import DayRange, Minute
from trenddojo.brokers.simulator.orders import AT_ONCE, AUCTIONS, Ticket, direction, further, trail_level
from trenddojo.brokers.types import MarketData
from trenddojo.domain.money import ZERO
from trenddojo.domain.orders import OrderType, TimeInForce
from trenddojo.domain.terms import Side

_MICROSECOND = timedelta(microseconds=1)
_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Act:
    """An order is triggered or fills at a moment: at `price`, or at what the quote then says where that is None.

    `level` is where a trigger was touched.
    """

    ticket: Ticket
    at: datetime
    price: Decimal | None
    level: Decimal | None = None

    @property
    def is_trigger(self) -> bool:
        """Whether it is a trigger and not a fill."""
        return self.ticket.sleeps


def may_act(ticket: Ticket, stretch: Minute | DayRange) -> bool:
    """Whether anything could happen to an order in a stretch of time of which only the range is known."""
    sign = direction(ticket.side)
    if ticket.sleeps and ticket.best is not None:
        far, near = (stretch.low, stretch.high) if sign > 0 else (stretch.high, stretch.low)
        return sign * (near - trail_level(ticket, further(sign, ticket.best, far))) >= 0
    if ticket.sleeps and ticket.stop_price is not None:
        return stretch.high >= ticket.stop_price if sign > 0 else stretch.low <= ticket.stop_price
    if ticket.limit_price is not None:
        return stretch.low <= ticket.limit_price if sign > 0 else stretch.high >= ticket.limit_price
    return True


def next_act(tickets: Iterable[Ticket], minute: Minute, start: datetime, until: datetime, room: Decimal) -> Act | None:
    """The first thing that happens in [start, until] of a minute of which `room` units may still be had, or None."""
    live = [ticket for ticket in tickets if ticket.working and may_act(ticket, minute)]
    if not live:
        return None
    course = Course(minute)
    found = [act for ticket in live if (act := _act(ticket, minute, course, start, room)) and act.at <= until]
    return min(found, key=_turn, default=None)


def taken(ticket: Ticket, quote: MarketData, minute: Minute) -> Decimal:
    """The price of what fills against the quote: within the minute's range, and never worse than a limit."""
    offered = quote.ask if ticket.side is Side.BUY else quote.bid
    price = min(max(quote.last if offered is None else offered, minute.low), minute.high)
    if ticket.limit_price is None:
        return price
    return min(price, ticket.limit_price) if ticket.side is Side.BUY else max(price, ticket.limit_price)


def _act(ticket: Ticket, minute: Minute, course: Course, start: datetime, room: Decimal) -> Act | None:
    """What this order alone would do next."""
    start = max(start, ticket.since)  # it may not look at the market yet
    if start >= minute.at + _MINUTE:
        return None
    begin = _moment(start, minute)
    if ticket.sleeps:
        return _trigger(ticket, minute, course, begin)
    if room <= ZERO or _cannot_at_once(ticket, start, room) or _is_late(ticket, start):
        return None
    if ticket.triggered_at == start and _suits(ticket, ticket.trigger_price):
        return Act(ticket, start, ticket.trigger_price)
    if ticket.limit_price is None:
        return Act(ticket, start, None)
    moment = course.first(ticket.limit_price, -direction(ticket.side), begin)
    return None if moment is None else _at(ticket, minute, moment, ticket.limit_price)


def _trigger(ticket: Ticket, minute: Minute, course: Course, begin: int) -> Act | None:
    if ticket.best is not None and ticket.best_at is not None:
        trailed = course.trailed(ticket, ticket.best, _moment(max(minute.at, ticket.best_at), minute))
        return None if trailed is None else _at(ticket, minute, *trailed)
    if ticket.stop_price is None:
        return None
    moment = course.first(ticket.stop_price, direction(ticket.side), begin)
    return None if moment is None else _at(ticket, minute, moment, ticket.stop_price)


def _at(ticket: Ticket, minute: Minute, moment: int, level: Decimal) -> Act:
    """What happens where a level is reached: at the quote on arrival, at the open after a gap, else at the level."""
    at = minute.at + moment * _MICROSECOND
    price = minute.open if moment == 0 else level
    return Act(ticket, at, None if at == ticket.since else price, level)


def _cannot_at_once(ticket: Ticket, start: datetime, room: Decimal) -> bool:
    """Whether an order for the instant of its arrival has missed it, or cannot have the whole of what it asks."""
    if ticket.time_in_force not in AT_ONCE:
        return False
    return start != ticket.since or (ticket.time_in_force is TimeInForce.FOK and room < ticket.left)


def _is_late(ticket: Ticket, start: datetime) -> bool:
    """Whether the auction that an order is for is over."""
    return ticket.time_in_force in AUCTIONS and ticket.expires_at is not None and start >= ticket.expires_at


def _suits(ticket: Ticket, price: Decimal | None) -> bool:
    """Whether a stop that has just been triggered at `price` may fill there."""
    if price is None or ticket.limit_price is None:
        return price is not None
    return direction(ticket.side) * (ticket.limit_price - price) >= 0


def _turn(act: Act) -> tuple[datetime, bool, str, bool, Decimal, int]:
    """Where an act stands in line."""
    ticket = act.ticket
    limit = None if ticket.sleeps or ticket.order_type is OrderType.MARKET else ticket.limit_price
    aggression = ZERO if limit is None else -direction(ticket.side) * limit
    return act.at, not act.is_trigger, ticket.side, limit is not None, aggression, ticket.rank


def _moment(at: datetime, minute: Minute) -> int:
    return (at - minute.at) // _MICROSECOND
