"""Where an account's fills are asked for next: a cursor in the broker's own time, that no fill is passed by.

A cursor is an instant, of which the fills after it are asked: five minutes before the last one that was told, because a
fill may be booked later than one that came after it. Where those are more than a page, an activity's id stands behind
the instant, and the fills after that one are asked. Source: Alpaca, "Account activities".
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from trenddojo.brokers.adapters.alpaca.shapes import Fill

PAGE = 100
"""The most activities that one request answers."""
OVERLAP = timedelta(minutes=5)
_TOKEN = "|"  # noqa: S105 - what parts an instant from a page


@dataclass(frozen=True, slots=True)
class Cursor:
    """The fills after an instant, or after the activity `token`."""

    after: datetime
    token: str = ""

    @classmethod
    def read(cls, text: str) -> "Cursor":
        """The cursor that a text holds. Raises ValueError for any other text."""
        after, _, token = text.partition(_TOKEN)
        found = datetime.fromisoformat(after)
        if found.tzinfo is None:
            raise ValueError("a cursor's instant has a zone")
        return cls(found, token)

    @property
    def text(self) -> str:
        """The cursor as a text."""
        return _TOKEN.join(filter(None, (instant(self.after), self.token)))

    @property
    def params(self) -> dict[str, str]:
        """What is asked."""
        asked = {"after": instant(self.after), "direction": "asc", "page_size": str(PAGE)}
        return asked | ({"page_token": self.token} if self.token else {})

    def following(self, page: Sequence[Fill]) -> "Cursor":
        """Where to go on after a page, oldest first, was told. The same facts lead to the same cursor.

        Behind an activity it stays until the page reaches back over the overlap: what comes after an instant then fits
        one page again.
        """
        if is_full(page):
            return Cursor(self.after, page[-1].id)
        times = [one.transaction_time for one in page]
        start = max(times, default=self.after) - OVERLAP
        if self.token and start <= min(times, default=start):
            return self
        return Cursor(max(self.after, start))


def first_cursor(page: Sequence[Fill], now: datetime) -> Cursor:
    """Where to begin after the newest page, oldest first, none of which is told again; `now` is the broker's, for an
    account without a fill."""
    return Cursor(page[-1].transaction_time - OVERLAP, page[-1].id) if page else Cursor(now - OVERLAP)


def is_full(page: Sequence[Fill]) -> bool:
    """Whether there may be more."""
    return len(page) >= PAGE


def instant(at: datetime) -> str:
    """An instant as Alpaca takes it in a query: UTC with a Z."""
    return at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
