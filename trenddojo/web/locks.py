"""Live trading is locked until its person types their password, and again once they have been idle for a while.

The session holds the time of their last act. A personal token opens nothing: it has no session.
"""

from datetime import datetime, timedelta

from flask import request, session

from trenddojo.web import activity

UNLOCKED = "unlocked"
WINDOW = timedelta(minutes=15)
"""How long trading stays unlocked after the person's last act."""
_TOUCH_AFTER_SECONDS = 15
"""How stale the time of the last act may be: without a pause every answer would set a cookie."""


def unlock(now: datetime) -> None:
    """Open trading on this browser."""
    session[UNLOCKED] = int(now.timestamp())


def lock() -> None:
    """Close it."""
    session.pop(UNLOCKED, None)


def open_until(now: datetime) -> datetime | None:
    """When trading locks by itself unless its person does something; None where it is locked."""
    if "Authorization" in request.headers:  # a token decides alone, whatever cookie comes with it
        return None
    ends = _ends(now)
    return ends if ends and now < ends else None


def touch(now: datetime) -> None:
    """An act of the person's keeps open what is open; a lock that ran out meanwhile is closed for good."""
    ends = _ends(now)
    if ends is None:
        return
    if ends <= now:
        lock()
    elif activity.is_a_persons() and now.timestamp() - session[UNLOCKED] > _TOUCH_AFTER_SECONDS:
        unlock(now)


def _ends(now: datetime) -> datetime | None:
    last = session.get(UNLOCKED)
    return None if last is None else datetime.fromtimestamp(last, now.tzinfo) + WINDOW
