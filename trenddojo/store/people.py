"""Queries about people and their tokens."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, text, update

from trenddojo.domain.terms import Role
from trenddojo.store.audit import UNAUDITED
from trenddojo.store.database import db
from trenddojo.store.models import ApiToken, User


def user_by_id(user_id: UUID) -> User | None:
    """The person with this id."""
    return db.session.get(User, user_id)


def user_by_email(email: str) -> User | None:
    """The person with this e-mail, in whatever case it is written."""
    return db.session.scalar(select(User).where(User.email == email.strip().casefold()))


def everybody() -> Sequence[User]:
    """All people, by name."""
    return db.session.scalars(select(User).order_by(User.name, User.id)).all()


def is_empty() -> bool:
    """Whether nobody has been set up yet."""
    return db.session.scalar(select(User.id).limit(1)) is None


def is_alone() -> bool:
    """Whether there is no more than one person."""
    return len(db.session.scalars(select(User.id).limit(2)).all()) < 2


def lock_people() -> None:
    """Let nobody else add people until this transaction ends. SQLite's writers wait for each other anyway."""
    if db.engine.dialect.name == "postgresql":
        db.session.execute(text("LOCK TABLE users IN SHARE ROW EXCLUSIVE MODE"))


def lock_admins() -> set[UUID]:
    """Who can administer the installation; nobody else can change that until this transaction ends."""
    admins = select(User.id).where(User.role == Role.ADMIN, User.is_active.is_(True))
    return set(db.session.scalars(admins.order_by(User.id).with_for_update()))


def token_by_digest(digest: str) -> ApiToken | None:
    """The API token whose secret has this digest."""
    return db.session.scalar(select(ApiToken).where(ApiToken.digest == digest))


def mark_used(token_id: UUID, now: datetime) -> None:
    """Note when a token was last used, which is no act of anybody's."""
    used = update(ApiToken).where(ApiToken.id == token_id).values(last_used_at=now)
    db.session.execute(used.execution_options(**{UNAUDITED: True}))


def token_by_id(token_id: UUID) -> ApiToken | None:
    """The token with this id."""
    return db.session.get(ApiToken, token_id)


def tokens_of(user_id: UUID) -> Sequence[ApiToken]:
    """A person's tokens that are not revoked, newest first."""
    query = select(ApiToken).where(ApiToken.user_id == user_id, ApiToken.revoked_at.is_(None))
    return db.session.scalars(query.order_by(ApiToken.created_at.desc(), ApiToken.id)).all()
