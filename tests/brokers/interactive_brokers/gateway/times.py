"""Instants as the gateway writes and reads them. Source: IBKR's "TWS API: Date and Time formats"."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from tests.brokers.interactive_brokers.gateway.refusals import Refusal
from tests.brokers.interactive_brokers.gateway.switches import Times

ZONE = ZoneInfo("US/Eastern")
"""The gateway's own zone, by which its day begins."""


def midnight(now: datetime) -> datetime:
    """The beginning of the gateway's day."""
    return datetime.combine(now.astimezone(ZONE).date(), time(), ZONE)


def stamped(at: datetime, times: Times = "zone") -> str:
    if times == "utc":
        return f"{at.astimezone(UTC):%Y%m%d-%H:%M:%S}"
    local = f"{at.astimezone(ZONE):%Y%m%d %H:%M:%S}"
    return local.replace(" ", "  ") if times == "old" else f"{local} US/Eastern"


def read(text: str) -> datetime:
    """20241122 10:00:00 US/Eastern, or UTC as 20241122-15:00:00. Raises Refusal (10314)."""
    try:
        if "-" in text:
            return datetime.strptime(text, "%Y%m%d-%H:%M:%S").replace(tzinfo=UTC)
        date, clock, *zone = text.split()
        return datetime.strptime(f"{date} {clock}", "%Y%m%d %H:%M:%S").replace(
            tzinfo=ZoneInfo(zone[0]) if zone else ZONE
        )
    except (ValueError, ZoneInfoNotFoundError):
        raise Refusal(10314, "End Date/Time: The date, time, or time-zone entered is invalid.") from None


_UNITS = {"S": timedelta(seconds=1), "W": timedelta(weeks=1), "M": timedelta(days=30), "Y": timedelta(days=365)}


def duration(text: str) -> tuple[int, str]:
    """A span of history: 30 D, 3600 S, 2 W, 1 M, 1 Y. Raises Refusal (321)."""
    count, _, unit = text.partition(" ")
    if not count.isdigit() or unit not in (*_UNITS, "D"):
        raise Refusal(321, f"Error validating request.-'bN' : cause - Invalid duration format: {text}")
    return int(count), unit


def span(count: int, unit: str) -> timedelta:
    """Of a duration that is not counted in trading days."""
    return count * _UNITS[unit]
