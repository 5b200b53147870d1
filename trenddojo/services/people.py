"""People: who is added, what they are called, and what an admin decides about them.

Hashing a password takes about 50 ms. It is done outside any transaction, because SQLite has one writer at a time.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.exc import IntegrityError

from trenddojo.domain.terms import Role
from trenddojo.security import passwords
from trenddojo.services.errors import Conflict, Forbidden, Invalid, NotFound
from trenddojo.services.inputs.people import FirstAdminInput, OwnProfileInput, PersonInput, ProfileInput, RoleInput
from trenddojo.store import people
from trenddojo.store.database import db, discard
from trenddojo.store.models import User

REPEATED_WITHIN = timedelta(minutes=2)
"""How long a form sent twice is taken for a double click rather than for an old page."""


@dataclass(frozen=True, slots=True)
class Added:
    """A person and the password that was made for them, to be shown once; none where one was typed."""

    user: User
    password: str | None


def hashed(password: str) -> str:
    """The hash of `password`, made after ending the transaction: whatever was not committed is forgotten."""
    discard()
    return passwords.hashed(password)


def create_first_admin(entered: FirstAdminInput, now: datetime) -> User:
    """The admin who sets the installation up. Raises Conflict where there is somebody already."""
    password_hash = hashed(entered.password)
    people.lock_people()
    if not people.is_empty():
        raise Conflict("TrendDojo is set up already. Sign in.")
    user = _new(entered, Role.ADMIN, password_hash, now)
    _save(user)
    return user


def create_person(entered: PersonInput, now: datetime) -> Added:
    """Add a person. They choose their own password at the first sign-in.

    Sent a second time with the same key, it finds the person of the first and makes their password anew.
    Raises Invalid where the e-mail is taken, Conflict where the key belongs to an older request.
    """
    password = entered.password or passwords.generated()
    password_hash = hashed(password)
    user = people.user_by_id(entered.key)
    if user is None:
        user = _new(entered, entered.role, password_hash, now)
        user.id = entered.key
    elif not _is_repeated(user, entered, now):
        raise Conflict("This person was added already. Load the page again to add another one.")
    user.password_hash, user.must_change_password = password_hash, True
    _save(user)
    return Added(user, None if entered.password else password)


def _is_repeated(user: User, entered: PersonInput, now: datetime) -> bool:
    return user.email == entered.email and user.must_change_password and now - user.created_at < REPEATED_WITHIN


def create_from_terminal(entered: FirstAdminInput, role: Role, now: datetime) -> User:
    """Add a person whose password was typed on the server. Raises Invalid where the e-mail is taken."""
    user = _new(entered, role, hashed(entered.password), now)
    _save(user)
    return user


def update_profile(user: User, entered: OwnProfileInput) -> None:
    """Change who a person is. Raises Invalid where the e-mail is somebody else's."""
    user.name, user.email, user.time_zone = entered.name, entered.email, entered.time_zone
    user.currency = entered.currency
    _save(user)


def _new(entered: ProfileInput, role: Role, password_hash: str, now: datetime) -> User:
    return User(
        email=entered.email,
        name=entered.name,
        role=role,
        time_zone=entered.time_zone,
        password_hash=password_hash,
        created_at=now,
    )


def _save(user: User) -> None:
    """Commit `user`; the database decides whether the e-mail is free, so that two at once cannot both take it."""
    db.session.add(user)
    try:
        db.session.commit()
    except IntegrityError:
        discard()
        raise Invalid({"email": "Somebody signs in with this e-mail already."}) from None


# ---- what an admin decides about others


def reset_password(admin: User, user_id: UUID) -> Added:
    """Give a person a new password, shown once, which they must change; every session of theirs ends.

    Raises NotFound for nobody, Forbidden for oneself.
    """
    password = passwords.generated()
    password_hash = hashed(password)
    user = _other(admin, user_id)
    user.password_hash, user.must_change_password = password_hash, True
    user.session_epoch += 1
    db.session.commit()
    return Added(user, password)


def set_role(admin: User, user_id: UUID, entered: RoleInput) -> User:
    """Change what a person may do. Raises NotFound for nobody, Forbidden for oneself."""

    def change(user: User) -> None:
        user.role = entered.role

    return _decide(admin, user_id, change)


def set_active(admin: User, user_id: UUID, active: bool) -> User:
    """Let a person in or keep them out; keeping them out ends their sessions.

    Raises NotFound for nobody, Forbidden for oneself.
    """

    def change(user: User) -> None:
        if user.is_active and not active:
            user.session_epoch += 1
        user.is_active = active

    return _decide(admin, user_id, change)


def _decide(admin: User, user_id: UUID, change: Callable[[User], None]) -> User:
    """Change another person. As nobody can do it to themselves, and an admin does it, an admin always remains."""
    admins = people.lock_admins()
    user = _other(admin, user_id)
    if admin.id not in admins:
        raise Forbidden("You are no longer an admin.")
    change(user)
    db.session.commit()
    return user


def _other(admin: User, user_id: UUID) -> User:
    user = people.user_by_id(user_id)
    if user is None:
        raise NotFound
    if user.id == admin.id:
        raise Forbidden("Ask another admin to do this to you. Your own password is under Settings, Security.")
    return user
