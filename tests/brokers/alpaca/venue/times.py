"""Instants as Alpaca writes and reads them: RFC 3339 with up to nine digits, and the venue's own clock."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Protocol
from zoneinfo import ZoneInfo

NEW_YORK = ZoneInfo("America/New_York")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_BILLION = 1_000_000_000


class Skew(Protocol):
    """How the venue's clock differs from the test's."""

    skew: timedelta
    same_instant: bool


class Timepiece:
    """The venue's clock. No two stamps are the same, though the test's clock stands still, unless `same_instant`."""

    def __init__(self, clock: Callable[[], datetime], skew: Skew) -> None:
        self._clock = clock
        self._skew = skew
        self._last_now = self._last = _EPOCH
        self._held: datetime | None = None

    def now(self) -> datetime:
        return self._held or self._clock().astimezone(UTC) + self._skew.skew

    @contextmanager
    def held(self) -> Iterator[None]:
        """Stand still, for as long as one request takes."""
        self._held = self.now()
        try:
            yield
        finally:
            self._held = None

    def stamp(self) -> datetime:
        """An instant of its own for something that happens now."""
        now = self.now()
        if self._skew.same_instant:
            return now
        later = self._last + _MICROSECOND
        self._last = max(now, later) if now >= self._last_now else now
        self._last_now = now
        return self._last


def whole_nanoseconds(at: datetime) -> int:
    """Since the epoch."""
    return (at - _EPOCH) // _MICROSECOND * 1000


def nanoseconds(at: datetime) -> int:
    """The same, with the three digits below the microsecond that the venue invents for every instant of an order."""
    whole = whole_nanoseconds(at)
    return whole + (whole // 1000 * 7 + 311) % 1000


@lru_cache(1 << 13)
def exact(at: datetime | None) -> str | None:
    """Nine digits and Z."""
    if at is None:
        return None
    whole, rest = divmod(nanoseconds(at), _BILLION)
    return f"{_EPOCH + timedelta(seconds=whole):%Y-%m-%dT%H:%M:%S}.{rest:09d}Z"


def short(at: datetime) -> str:
    """As many digits as are needed and Z."""
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%f}".rstrip("0").rstrip(".") + "Z"


def eastern(at: datetime, *, digits: bool = False) -> str:
    """New York's time with its offset, with nine digits where asked."""
    text = at.astimezone(NEW_YORK).replace(microsecond=0).isoformat()
    return f"{text[:19]}.{nanoseconds(at) % _BILLION:09d}{text[19:]}" if digits else text


def read_nanoseconds(text: str) -> int:
    """An instant or a date, as nanoseconds since the epoch. Raises ValueError."""
    if len(text) == 10:
        return whole_nanoseconds(datetime.combine(date.fromisoformat(text), datetime.min.time(), UTC))
    whole, point, rest = text.replace("Z", "+00:00").partition(".")
    digits = "".join(rest[: _digits(rest)])
    at = datetime.fromisoformat(whole + rest[len(digits) :])
    if at.tzinfo is None or (point and not digits):
        raise ValueError(text)
    return whole_nanoseconds(at) + int(digits[:9].ljust(9, "0"))


def read_instant(text: str) -> datetime:
    """The same to the microsecond."""
    return _EPOCH + timedelta(microseconds=read_nanoseconds(text) // 1000)


def _digits(text: str) -> int:
    return next((place for place, sign in enumerate(text) if not sign.isdigit()), len(text))
