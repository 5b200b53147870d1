"""What the demo's trend follower looks for after each close: four setups, each with its entry and its stop."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Final

from trenddojo.domain.money import cents
from trenddojo.domain.terms import Direction
from trenddojo.services.demo.market import Chart, Listing

_TICK: Final = Decimal("0.05")
_FIRST_TARGET, _SECOND_TARGET = Decimal(2), Decimal(4)


class Setup(StrEnum):
    """The setups of the demo account, by the names that its reports show."""

    BREAKOUT = "Breakout"
    PULLBACK = "Pullback"
    EARNINGS = "Earnings drift"
    BREAKDOWN = "Breakdown"


@dataclass(frozen=True, slots=True)
class Signal:
    """An order for the next session: enter when `entry` trades. `level` is the price that the chart is about."""

    listing: Listing
    setup: Setup
    direction: Direction
    entry: Decimal
    stop: Decimal
    level: Decimal
    strength: Decimal

    @property
    def unit_risk(self) -> Decimal:
        """What one share loses at the stop."""
        return abs(self.entry - self.stop)

    @property
    def targets(self) -> tuple[Decimal, Decimal]:
        """The prices 2R and 4R away."""
        way = self.direction.sign * self.unit_risk
        return cents(self.entry + _FIRST_TARGET * way), cents(self.entry + _SECOND_TARGET * way)

    @property
    def quality(self) -> int:
        """2 to 5 by the strength of the trend, in average ranges that the price is away from its 50-day line."""
        return min(5, max(2, int(self.strength) + 1))


def signals(chart: Chart) -> Iterator[Signal]:
    """The setups that a chart shows at its last close."""
    for find in (_earnings_drift, _pullback, _breakout, _breakdown):
        found = find(chart)
        if found is not None:
            yield found
            return


def _signal(chart: Chart, setup: Setup, direction: Direction, level: Decimal, stop: Decimal) -> Signal:
    strength = direction.sign * (chart.last.close - chart.average(50)) / chart.range
    entry = level + direction.sign * _TICK
    return Signal(chart.listing, setup, direction, cents(entry), cents(stop), cents(level), strength)


def _breakout(chart: Chart) -> Signal | None:
    """Within reach of the high of eight weeks, above a rising average."""
    level, reach = chart.highest(40), chart.range
    if not (chart.average(20) > chart.average(50) and level - reach <= chart.last.close < level):
        return None
    return _signal(chart, Setup.BREAKOUT, Direction.LONG, level, level - reach * 9 / 4)


def _pullback(chart: Chart) -> Signal | None:
    """Back at the 20-day line of an uptrend, and turning up."""
    line, reach, last = chart.average(20), chart.range, chart.last
    near = chart.lowest(3) <= line + reach / 4 and last.close > line
    if not (near and line > chart.average(50) + reach and last.close > last.open):
        return None
    stop = min(chart.lowest(5) - reach / 4, last.high - reach * 7 / 4)
    return _signal(chart, Setup.PULLBACK, Direction.LONG, last.high, stop) if last.high - stop < 3 * reach else None


def _earnings_drift(chart: Chart) -> Signal | None:
    """A gap up on earnings within three sessions that held."""
    reach = chart.range
    for back in (1, 2, 3):
        before, day = chart.seen[-back - 1], chart.seen[-back]
        if chart.listing.reports and day.open - before.close > reach * 5 / 4 and chart.last.close >= day.open:
            level = chart.highest(back)
            return _signal(chart, Setup.EARNINGS, Direction.LONG, level, level - reach * 9 / 4)
    return None


def _breakdown(chart: Chart) -> Signal | None:
    """Within reach of the low of eight weeks, below a falling average."""
    level, reach = chart.lowest(40), chart.range
    if not (chart.average(20) < chart.average(50) and level < chart.last.close <= level + reach):
        return None
    return _signal(chart, Setup.BREAKDOWN, Direction.SHORT, level, level + reach * 9 / 4)
