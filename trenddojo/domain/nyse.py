"""The sessions of the New York Stock Exchange: its trading days, on which every account's daily returns run (rule 47 of
docs/NUMBERS.md), and its hours, which the simulated exchange keeps.

exchange_calendars knows them, but takes seconds and a data-frame library to say so, which no page and no start may wait
for. They are therefore kept beside this module as what differs from 09:30 to 16:00 on a weekday, one line a day: the
date alone where the exchange was or will be closed, with the time in New York where it closes early (from EXACT_HOURS
on). What lies ahead follows the exchange's rules of today: after a change of them, or a day of mourning,
`python -m trenddojo.services.calendar` writes the file anew. A test compares the two.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

FIRST, LAST = date(1970, 1, 1), date(2099, 12, 31)
EXACT_HOURS = date(2000, 1, 3)
"""From here on early closes are known; before, only which days had a session."""
FILE = Path(__file__).with_name("nyse.txt")
NEW_YORK = ZoneInfo("America/New_York")
CLOSE = time(16)
_OPEN = time(9, 30)
_SATURDAY = 5


@dataclass(frozen=True, slots=True)
class Session:
    """One trading day: open from `open` up to, but not at, `close`, both UTC; `day` is its date where the market is."""

    open: datetime
    close: datetime
    day: date


def trading_days(since: date, until: date) -> list[date]:
    """The dates of the sessions from `since` to `until`, both included, in order; none outside FIRST to LAST."""
    exceptions = _exceptions()
    return [day for day in weekdays(max(since, FIRST), min(until, LAST)) if exceptions.get(day, CLOSE)]


def sessions(since: date, until: date) -> Iterator[Session]:
    """The sessions from `since`, at the earliest EXACT_HOURS, to `until`, both included, in order."""
    exceptions = _exceptions()
    for day in trading_days(max(since, EXACT_HOURS), until):
        yield Session(_utc(day, _OPEN), _utc(day, exceptions.get(day) or CLOSE), day)


def weekdays(since: date, until: date) -> list[date]:
    """Mondays to Fridays from `since` to `until`, both included."""
    days = (since + timedelta(days=n) for n in range((until - since).days + 1))
    return [day for day in days if day.weekday() < _SATURDAY]


@cache
def _exceptions() -> Mapping[date, time | None]:
    """What FILE tells: the early close of a day, or None for a day without a session."""
    lines = (line.partition(" ") for line in FILE.read_text(encoding="ascii").splitlines())
    return {date.fromisoformat(day): time.fromisoformat(close) if close else None for day, _, close in lines}


def _utc(day: date, at: time) -> datetime:
    return datetime.combine(day, at, NEW_YORK).astimezone(UTC)
