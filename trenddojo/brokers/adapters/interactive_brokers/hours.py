"""When a market is open, from what the gateway tells of an instrument's sessions.

They look like 20241122:0930-20241122:1600;20241123:CLOSED;... in the zone of the instrument, about six days ahead; old
gateways leave out the second date. Source: IBKR, "ContractDetails: liquidHours".
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from trenddojo.brokers.types import MarketHours
from trenddojo.domain import nyse

_AHEAD = timedelta(days=10)
_AT = "%Y%m%d:%H%M"
_DATE_LENGTH = 8


def hours(details: Any | None, now: datetime) -> MarketHours:
    """Whether an instrument's market is open, by its own sessions, or by New York's where they are not told."""
    told = [] if details is None else sessions(details.liquidHours, details.timeZoneId)
    ahead = [one for one in told if one[1] > now] or list(_new_york(now))
    opens, closes = ahead[0]
    is_open = opens <= now
    following = ahead[1][0] if len(ahead) > 1 else next(start for start, _ in _new_york(closes) if start > closes)
    return MarketHours(is_open=is_open, at=now, next_open=following if is_open else opens, next_close=closes)


def sessions(text: str, zone_name: str) -> list[tuple[datetime, datetime]]:
    """The sessions that a text tells, in UTC and in order; none where it, or its zone, is not understood."""
    try:
        zone = ZoneInfo(zone_name)
        return sorted(_session(one, zone) for one in text.split(";") if one and not one.endswith("CLOSED"))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return []


def _session(text: str, zone: ZoneInfo) -> tuple[datetime, datetime]:
    start, _, end = text.partition("-")
    whole = end if len(end) > _DATE_LENGTH else f"{start[:_DATE_LENGTH]}:{end}"
    return _instant(start, zone), _instant(whole, zone)


def _instant(text: str, zone: ZoneInfo) -> datetime:
    return datetime.strptime(text, _AT).replace(tzinfo=zone).astimezone(UTC)


def _new_york(now: datetime) -> Iterator[tuple[datetime, datetime]]:
    today = now.astimezone(nyse.NEW_YORK).date()
    for one in nyse.sessions(today, today + _AHEAD):
        if one.close > now:
            yield one.open, one.close
