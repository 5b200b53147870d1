"""The person who signs in to look at the demo."""

from datetime import datetime
from typing import Final

from trenddojo.domain.terms import Role
from trenddojo.security import passwords
from trenddojo.services.people import Added, hashed
from trenddojo.store import people
from trenddojo.store.database import db
from trenddojo.store.models import User

EMAIL: Final = "demo@trenddojo.example"


def welcome(now: datetime, time_zone: str) -> Added:
    """The demo person with a new password, which is kept nowhere but in the answer; earlier sessions of theirs end.

    Made where there is none: as an admin of an installation that has nobody else, else as a trader.
    """
    password = passwords.generated()
    password_hash = hashed(password)
    people.lock_people()
    user = people.user_by_email(EMAIL) or _new(now, time_zone)
    user.password_hash, user.must_change_password, user.is_active = password_hash, False, True
    user.session_epoch += 1
    db.session.add(user)
    db.session.commit()
    return Added(user, password)


def _new(now: datetime, time_zone: str) -> User:
    role = Role.ADMIN if people.is_empty() else Role.TRADER
    return User(email=EMAIL, name="Demo Trader", role=role, time_zone=time_zone, session_epoch=0, created_at=now)
