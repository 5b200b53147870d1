"""Kelly's fraction from an account's own closed trades."""

from dataclasses import dataclass
from decimal import Decimal

from trenddojo.domain.money import HUNDRED, ONE, ZERO

TRADES_NEEDED = 30
"""Closed trades with R below which Kelly says nothing."""

_HALF = Decimal("0.5")


@dataclass(frozen=True, slots=True)
class KellyRecord:
    """All closed trades of an account that have an R, counted.

    `trades` includes breakevens, `wins` and `losses` do not. `average_win_r` and `average_loss_r` are means of R over
    wins and over losses, the latter negative; None without any.
    """

    trades: int
    wins: int
    losses: int
    average_win_r: Decimal | None
    average_loss_r: Decimal | None


def half_kelly_percent(record: KellyRecord) -> Decimal | None:
    """Half Kelly in percent points of equity, 0 where Kelly allows nothing (rule 37 of docs/NUMBERS.md).

    f = W - (1 - W) / (average win in R / |average loss in R|), W being the win rate without breakevens. None under 30
    trades or without a loss: there f says nothing.
    """
    if record.trades < TRADES_NEEDED or not record.average_loss_r:
        return None
    if not record.average_win_r:
        return ZERO  # without a win f has no lower bound
    win_rate = Decimal(record.wins) / (record.wins + record.losses)
    payoff = record.average_win_r / abs(record.average_loss_r)
    fraction = win_rate - (ONE - win_rate) / payoff
    return max(ZERO, fraction * _HALF * HUNDRED)
