"""How far a trade went against and for its trader while it ran: MAE and MFE (rule 51 of docs/NUMBERS.md)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from trenddojo.domain.bars import Bar, covers, finest
from trenddojo.domain.fills import Fill, worth
from trenddojo.domain.money import ONE, ZERO, cents, exactly
from trenddojo.domain.terms import Side
from trenddojo.domain.trades import Position, in_r


@dataclass(frozen=True, slots=True)
class Excursion:
    """The extremes of a trade's running gross P&L, in cents of the instrument's currency: `mae` <= 0 <= `mfe`.

    The `_r` are the same in units of initial risk, None without one.
    """

    mae: Decimal
    mfe: Decimal
    mae_r: Decimal | None
    mfe_r: Decimal | None


@exactly
def excursion(position: Position, bars: Sequence[Bar]) -> Excursion | None:
    """The excursion of a trade, over its fills and the finest of `bars`; of an open one up to the last bar.

    None before its first fill, and where the bars do not tell of the whole time that it ran.
    """
    opened, closed = position.opened_at, position.closed_at
    if opened is None:
        return None
    running = [bar for bar in finest(bars) if bar.end > opened and (closed is None or bar.start <= closed)]
    if not covers(running, opened, closed):
        return None
    course = GrossCourse(position)
    values = (ZERO, *course.at_fills(), *(value for bar in running for value in course.at_bar(bar)))
    mae, mfe, risk = cents(min(values)), cents(max(values)), position.initial_risk_native
    return Excursion(mae, mfe, in_r(mae, risk), in_r(mfe, risk))


def gross_result(position: Position) -> Decimal:
    """What a closed trade brought before fees, in cents of the instrument's currency."""
    return cents(GrossCourse(position).value(len(position.fills), ZERO))


class GrossCourse:
    """A trade's gross P&L through time, in the instrument's currency, unrounded: realised and open, before fees."""

    @exactly
    def __init__(self, position: Position) -> None:
        self._position = position
        self._steps = [(ZERO, ZERO)]  # after so many fills: the cash they moved, and the signed quantity they left
        for fill in position.fills:
            cash, held = self._steps[-1]
            signed = fill.quantity if fill.side is Side.BUY else -fill.quantity
            self._steps.append((cash - worth(signed, fill.price, ONE), held + signed))

    def count_before(self, at: datetime) -> int:
        """How many fills came before a moment."""
        return sum(fill.at < at for fill in self._position.fills)

    @exactly
    def value(self, count: int, price: Decimal) -> Decimal:
        """The P&L after the first `count` fills, at a price."""
        cash, held = self._steps[count]
        return (cash + worth(held, price, ONE)) * self._position.multiplier

    def at_fills(self) -> Iterator[Decimal]:
        """The P&L at each fill, which its own price does not change."""
        fills: tuple[Fill, ...] = self._position.fills
        return (self.value(count, fill.price) for count, fill in enumerate(fills, 1))

    def at_bar(self, bar: Bar) -> tuple[Decimal, Decimal]:
        """The P&L at both extremes; of a bar that contains a fill, at the open before it and at the close after."""
        before, after = self.count_before(bar.start), self.count_before(bar.end)
        if before == after:
            return self.value(before, bar.high), self.value(before, bar.low)
        return self.value(before, bar.open), self.value(after, bar.close)
