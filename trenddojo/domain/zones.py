"""Which time zones there are, and whose day an instrument's is."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

_NEW_YORK = "America/New_York"
_FAR: Mapping[str, str] = {
    "AUD": "Australia/Sydney", "CNH": "Asia/Shanghai", "CNY": "Asia/Shanghai", "HKD": "Asia/Hong_Kong",
    "INR": "Asia/Kolkata", "JPY": "Asia/Tokyo", "KRW": "Asia/Seoul", "NZD": "Pacific/Auckland",
    "SGD": "Asia/Singapore", "TWD": "Asia/Taipei",
}  # fmt: skip
"""By currency, the exchanges that open before it is midnight in New York. Those of Europe open after it."""


@cache
def zone_names() -> frozenset[str]:
    """Every name of the tz database. To read the list takes 30 ms."""
    return frozenset(available_timezones())


def day_begins(day: date, currency: str) -> datetime:
    """A moment between the sessions of a day and of the day before, in UTC, where a `currency` is at home."""
    return datetime.combine(day, time(), ZoneInfo(_FAR.get(currency, _NEW_YORK))).astimezone(UTC)
