"""When each kind of instrument trades, and how the gateway tells it.

Shares, funds and options keep New York's hours, forex and futures rest over the weekend from Friday 17:00 New York
time, coins never rest, and Xetra keeps its own. Source: the tradingHours and liquidHours of IBKR's "Contract Details".
"""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from tests.brokers.alpaca.venue import hours as new_york
from tests.brokers.alpaca.venue.times import NEW_YORK
from tests.brokers.interactive_brokers.gateway.instruments import Instrument

_DAYS_AHEAD = 6
_DAY = timedelta(days=1)
_FIVE = time(17)
_XETRA = ZoneInfo("Europe/Berlin")
_SATURDAY, _SUNDAY, _FRIDAY = 5, 6, 4
Span = tuple[datetime, datetime]


def is_open(instrument: Instrument, at: datetime, *, extended: bool = False) -> bool:
    """Whether it trades, with `extended` outside of regular hours too."""
    if instrument.kind == "CRYPTO":
        return True
    if instrument.kind in ("CASH", "FUT"):
        return _is_in_week(at)
    if instrument.zone == "MET":
        return _is_at_xetra(at)
    return new_york.is_open(at) or (extended and instrument.kind == "STK" and new_york.is_extended(at))


def next_open(instrument: Instrument, at: datetime) -> datetime:
    """When it trades next, at the latest in a week."""
    if instrument.kind in ("STK", "OPT") and instrument.zone != "MET":
        return new_york.SESSIONS.next_after(at).open
    minute = at.replace(second=0, microsecond=0)
    return next(
        minute + n * timedelta(minutes=30)
        for n in range(1, 400)
        if is_open(instrument, minute + n * timedelta(minutes=30))
    )


def end_of_day(instrument: Instrument, at: datetime, *, extended: bool = False) -> datetime:
    """Until when a day order entered now works."""
    if instrument.kind in ("STK", "OPT") and instrument.zone != "MET":
        session = new_york.session_of(at, extended=extended)
        return new_york.dusk(session) if extended else session.close
    zone, close = (_XETRA, time(17, 30)) if instrument.zone == "MET" else (NEW_YORK, _FIVE)
    end = datetime.combine(at.astimezone(zone).date(), close, zone)
    while end <= at or end.weekday() in (_SATURDAY, _SUNDAY):
        end = datetime.combine(end.date() + _DAY, close, zone)
    return end


def told(instrument: Instrument, at: datetime, *, liquid: bool) -> str:
    """The hours of today and six days more: 20241122:0930-20241122:1600;20241123:CLOSED;..."""
    zone = ZoneInfo(instrument.zone)
    first = at.astimezone(zone).date()
    return ";".join(
        text
        for n in range(_DAYS_AHEAD)
        for text in _told_day(instrument, first + n * _DAY, zone, liquid=liquid)
    )  # fmt: skip


def _told_day(instrument: Instrument, day: date, zone: ZoneInfo, *, liquid: bool) -> Iterator[str]:
    span = _span(instrument, day, zone, liquid=liquid)
    if span is None:
        yield f"{day:%Y%m%d}:CLOSED"
    else:
        start, end = (edge.astimezone(zone) for edge in span)
        yield f"{start:%Y%m%d:%H%M}-{end:%Y%m%d:%H%M}"


def _span(instrument: Instrument, day: date, zone: ZoneInfo, *, liquid: bool) -> Span | None:
    """A day's session; one of forex or of a future begins the evening before."""
    noon = datetime.combine(day, time(12), zone)
    if instrument.kind == "CRYPTO":
        return noon.replace(hour=0), noon.replace(hour=23, minute=59)
    if day.weekday() in (_SATURDAY, _SUNDAY):
        return None
    if instrument.kind in ("CASH", "FUT"):
        end = datetime.combine(day, _FIVE, NEW_YORK)
        return datetime.combine(day - _DAY, time(17, 15), NEW_YORK), end
    if instrument.zone == "MET":
        return datetime.combine(day, time(9), _XETRA), datetime.combine(day, time(17, 30), _XETRA)
    return _new_york_span(noon, is_whole=liquid or instrument.kind == "OPT")


def _new_york_span(noon: datetime, *, is_whole: bool) -> Span | None:
    session = new_york.SESSIONS.session_at(noon)
    if session is None:
        return None
    return (session.open, session.close) if is_whole else (new_york.dawn(session), new_york.dusk(session))


def _is_in_week(at: datetime) -> bool:
    local = at.astimezone(NEW_YORK)
    if local.weekday() == _SATURDAY:
        return False
    if local.weekday() == _SUNDAY:
        return local.time() >= _FIVE
    return local.weekday() != _FRIDAY or local.time() < _FIVE


def _is_at_xetra(at: datetime) -> bool:
    local = at.astimezone(_XETRA)
    return local.weekday() < _SATURDAY and time(9) <= local.time() < time(17, 30)
