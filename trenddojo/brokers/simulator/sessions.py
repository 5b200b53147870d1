"""When a market is open: sessions of the New York Stock Exchange, or around the clock. All times are UTC-aware."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import cache, lru_cache
from typing import Protocol

from trenddojo.domain import nyse
from trenddojo.domain.nyse import Session

__all__ = ["FIRST_DAY", "AlwaysOpen", "NyseSessions", "Session", "Sessions"]

FIRST_DAY, LAST_DAY = nyse.EXACT_HOURS, date(2060, 12, 31)
"""The first and, of New York's, the last session of every simulated market."""
_DAY = timedelta(days=1)


class Sessions(Protocol):
    """The sessions of a market, from `FIRST_DAY` on."""

    def session_at(self, at: datetime) -> Session | None:
        """The session with open <= at < close, or None while the market is closed."""

    def next_after(self, at: datetime) -> Session:
        """The first session that opens after `at`. Raises LookupError beyond what the calendar knows."""

    def previous_before(self, at: datetime) -> Session | None:
        """The last session that has closed by `at` (close <= at), or None before the first."""

    def between(self, start: datetime, end: datetime) -> Iterator[Session]:
        """The sessions that overlap [start, end), oldest first."""


class NyseSessions:
    """The New York Stock Exchange, from `FIRST_DAY` to `LAST_DAY`: see `domain.nyse`."""

    def session_at(self, at: datetime) -> Session | None:
        """The session with open <= at < close, or None while the market is closed."""
        sessions = _nyse()
        index = bisect_right(sessions, at, key=_open) - 1
        return sessions[index] if index >= 0 and at < sessions[index].close else None

    def next_after(self, at: datetime) -> Session:
        """The first session that opens after `at`. Raises LookupError beyond what the calendar knows."""
        sessions = _nyse()
        index = bisect_right(sessions, at, key=_open)
        if index == len(sessions):
            raise LookupError(f"The NYSE calendar ends on {LAST_DAY}.")
        return sessions[index]

    def previous_before(self, at: datetime) -> Session | None:
        """The last session that has closed by `at` (close <= at), or None before the first."""
        sessions = _nyse()
        index = bisect_right(sessions, at, key=_close) - 1
        return sessions[index] if index >= 0 else None

    def between(self, start: datetime, end: datetime) -> Iterator[Session]:
        """The sessions that overlap [start, end), oldest first."""
        sessions = _nyse()
        yield from sessions[bisect_right(sessions, start, key=_close) : bisect_left(sessions, end, key=_open)]


class AlwaysOpen:
    """A market for demonstrations that never closes: every UTC day is a session of 24 hours, back to back."""

    def session_at(self, at: datetime) -> Session | None:
        """The session with open <= at < close: the UTC day of `at`, or None before the first."""
        day = at.astimezone(UTC).date()
        return _whole(day) if day >= FIRST_DAY else None

    def next_after(self, at: datetime) -> Session:
        """The first session that opens after `at`: the UTC day after it."""
        return _whole(max(FIRST_DAY, at.astimezone(UTC).date() + _DAY))

    def previous_before(self, at: datetime) -> Session | None:
        """The last session that has closed by `at` (close <= at), or None before the first."""
        day = at.astimezone(UTC).date() - _DAY
        return _whole(day) if day >= FIRST_DAY else None

    def between(self, start: datetime, end: datetime) -> Iterator[Session]:
        """The sessions that overlap [start, end), oldest first."""
        session = self.session_at(start) or self.next_after(start)
        while session.open < end:
            yield session
            session = self.next_after(session.open)


def _open(session: Session) -> datetime:
    return session.open


def _close(session: Session) -> datetime:
    return session.close


@cache
def _nyse() -> tuple[Session, ...]:
    """Every session of the New York Stock Exchange, oldest first."""
    return tuple(nyse.sessions(FIRST_DAY, LAST_DAY))


@lru_cache(maxsize=1 << 15)
def _whole(day: date) -> Session:
    opened = datetime.combine(day, time(), UTC)
    return Session(opened, opened + _DAY, day)
