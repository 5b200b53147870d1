"""When orders work: New York's regular and extended hours, auctions, and the days of an order."""

from datetime import datetime, time, timedelta
from functools import lru_cache

from tests.brokers.alpaca.venue.times import NEW_YORK
from trenddojo.brokers.simulator.sessions import NyseSessions, Session

SESSIONS = NyseSessions()
GTC_DAYS = timedelta(days=90)
_AFTER_HOURS = timedelta(hours=4)
_MINUTE = timedelta(minutes=1)
_WINDOWS = {"opg": (time(9, 28), time(19)), "cls": (time(15, 50), time(19))}


@lru_cache(64)
def is_open(at: datetime) -> bool:
    return SESSIONS.session_at(at) is not None


@lru_cache(64)
def is_extended(at: datetime) -> bool:
    """From 04:00 in the morning until four hours after the close, 20:00 on most days."""
    return any(
        dawn(session) <= at < dusk(session) for session in SESSIONS.between(at - timedelta(1), at + timedelta(1))
    )


def dawn(session: Session) -> datetime:
    return datetime.combine(session.day, time(4), NEW_YORK)


def dusk(session: Session) -> datetime:
    return session.close + _AFTER_HOURS


def session_of(at: datetime, *, extended: bool = False) -> Session:
    """The session in which a day order entered now works."""
    around = list(SESSIONS.between(at - timedelta(1), at))
    if around and at < (dusk(around[-1]) if extended else around[-1].close):
        return around[-1]
    return SESSIONS.next_after(at)


def previous_close(at: datetime) -> datetime:
    """The close before the session that runs, or before the one that ran last when the market is closed."""
    session = SESSIONS.session_at(at) or SESSIONS.previous_before(at)
    assert session is not None
    before = SESSIONS.previous_before(session.open)
    assert before is not None
    return before.close


def is_forbidden(time_in_force: str, at: datetime) -> bool:
    """Whether an auction's orders are refused now."""
    if time_in_force not in _WINDOWS:
        return False
    start, end = _WINDOWS[time_in_force]
    return start <= at.astimezone(NEW_YORK).time() < end


def expiry(time_in_force: str, at: datetime, *, extended: bool = False) -> datetime:
    """Until when an order entered now may work."""
    if time_in_force == "gtc":
        return at + GTC_DAYS
    if time_in_force == "opg":
        return SESSIONS.next_after(at).open + _MINUTE
    session = session_of(at, extended=extended)
    if time_in_force == "cls":
        return session.close + _MINUTE
    return dusk(session) if extended else session.close


def is_auction(time_in_force: str, expires_at: datetime, now: datetime) -> bool:
    """Whether an auction's order may fill now: in the session's first minute, or in the last and the one after."""
    return expires_at - _MINUTE * (1 if time_in_force == "opg" else 2) <= now < expires_at
