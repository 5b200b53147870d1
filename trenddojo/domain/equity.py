"""Equity by day: what each trade adds to each local day, and the curve, returns and drawdowns that follow.

A trade contributes what it booked on a date and by how much its open P&L changed over that date, both in cents, so that
equity at the end of a day is exactly the starting balance plus every flow, other cash, booking and open change up to
it (rules 17, 18 and 25 of docs/NUMBERS.md). Money is exact; returns and index are Decimals too, rounded to 18 places
only where they are given out, so that a curve which comes back to its peak is seen to reach it.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from decimal import Decimal

from trenddojo.domain.fills import Fill, in_order
from trenddojo.domain.marks import Mark, value_of
from trenddojo.domain.money import ONE, ZERO, cents, exactly, rounded
from trenddojo.domain.open_lots import OpenLots
from trenddojo.domain.terms import Direction

INDEX_PLACES = 18


def local_date(at: datetime, zone: tzinfo) -> date:
    """The account's day of a moment (rule 17)."""
    return at.astimezone(zone).date()


def start_of(day: date, zone: tzinfo) -> datetime:
    """The moment at which the account's day begins, in UTC (rule 18)."""
    return datetime.combine(day, time(), zone).astimezone(UTC)


@dataclass(frozen=True, slots=True)
class TradeDay:
    """What a trade adds to one local date, in cents of the base currency.

    Money booked; the changes, from end of day to end of day, of its open P&L and of the gross value of what is open
    (at the mark, else at entry); the value bought and sold; and 1 in `opened` on the date of its first fill.
    """

    date: date
    booked: Decimal = ZERO
    open_change: Decimal = ZERO
    gross_change: Decimal = ZERO
    traded: Decimal = ZERO
    opened: int = 0

    @property
    def is_empty(self) -> bool:
        """Whether nothing happened."""
        return not (self.booked or self.open_change or self.gross_change or self.traded or self.opened)


@exactly
def trade_days(
    direction: Direction, multiplier: Decimal, fills: Iterable[Fill], marks: Iterable[Mark], zone: tzinfo
) -> list[TradeDay]:
    """The dates on which a trade changes anything, in order; its bookings add up to its P&L, flat its open part is 0.

    A day ends with the last mark known by then, but none from before the trade began (rule 25). Raises as `replay`.
    """
    fills_of, mark_of = _by_date(fills, marks, zone)
    lots, mark, open_before, gross_before, days = OpenLots(direction, multiplier), None, ZERO, ZERO, list[TradeDay]()
    for day in sorted(fills_of.keys() | mark_of.keys()):
        bookings = [booking for fill in fills_of[day] if (booking := lots.enter(fill))]
        mark = mark_of.get(day, mark)
        open_now, gross_now = cents(lots.profit(mark)), lots.gross_value(mark)
        booked = sum((booking.amount for booking in bookings), ZERO)
        traded = cents(sum((value_of(fill, multiplier) for fill in fills_of[day]), ZERO))
        opened = int(bool(fills_of[day]) and not days)
        one = TradeDay(day, booked, open_now - open_before, gross_now - gross_before, traded, opened)
        if not one.is_empty:
            days.append(one)
        open_before, gross_before = open_now, gross_now
    return days


def _by_date(
    fills: Iterable[Fill], marks: Iterable[Mark], zone: tzinfo
) -> tuple[defaultdict[date, list[Fill]], dict[date, Mark]]:
    """The fills of each date in order, and the last mark of each date that counts; of equal times the later given."""
    ordered = in_order(fills)
    fills_of: defaultdict[date, list[Fill]] = defaultdict(list)
    for fill in ordered:
        fills_of[local_date(fill.at, zone)].append(fill)
    known = sorted((mark for mark in marks if ordered and mark.at >= ordered[0].at), key=lambda mark: mark.at)
    return fills_of, {local_date(mark.at, zone): mark for mark in known}


@dataclass(frozen=True, slots=True)
class DayChange:
    """A part of what changed an account's equity on one date, in cents of the base currency.

    `deposits` and `withdrawals` are flows, both unsigned; `other` is signed cash such as interest, dividends and fees.
    `gross_change` and `traded` are as a `TradeDay` has them; `opened` and `closed` count trades. A date may have many
    parts.
    """

    date: date
    deposits: Decimal = ZERO
    withdrawals: Decimal = ZERO
    other: Decimal = ZERO
    booked: Decimal = ZERO
    open_change: Decimal = ZERO
    gross_change: Decimal = ZERO
    traded: Decimal = ZERO
    opened: int = 0
    closed: int = 0

    @property
    def gain(self) -> Decimal:
        """What was earned: everything but the flows."""
        return self.other + self.booked + self.open_change


@dataclass(frozen=True, slots=True)
class Point:
    """One trading day of an equity curve, at its end.

    `gain` is the money earned since the point before, `r` the same as a return, None where there was no capital to earn
    it on; `index` is 1 before the first day, `drawdown` the fraction that it is below its peak, 0.05 for 5%.
    """

    date: date
    equity: Decimal
    gain: Decimal
    r: Decimal | None
    index: Decimal
    drawdown: Decimal


@exactly
def equity_curve(starting: Decimal, changes: Iterable[DayChange], trading_days: Sequence[date]) -> list[Point]:
    """Equity and its daily return (rule 47) at the end of each trading day, which are given in ascending order.

    What falls on days off goes to the next trading day. Changes after the last one given make a running point, dated by
    the last of them, so that the last point always is the equity of now; the next trading day will absorb it. For a
    part of a history, give the equity before it as `starting` and only the changes since.
    """
    equity, growth, peak, points = starting, ONE, ONE, []
    for day, deposits, withdrawals, gain in _by_trading_day(changes, trading_days):
        capital = equity + deposits
        equity = capital - withdrawals + gain
        r = gain / capital if capital > 0 else None
        growth *= ONE if r is None else ONE + r
        index = rounded(growth, INDEX_PLACES)
        peak = max(peak, index)
        shown = None if r is None else rounded(r, INDEX_PLACES)
        points.append(Point(day, equity, gain, shown, index, rounded(1 - index / peak, INDEX_PLACES)))
    return points


def _by_trading_day(
    changes: Iterable[DayChange], trading_days: Sequence[date]
) -> list[tuple[date, Decimal, Decimal, Decimal]]:
    """Deposits, withdrawals and gain of each trading day and of the days off before it."""
    ordered = sorted(changes, key=lambda change: change.date)
    running = [ordered[-1].date] if ordered and (not trading_days or ordered[-1].date > trading_days[-1]) else []
    rows, i = [], 0
    for day in (*trading_days, *running):
        deposits = withdrawals = gain = ZERO
        while i < len(ordered) and ordered[i].date <= day:
            deposits += ordered[i].deposits
            withdrawals += ordered[i].withdrawals
            gain += ordered[i].gain
            i += 1
        rows.append((day, deposits, withdrawals, gain))
    return rows


@dataclass(frozen=True, slots=True)
class Drawdown:
    """One stay of the index below its peak (rule 49 of docs/NUMBERS.md).

    `depth` is a fraction of the peak; `peak` the last day at it, `trough` the first day at the lowest, `regained` the
    first day at or above the peak again. `length` runs from peak to regained, or to today, in calendar days, and
    `recovery` from trough to regained; regained and recovery are None under water.
    """

    depth: Decimal
    peak: date
    trough: date
    regained: date | None
    length: int
    recovery: int | None

    @property
    def underwater(self) -> bool:
        """Whether it still lasts."""
        return self.regained is None


def drawdowns(points: Sequence[Point], today: date) -> list[Drawdown]:
    """Every drawdown of a curve in order; the last is the present one if it is under water.

    The peak before the first day is dated the day before it.
    """
    found: list[Drawdown] = []
    below: list[Point] = []
    peak = points[0].date - timedelta(days=1) if points else today
    for point in points:
        if point.drawdown:
            below.append(point)
            continue
        if below:
            found.append(_drawdown(peak, below, point.date, today))
        peak, below = point.date, []
    return [*found, _drawdown(peak, below, None, today)] if below else found


def _drawdown(peak: date, below: Sequence[Point], regained: date | None, today: date) -> Drawdown:
    trough = max(below, key=lambda point: point.drawdown)
    return Drawdown(
        depth=trough.drawdown,
        peak=peak,
        trough=trough.date,
        regained=regained,
        length=((regained or today) - peak).days,
        recovery=(regained - trough.date).days if regained else None,
    )


def largest_drawdown(points: Sequence[Point], today: date) -> Drawdown | None:
    """The deepest drawdown, of equal ones the first; None if the index never fell below its peak."""
    return max(drawdowns(points, today), key=lambda drawdown: drawdown.depth, default=None)


@dataclass(frozen=True, slots=True)
class Fall:
    """How far the cumulative gain fell below its peak, in the base currency, unsigned: at most, and now."""

    largest: Decimal
    now: Decimal


@exactly
def fall_in_money(points: Iterable[Point]) -> Fall:
    """The drawdown of a curve in money: of the cumulative gain, 0 before the first day, flows left out (rule 49)."""
    total = peak = largest = ZERO
    for point in points:
        total += point.gain
        peak = max(peak, total)
        largest = max(largest, peak - total)
    return Fall(largest, peak - total)
