"""Trading days one after another: what a share moved overnight, and from close to close."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import pairwise

from trenddojo.domain.bars import LONGEST_GAP
from trenddojo.domain.money import ONE, ZERO, exactly

NIGHTS = 252
"""How many nights the worst one is looked for among: a year of sessions."""
FEWEST_NIGHTS = 60
"""With fewer, nobody knows what a bad night is."""


@dataclass(frozen=True, slots=True)
class Session:
    """What an instrument opened and closed at on a trading day, per unit; `is_over` once all of the day was told."""

    day: date
    open: Decimal
    close: Decimal
    is_over: bool = True


@exactly
def worst_night(sessions: Sequence[Session], sign: int) -> Decimal | None:
    """What the worst of the last 252 nights took of a position with the `sign` of its direction, as a fraction.

    Not below 0. A night is from a session's close to the next one's open (rule 61 of docs/NUMBERS.md). None under 60
    of them.
    """
    nights = [after.open / before.close - ONE for before, after in _neighbours(sessions)][-NIGHTS:]
    return max(ZERO, *(-sign * night for night in nights)) if len(nights) >= FEWEST_NIGHTS else None


def daily_returns(sessions: Sequence[Session]) -> Mapping[date, float]:
    """What each finished day brought from close to close, 0.01 being 1%."""
    return {
        after.day: float(after.close / before.close) - 1 for before, after in _neighbours(sessions) if after.is_over
    }


def _neighbours(sessions: Sequence[Session]) -> Iterator[tuple[Session, Session]]:
    """Sessions in order with the one that followed, where none is missing between them."""
    return ((before, after) for before, after in pairwise(sessions) if after.day - before.day <= LONGEST_GAP)
