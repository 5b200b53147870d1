"""The trading days of the New York Stock Exchange, on which every account's daily returns run (rule 47 of
docs/NUMBERS.md).

exchange_calendars knows them, but takes seconds and a data-frame library to say so, which no page and no start may wait
for. They are therefore kept beside this module as the weekdays on which the exchange was or will be closed, about nine
a year; a session is every other weekday. The file covers every date that the product takes in, and reading it costs a
millisecond, once in a process. What lies ahead follows the exchange's rules of today: after a change of them, or a day
of mourning, `python -m trenddojo.services.calendar` writes the file anew. A test compares the two.
"""

from datetime import date, timedelta
from functools import cache
from pathlib import Path

FIRST, LAST = date(1970, 1, 1), date(2099, 12, 31)
FILE = Path(__file__).with_name("nyse_closed.txt")
_SATURDAY = 5


def trading_days(since: date, until: date) -> list[date]:
    """The exchange's sessions from `since` to `until`, both included, in order; none outside FIRST to LAST."""
    closed = _closed()
    return [day for day in weekdays(max(since, FIRST), min(until, LAST)) if day not in closed]


def weekdays(since: date, until: date) -> list[date]:
    """Mondays to Fridays from `since` to `until`, both included."""
    days = (since + timedelta(days=n) for n in range((until - since).days + 1))
    return [day for day in days if day.weekday() < _SATURDAY]


@cache
def _closed() -> frozenset[date]:
    return frozenset(map(date.fromisoformat, FILE.read_text(encoding="ascii").split()))


def closed_weekdays() -> list[date]:
    """The weekdays without a session, asked of exchange_calendars: slow, for writing and checking FILE."""
    from exchange_calendars import get_calendar  # noqa: PLC0415 - imports a data-frame library

    sessions = {session.date() for session in get_calendar("XNYS", start=str(FIRST), end=str(LAST)).sessions}
    return [day for day in weekdays(FIRST, LAST) if day not in sessions]


if __name__ == "__main__":
    FILE.write_text("".join(f"{day}\n" for day in closed_weekdays()), encoding="ascii")
