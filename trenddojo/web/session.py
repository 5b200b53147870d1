"""The signed-in person of a request: flask-login, with idle and absolute limits and signing out everywhere."""

from datetime import datetime
from typing import cast
from uuid import UUID

from flask import Flask, session
from flask_login import LoginManager, UserMixin, current_user, login_user
from werkzeug.wrappers import Response

from trenddojo.store import people
from trenddojo.store.models import User
from trenddojo.store.origin import name_actor
from trenddojo.web import activity, locks
from trenddojo.web.deps import config, now

EPOCH, SINCE, SEEN = "epoch", "since", "seen"
_TOUCH_AFTER_SECONDS = 60
"""How stale the last-seen time may be: without a pause every answer would set a cookie."""

login_manager = LoginManager()


class Person(UserMixin):  # type: ignore[misc]
    """What flask-login holds: the person's row, without the row knowing of the web."""

    def __init__(self, user: User) -> None:
        self.user = user

    def get_id(self) -> str:
        """The id that the session cookie carries."""
        return str(self.user.id)


def init(app: Flask) -> None:
    """Set up flask-login on `app`."""
    login_manager.login_view = "auth.sign_in"
    login_manager.login_message = ""
    login_manager.session_protection = None  # the address of a phone changes; the limits below hold instead
    login_manager.user_loader(_load)
    login_manager.init_app(app)


def begin(user: User) -> None:
    """Sign `user` in on this browser, in a fresh session."""
    session.clear()
    moment = int(now().timestamp())
    session[EPOCH], session[SINCE], session[SEEN] = user.session_epoch, moment, moment
    login_user(Person(user))


def _load(user_id: str) -> Person | None:
    moment = now()
    if not _is_fresh(moment):
        return None
    user = people.user_by_id(UUID(user_id))
    if user is None or not user.is_active or user.session_epoch != session.get(EPOCH):
        return None
    _touch(moment)
    name_actor(user.id, user.name)
    return Person(user)


def require_sign_in() -> Response | None:
    """Lead strangers to the sign-in page: `before_request` of rooms in which everybody is signed in."""
    return None if current_user.is_authenticated else cast(Response, login_manager.unauthorized())


def ended() -> str:
    """Why this browser's session holds no longer, as a sentence; empty where there is none that ended."""
    if "_user_id" not in session:
        return ""
    if _is_idle(now()):
        return f"You were signed out after {config().session_idle_minutes} minutes without use."
    if _is_old(now()):
        return f"You were signed out: a session lasts {config().session_hours} hours."
    return "You were signed out: from another browser, or because your password or access was changed."


def _is_fresh(moment: datetime) -> bool:
    return not _is_old(moment) and not _is_idle(moment)


def _is_old(moment: datetime) -> bool:
    return moment.timestamp() - int(session.get(SINCE, 0)) >= config().session_hours * 3600


def _is_idle(moment: datetime) -> bool:
    return moment.timestamp() - int(session.get(SEEN, 0)) >= config().session_idle_minutes * 60


def _touch(moment: datetime) -> None:
    locks.touch(moment)
    if activity.is_a_persons() and moment.timestamp() - session.get(SEEN, 0) > _TOUCH_AFTER_SECONDS:
        session[SEEN] = int(moment.timestamp())
