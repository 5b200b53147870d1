"""Where the past of one instrument may be cut, so that what is before and what is after are looked at apart.

A fill is found among those of its day, so that a cut is where a day begins. What has to be seen together over several
days is a tie, and no cut goes through one. Whether nothing is held there is asked where that is known.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

from trenddojo.domain.equity import local_date, start_of
from trenddojo.services.errors import Conflict

AT_ONCE = 5_000
"""Fills, those of the statement and those of the books, that are looked at together at least."""
_CHANCES = 20
"""Moments within so many fills at which a stretch may end: at most of them something may be held."""

MOST_TOGETHER = 50_000
"""Fills of a statement, and of the books, that are read together at most: no person's position has as many. They take
some 125 MB where the books have them already, which is most."""

Span = tuple[datetime, datetime]
"""The first and the last moment of what belongs together."""
Part = tuple[datetime | None, datetime | None]
"""From one moment on and before another; None for no bound."""
WHOLE: Part = (None, None)


class Days:
    """How many fills each day has, and how many ties begin there, less those that end."""

    def __init__(self, zone: ZoneInfo) -> None:
        self._zone = zone
        self._fills: Counter[date] = Counter()
        self._ties: Counter[date] = Counter()

    def count(self, moments: Iterable[datetime]) -> None:
        """Fills at some moments."""
        self._fills.update(local_date(at, self._zone) for at in moments)

    def tie(self, spans: Iterable[Span]) -> None:
        """What belongs together."""
        for span in spans:
            first, last = (local_date(at, self._zone) for at in span)
            if first != last:
                self._ties[first] += 1
                self._ties[last] -= 1

    def cuts(self) -> Iterator[datetime]:
        """The moments at which it may be cut, closer to each other than it is."""
        count = tied = 0
        for day in sorted(self._fills.keys() | self._ties.keys()):
            if count > AT_ONCE // _CHANCES and not tied:
                yield start_of(day, self._zone)
                count = 0
            count += self._fills[day]
            tied += self._ties[day]


def is_enough(told: int, known: int) -> bool:
    """Whether a stretch is so long that it ends as soon as nothing is held."""
    return told + known >= AT_ONCE


def require_bearable(told: int, known: int, symbol: str) -> None:
    """Raises Conflict for more fills without a cut than can be looked at together: those that a statement tells, and
    those that the books have, which are the same where it is brought again."""
    if max(told, known) > MOST_TOGETHER:
        raise Conflict(
            f"More than {MOST_TOGETHER:,} fills of {symbol} follow one another, and no day begins with nothing held. "
            "So many cannot be looked at together: leave them out of the file."
        )


def parts(cuts: Sequence[datetime], since: datetime | None) -> Iterator[Part]:
    """What is between the cuts, from one of them on, None for the beginning."""
    later = [cut for cut in cuts if since is None or cut > since]
    return zip([since, *later], [*later, None], strict=True)
