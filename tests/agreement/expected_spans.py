"""What the dashboard and the reports say of a span of days, from its beginning, with the oracle's curve."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from itertools import accumulate

from tests.agreement.expected import Standing, standings
from tests.agreement.worlds import World, trading_days
from tests.histories import days_between
from tests.oracle import (
    OracleDaily,
    OracleDrawdown,
    OraclePoint,
    OraclePosition,
    Statistics,
    curve,
    daily_figures,
    deepest_of,
    equity_by_day,
    positions,
    statistics,
)


@dataclass(frozen=True)
class ExpectedSpan:
    """As `services.spans.Span`, ratios unrounded. `fall_now` is the present drawdown in money."""

    starting: Decimal
    equity: Decimal
    gain: Decimal
    realised: Decimal
    open_change: Decimal
    other: Decimal
    flows: Decimal
    ratio: Fraction | None
    points: tuple[OraclePoint, ...]
    deepest: OracleDrawdown | None
    largest_fall: Decimal
    fall_now: Decimal

    @cached_property
    def below_now(self) -> Fraction:
        """How far the index is below its peak."""
        index = [Fraction(1), *(point.index for point in self.points)]
        return 1 - index[-1] / max(index)

    @property
    def peak_on(self) -> date | None:
        """The last day at the peak, if it was left since."""
        if not self.below_now:
            return None
        peaks = list(accumulate((point.index for point in self.points), max, initial=Fraction(1)))[1:]
        at_peak = [point.date for point, peak in zip(self.points, peaks, strict=True) if point.index == peak]
        return at_peak[-1] if at_peak else None


@dataclass(frozen=True)
class Closed:
    """A closed trade with what breakdowns put it under."""

    standing: Standing
    closed_on: date
    holding_days: int


class Facts:
    """Everything of an account that is expected at its moment; what is asked for twice is computed once."""

    def __init__(self, world: World, told: World | None = None) -> None:
        """`told` is the account in the units of each moment, where that is another one."""
        self.world, self.told = world, told or world
        self._spans: dict[tuple[date, date], ExpectedSpan] = {}
        self.standings = standings(world)
        self.equity = equity_by_day(world.history)
        self.day_of_fill = {fill.key: world.day_of(fill.at) for trade in world.history.trades for fill in trade.fills}

    @property
    def now(self) -> Decimal:
        """Equity of now."""
        return self.equity[self.world.today]

    @property
    def open(self) -> list[Standing]:
        return [one for one in self.standings if one.is_open]

    @cached_property
    def first_change(self) -> date | None:
        """The first day that brought anything: cash, a booking, or a change of open P&L."""
        return next((day for day in self.equity if self.stirred(day)), None)

    @cached_property
    def beginning(self) -> date:
        return min(self.world.opened_on, self.first_change or self.world.opened_on)

    def stirred(self, day: date) -> bool:
        """Whether a day had cash, a booking, a cent of fills, or another equity or position value at its end."""
        history = self.world.history
        return (
            any(cash.date == day for cash in history.cash)
            or any(amount for _, amount in self.bookings(day, day))
            or self.equity_at(day) != self.equity_at(day - timedelta(days=1))
            or self._dealt(day)
            or self.gross_at(day) != self.gross_at(day - timedelta(days=1))
            or bool(self.closed(day, day))
        )

    def _dealt(self, day: date) -> bool:
        """Whether a cent's worth was bought or sold, or a trade begun."""
        found = self.positions.get(day)
        return found is not None and bool(found.traded or found.opened)

    def equity_at(self, day: date) -> Decimal:
        """Equity at the end of a day."""
        return self.world.history.starting if day < self.world.history.first_day else self.equity[day]

    @cached_property
    def positions(self) -> dict[date, OraclePosition]:
        return positions(self.world.history)

    def gross_at(self, day: date) -> Decimal:
        """Gross position value at the end of a day."""
        return Decimal(0) if day < self.world.history.first_day else self.positions[day].gross

    def daily(self, since: date, until: date, rate: float) -> OracleDaily:
        """Sharpe and what else follows from the days of a span."""
        days = trading_days(since, until)
        return daily_figures(self.positions, self.span(since, until).points, days, since, rate)

    def bookings(self, since: date, until: date) -> list[tuple[Standing, Decimal]]:
        return [
            (one, amount)
            for one in self.standings
            for key, amount in one.figures.bookings
            if since <= self.day_of_fill[key] <= until
        ]

    def span(self, since: date, until: date) -> ExpectedSpan:
        """Equity and returns of a span, both ends included."""
        if (since, until) not in self._spans:
            self._spans[since, until] = self._span(since, until)
        return self._spans[since, until]

    def _span(self, since: date, until: date) -> ExpectedSpan:
        history = self.world.history
        cash = tuple(one for one in history.cash if since <= one.date <= until)
        starting, ending = self.equity_at(since - timedelta(days=1)), self.equity_at(until)
        flows = sum((one.amount for one in cash if one.is_flow), Decimal(0))
        other = sum((one.amount for one in cash if not one.is_flow), Decimal(0))
        realised = sum((amount for _, amount in self.bookings(since, until)), Decimal(0))
        part = replace(
            history, starting=starting, first_day=since, today=until, cash=cash, trading_days=self._days(since, until)
        )
        equity = {day: self.equity_at(day) for day in days_between(since, until)}
        points = tuple(curve(part, equity))
        deepest = deepest_of(part, equity, points) if points else None
        gains = [Decimal(0)]
        for point in points:
            gone = sum((one.amount for one in cash if one.is_flow and one.date <= point.date), Decimal(0))
            gains.append(point.equity - gone - starting)
        return ExpectedSpan(
            starting=starting,
            equity=ending,
            gain=ending - starting - flows,
            realised=realised,
            open_change=ending - starting - flows - other - realised,
            other=other,
            flows=flows,
            ratio=points[-1].index - 1 if any(point.r is not None for point in points) else None,
            points=points,
            deepest=deepest,
            largest_fall=max(peak - gain for peak, gain in zip(accumulate(gains, max), gains, strict=True)),
            fall_now=max(gains) - gains[-1],
        )

    def _days(self, since: date, until: date) -> tuple[date, ...]:
        """The sessions of a span, and the last day after them that brought something: the running day."""
        sessions = trading_days(since, until)
        after = [
            day for day in days_between(since, until) if (not sessions or day > sessions[-1]) and self.stirred(day)
        ]
        return (*sessions, *after[-1:])

    def closed(self, since: date, until: date) -> list[Closed]:
        """The trades whose last exit lies in the span, in order of closing (rule 45)."""
        return [row for row in self._all_closed if since <= row.closed_on <= until]

    @cached_property
    def _all_closed(self) -> list[Closed]:
        found = [one for one in self.standings if one.figures.closed_at]
        found.sort(key=lambda one: (one.figures.closed_at, one.figures.opened_at, self.world.ids[one.number].hex))
        return [self._closed(one) for one in found]

    def _closed(self, one: Standing) -> Closed:
        assert one.figures.closed_at is not None
        on = self.world.day_of(one.figures.closed_at)
        return Closed(one, on, (on - self.world.day_of(one.figures.opened_at)).days)

    def statistics(self, closed: Sequence[Closed]) -> Statistics:
        return statistics([one.standing.figures for one in closed], self.world.band)

    def groups(self, closed: Sequence[Closed], by: str) -> dict[str, list[Closed]]:
        """The trades under each label; a trade counts under each of its tags, and "" stands for no label."""
        found: dict[str, list[Closed]] = {}
        for one in closed:
            for label in self._labels(one, by):
                found.setdefault(label, []).append(one)
        return found

    def _labels(self, one: Closed, by: str) -> Sequence[str]:
        label = self.world.labels[one.standing.number]
        opened = self.world.day_of(one.standing.figures.opened_at)
        words: dict[str, Callable[[], Sequence[str]]] = {
            "setup": lambda: [label.setup],
            "tag": lambda: label.tags or [""],
            "symbol": lambda: [one.standing.trade.symbol],
            "side": lambda: [one.standing.trade.direction],
            "weekday": lambda: [opened.strftime("%A")],
            "month": lambda: [one.closed_on.strftime("%Y-%m")],
            "holding": lambda: [bucket(one.holding_days)],
            "quality": lambda: [str(label.quality or "")],
            "market": lambda: [label.market],
        }
        return words[by]()


def bucket(days: int) -> str:
    """Rule 46."""
    if days < 2:
        return ("same day", "1 day")[days]
    for least, most in ((2, 5), (6, 10), (11, 20), (21, 60)):
        if days <= most:
            return f"{least} to {most} days"
    return "over 60 days"


def months_back(day: date, months: int) -> date:
    """The same day so many months ago, or that month's last day."""
    first = day.replace(day=1)
    for _ in range(months):
        first = (first - timedelta(days=1)).replace(day=1)
    found = first
    while found.day < day.day and (found + timedelta(days=1)).month == first.month:
        found += timedelta(days=1)
    return found


def streak(letters: Sequence[str]) -> tuple[int, int]:
    """How many wins and how many losses in a row end the sequence."""
    text = "".join(letters)
    return len(text) - len(text.rstrip("w")), len(text) - len(text.rstrip("l"))


def outcomes(closed: Sequence[Closed], band: Decimal) -> list[str]:
    """w, l or nothing for a breakeven."""
    pnls = [one.standing.pnl for one in closed]
    return ["w" if pnl > band else "l" if pnl < -band else "" for pnl in pnls]
