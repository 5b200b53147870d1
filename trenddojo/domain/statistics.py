"""Statistics of closed trades, net of commissions and fees (rules 41 to 45 of docs/NUMBERS.md).

A `Tally` holds counts and sums only. Tallies add up, so that the figures of a stored day, of a month of such days and
of single trades all come from the same properties. Ratios are unrounded, and None where they do not exist.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields, replace
from decimal import Decimal
from enum import Enum, StrEnum
from itertools import groupby, pairwise
from typing import Final, Self

from trenddojo.domain.money import HUNDRED, ONE, ZERO, exactly


class Outcome(StrEnum):
    """How a closed trade ended."""

    WIN = "win"
    LOSS = "loss"
    BREAKEVEN = "breakeven"


def outcome_of(pnl: Decimal, band: Decimal = ZERO) -> Outcome:
    """Breakeven within `band`, an amount in the base currency, else a win or a loss (rule 42)."""
    if abs(pnl) <= band:
        return Outcome.BREAKEVEN
    return Outcome.WIN if pnl > 0 else Outcome.LOSS


class NoLosses(Enum):
    """What stands in the place of a profit factor that has no losses to divide by."""

    NO_LOSSES = "no losses"


NO_LOSSES: Final = NoLosses.NO_LOSSES
ProfitFactor = Decimal | NoLosses | None
"""A number, NO_LOSSES, or None where there are no trades (rule 43)."""


@dataclass(frozen=True, slots=True)
class Tally:
    """Counts and sums over closed trades: money in cents of the base currency, R to 9 places, sums exact.

    `lost` and `lost_r` are negative sums. The `_r` figures are of the trades that have an R, `sum_r2` sums R squared,
    `net2` P&L squared.
    """

    wins: int = 0
    losses: int = 0
    breakevens: int = 0
    won: Decimal = ZERO
    lost: Decimal = ZERO
    net: Decimal = ZERO
    largest_win: Decimal | None = None
    largest_loss: Decimal | None = None
    with_r: int = 0
    wins_r: int = 0
    losses_r: int = 0
    won_r: Decimal = ZERO
    lost_r: Decimal = ZERO
    sum_r: Decimal = ZERO
    sum_r2: Decimal = ZERO
    best_r: Decimal | None = None
    worst_r: Decimal | None = None
    net2: Decimal = ZERO

    @classmethod
    @exactly
    def of(cls, pnl: Decimal, r: Decimal | None, band: Decimal = ZERO) -> "Tally":
        """The tally of one closed trade with its net P&L, its R if it has one, and the breakeven band."""
        outcome = outcome_of(pnl, band)
        win, loss = outcome is Outcome.WIN, outcome is Outcome.LOSS
        known = r is not None
        size = ZERO if r is None else r
        return cls(
            wins=int(win),
            losses=int(loss),
            breakevens=int(outcome is Outcome.BREAKEVEN),
            won=pnl if win else ZERO,
            lost=pnl if loss else ZERO,
            net=pnl,
            largest_win=pnl if win else None,
            largest_loss=pnl if loss else None,
            with_r=int(known),
            wins_r=int(win and known),
            losses_r=int(loss and known),
            won_r=size if win else ZERO,
            lost_r=size if loss else ZERO,
            sum_r=size,
            sum_r2=size * size,
            best_r=r,
            worst_r=r,
            net2=pnl * pnl,
        )

    @classmethod
    @exactly
    def over(cls, results: Iterable[tuple[Decimal, Decimal | None]], band: Decimal = ZERO) -> "Tally":
        """The tally of many closed trades, each with its net P&L and R: the sum of what `of` makes of each, at once."""
        return cls.judged((pnl, r, outcome_of(pnl, band)) for pnl, r in results)

    @classmethod
    @exactly
    def judged(cls, results: Iterable[tuple[Decimal, Decimal | None, Outcome]]) -> "Tally":
        """The tally of closed trades with the outcome of each, which an amount in another currency no longer tells."""
        rows = list(results)
        wins = [(pnl, r) for pnl, r, outcome in rows if outcome is Outcome.WIN]
        losses = [(pnl, r) for pnl, r, outcome in rows if outcome is Outcome.LOSS]
        rs = [r for _, r, _ in rows if r is not None]
        won_rs, lost_rs = ([r for _, r in part if r is not None] for part in (wins, losses))
        return cls(
            wins=len(wins),
            losses=len(losses),
            breakevens=len(rows) - len(wins) - len(losses),
            won=sum((pnl for pnl, _ in wins), ZERO),
            lost=sum((pnl for pnl, _ in losses), ZERO),
            net=sum((pnl for pnl, _, _ in rows), ZERO),
            largest_win=max((pnl for pnl, _ in wins), default=None),
            largest_loss=min((pnl for pnl, _ in losses), default=None),
            with_r=len(rs),
            wins_r=len(won_rs),
            losses_r=len(lost_rs),
            won_r=sum(won_rs, ZERO),
            lost_r=sum(lost_rs, ZERO),
            sum_r=sum(rs, ZERO),
            sum_r2=sum((r * r for r in rs), ZERO),
            best_r=max(rs, default=None),
            worst_r=min(rs, default=None),
            net2=sum((pnl * pnl for pnl, _, _ in rows), ZERO),
        )

    @exactly
    def __add__(self, other: Self) -> "Tally":
        return Tally(
            wins=self.wins + other.wins,
            losses=self.losses + other.losses,
            breakevens=self.breakevens + other.breakevens,
            won=self.won + other.won,
            lost=self.lost + other.lost,
            net=self.net + other.net,
            largest_win=_either(max, self.largest_win, other.largest_win),
            largest_loss=_either(min, self.largest_loss, other.largest_loss),
            with_r=self.with_r + other.with_r,
            wins_r=self.wins_r + other.wins_r,
            losses_r=self.losses_r + other.losses_r,
            won_r=self.won_r + other.won_r,
            lost_r=self.lost_r + other.lost_r,
            sum_r=self.sum_r + other.sum_r,
            sum_r2=self.sum_r2 + other.sum_r2,
            best_r=_either(max, self.best_r, other.best_r),
            worst_r=_either(min, self.worst_r, other.worst_r),
            net2=self.net2 + other.net2,
        )

    @exactly
    def exchanged(self, old: Self, new: Self) -> "Tally":
        """This sum after one of its parts changed. Where `lacks` says so, its extremes are to be found anew."""
        sums = {name: getattr(self, name) - getattr(old, name) for name in _SUMS}
        return replace(self, **sums) + new

    def lacks(self, old: Self, new: Self) -> bool:
        """Whether an extreme of this sum may have gone with `old`, and `new` has none like it."""
        for name in _EXTREMES:
            whole, before, after = (getattr(tally, name) for tally in (self, old, new))
            if before is not None and before == whole and after != before:
                return True
        return False

    @property
    def trades(self) -> int:
        """All closed trades."""
        return self.wins + self.losses + self.breakevens

    @property
    def without_r(self) -> int:
        """The trades whose R is empty, which is shown beside every figure in R."""
        return self.trades - self.with_r

    @property
    def win_rate(self) -> Decimal | None:
        """Wins / all closed trades."""
        return _ratio(self.wins, self.trades)

    @property
    def win_rate_without_breakevens(self) -> Decimal | None:
        """Wins / (wins + losses)."""
        return _ratio(self.wins, self.wins + self.losses)

    @property
    def expectancy(self) -> Decimal | None:
        """Mean P&L of a trade, breakevens included."""
        return _ratio(self.net, self.trades)

    @property
    def mean_r(self) -> Decimal | None:
        """Mean R of the trades that have one."""
        return _ratio(self.sum_r, self.with_r)

    @property
    def average_win(self) -> Decimal | None:
        """Mean P&L of the wins."""
        return _ratio(self.won, self.wins)

    @property
    def average_loss(self) -> Decimal | None:
        """Mean P&L of the losses, below zero."""
        return _ratio(self.lost, self.losses)

    @property
    def average_win_r(self) -> Decimal | None:
        """Mean R of the wins that have one."""
        return _ratio(self.won_r, self.wins_r)

    @property
    def average_loss_r(self) -> Decimal | None:
        """Mean R of the losses that have one."""
        return _ratio(self.lost_r, self.losses_r)

    @property
    def profit_factor(self) -> ProfitFactor:
        """Sum of wins / |sum of losses|; 0 without wins, NO_LOSSES without losses, None without trades (rule 43)."""
        if not self.losses:
            return NO_LOSSES if self.trades else None
        return _ratio(self.won, -self.lost)

    @property
    @exactly
    def payoff(self) -> Decimal | None:
        """Average win / |average loss|; None without either (rule 43)."""
        if self.average_win is None or self.average_loss is None:
            return None
        return self.average_win / -self.average_loss

    @property
    @exactly
    def sqn(self) -> Decimal | None:
        """Mean R / stdev of R x sqrt(min(N, 100)), with n - 1; None under 2 trades or without spread (rule 44)."""
        n = self.with_r
        if n < 2 or self.best_r == self.worst_r:
            return None
        spread = n * self.sum_r2 - self.sum_r * self.sum_r
        stdev = (spread / (n * (n - 1))).sqrt()
        return self.sum_r / n / stdev * min(Decimal(n), HUNDRED).sqrt()


_EXTREMES = ("largest_win", "largest_loss", "best_r", "worst_r")
_SUMS = tuple(field.name for field in fields(Tally) if field.name not in _EXTREMES)
EMPTY: Final = Tally()


def tally(trades: Iterable[Tally]) -> Tally:
    """The sum of tallies; EMPTY without any."""
    return sum(trades, EMPTY)


@dataclass(frozen=True, slots=True)
class Streaks:
    """Runs of wins and of losses: the longest of each, and the one that goes on now (one of the two is 0)."""

    longest_wins: int
    longest_losses: int
    wins_now: int
    losses_now: int


def streaks(outcomes: Iterable[Outcome]) -> Streaks:
    """Count runs over outcomes in order of closing; a breakeven neither extends nor ends one (rule 45)."""
    longest = {Outcome.WIN: 0, Outcome.LOSS: 0}
    now = dict(longest)
    for outcome in outcomes:
        if outcome is Outcome.BREAKEVEN:
            continue
        now = {kind: run + 1 if kind is outcome else 0 for kind, run in now.items()}
        longest = {kind: max(run, now[kind]) for kind, run in longest.items()}
    return Streaks(longest[Outcome.WIN], longest[Outcome.LOSS], now[Outcome.WIN], now[Outcome.LOSS])


@dataclass(frozen=True, slots=True)
class Runs:
    """Runs of wins and losses of a part of a history, such that the runs of two parts one after the other follow.

    `first` and `last` are the lengths of the first and the last run, of losses negative; `count` is how many there are.
    """

    first: int = 0
    last: int = 0
    longest_wins: int = 0
    longest_losses: int = 0
    count: int = 0

    @classmethod
    def over(cls, outcomes: Iterable[Outcome]) -> "Runs":
        """Those of trades in order of closing; breakevens have none (rule 45)."""
        told = (outcome is Outcome.WIN for outcome in outcomes if outcome is not Outcome.BREAKEVEN)
        runs = [sum(1 if won else -1 for won in run) for _, run in groupby(told)]
        return cls(runs[0], runs[-1], max(0, *runs), -min(0, *runs), len(runs)) if runs else cls()

    def __add__(self, later: Self) -> "Runs":
        if not self.count or not later.count:
            return replace(later if later.count else self)
        meets = (self.last > 0) == (later.first > 0)
        met = self.last + later.first if meets else 0
        return Runs(
            first=met if meets and self.count == 1 else self.first,
            last=met if meets and later.count == 1 else later.last,
            longest_wins=max(self.longest_wins, later.longest_wins, met),
            longest_losses=max(self.longest_losses, later.longest_losses, -met),
            count=self.count + later.count - meets,
        )

    @property
    def streaks(self) -> Streaks:
        """The longest runs and the one that goes on at the end."""
        return Streaks(self.longest_wins, self.longest_losses, max(self.last, 0), max(-self.last, 0))


@dataclass(frozen=True, slots=True)
class Bin:
    """How many trades have low <= R < high; None is an open end."""

    low: Decimal | None
    high: Decimal | None
    count: int


_EDGES = tuple(Decimal(halves) / 2 for halves in range(-2, 7))


def histogram(rs: Iterable[Decimal]) -> list[Bin]:
    """The distribution of R in ten bins of 0.5R: under -1R, -1R to -0.5R, ... 2.5R to 3R, from 3R."""
    return binned(Counter(map(bin_of, rs)))


def bin_of(r: Decimal) -> int:
    """The number of the bin that an R counts in, from 0."""
    return sum(edge <= r for edge in _EDGES)


def binned(counts: Mapping[int, int]) -> list[Bin]:
    """All bins with how many each one counts, by their numbers."""
    ends = pairwise((None, *_EDGES, None))
    return [Bin(low, high, counts.get(number, 0)) for number, (low, high) in enumerate(ends)]


@exactly
def _ratio(total: Decimal | int, count: Decimal | int) -> Decimal | None:
    return ONE * total / count if count else None


def _either(
    choose: Callable[[Decimal, Decimal], Decimal], left: Decimal | None, right: Decimal | None
) -> Decimal | None:
    """The better of two where both exist, else the one that does."""
    if left is None or right is None:
        return right if left is None else left
    return choose(left, right)
