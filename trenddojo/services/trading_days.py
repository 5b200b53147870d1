"""One day of an account: what it brought, the trades that were open on it, and what happened in its course."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from trenddojo.domain.equity import DayChange, local_date, start_of
from trenddojo.domain.money import ZERO
from trenddojo.services.errors import NotFound
from trenddojo.services.journal import JournalDay, day_of
from trenddojo.store import days, journal, timeline, trading_day
from trenddojo.store.calendar import NOTHING, Sums, days_between
from trenddojo.store.models import Execution, Trade, TradeNote, TradeStop
from trenddojo.store.seats import Seat

_ONE_DAY = timedelta(days=1)
_MOST = 200
"""Trades, fills and notes of one day that a page reads at most, of each."""


class Part(StrEnum):
    """What a day was to a trade."""

    OPENED = "opened"
    CLOSED = "closed"
    BOTH = "opened and closed"
    HELD = "held"


@dataclass(frozen=True, slots=True)
class DayTrade:
    """A trade on a day that it was open: what it booked then, and how its open P&L changed, in cents."""

    trade: Trade
    part: Part
    booked: Decimal
    open_change: Decimal


@dataclass(frozen=True, slots=True)
class Happening:
    """Something in the course of the day: a fill, a move of a stop, or a note about a trade. `by` is its person's name.

    `by` is empty for whoever looks.
    """

    at: datetime
    trade: Trade
    what: Execution | TradeStop | TradeNote
    by: str


@dataclass(frozen=True, slots=True)
class TradingDay:
    """The day.

    `closed` sums up the trades that closed on it, `left_out` counts trades beyond the limit; `before` and `after` are
    the nearest dates with something, today at last.
    """

    day: JournalDay
    change: DayChange
    closed: Sums
    trades: tuple[DayTrade, ...]
    left_out: int
    course: tuple[Happening, ...]
    before: date | None
    after: date | None


def trading_day_of(seat: Seat, on: date, now: datetime) -> TradingDay:
    """A date of the account. Raises NotFound for one to come."""
    today = local_date(now, seat.zone)
    if on > today:
        raise NotFound("This day is still to come.")
    account_id = seat.account.id
    since, until = start_of(on, seat.zone), start_of(on + _ONE_DAY, seat.zone)
    open_ones = trading_day.trades_within(account_id, since, until, _MOST)
    brought = trading_day.brought_by(account_id, on)
    changes = days.changes_between(account_id, on, on)
    earlier = journal.days_with_matter(account_id, on - _ONE_DAY, 1)
    return TradingDay(
        day=day_of(seat, on),
        change=changes[0] if changes else DayChange(on),
        closed=days_between(account_id, on, on).get(on, NOTHING),
        trades=tuple(_of_day(trade, since, until, brought) for trade in open_ones),
        left_out=trading_day.count_within(account_id, since, until) - _MOST if len(open_ones) == _MOST else 0,
        course=_course(seat, {trade.id: trade for trade in open_ones}, since, until),
        before=earlier[0] if earlier else None,
        after=journal.next_with_matter(account_id, on) or (today if on < today else None),
    )


def _of_day(trade: Trade, since: datetime, until: datetime, brought: dict[UUID, tuple[Decimal, Decimal]]) -> DayTrade:
    booked, open_change = brought.get(trade.id, (ZERO, ZERO))
    opened = trade.opened_at is not None and trade.opened_at >= since
    closed = trade.closed_at is not None and trade.closed_at < until
    part = {(True, True): Part.BOTH, (True, False): Part.OPENED, (False, True): Part.CLOSED}.get(
        (opened, closed), Part.HELD
    )
    return DayTrade(trade, part, booked, open_change)


def _course(seat: Seat, held: dict[UUID, Trade], since: datetime, until: datetime) -> tuple[Happening, ...]:
    """What happened, in order; within one moment fills come first, then stops, then notes."""
    account_id = seat.account.id
    found: list[tuple[Trade, Execution | TradeStop | TradeNote]] = [
        *((trade, fill) for fill, trade in trading_day.fills_within(account_id, since, until, _MOST)),
        *((held[move.trade_id], move) for move in trading_day.moves_within(held.keys(), since, until)),
        *((trade, note) for note, trade in trading_day.notes_within(account_id, since, until, _MOST)),
    ]
    found.sort(key=lambda one: one[1].at)
    others = {what.created_by for _, what in found} - {seat.user.id}
    names = timeline.names_of(others) if others else {}
    return tuple(Happening(what.at, trade, what, names.get(what.created_by, "")) for trade, what in found)
