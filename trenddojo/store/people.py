"""Queries about people and their tokens."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import func, select

from trenddojo.domain.terms import Role
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


def active_admins() -> int:
    """How many people can administer the installation."""
    count = select(func.count()).select_from(User).where(User.role == Role.ADMIN, User.is_active.is_(True))
    return db.session.scalar(count) or 0


def token_by_digest(digest: str) -> ApiToken | None:
    """The API token whose secret has this digest."""
    return db.session.scalar(select(ApiToken).where(ApiToken.digest == digest))


def tokens_of(user_id: UUID) -> Sequence[ApiToken]:
    """A person's tokens that are not revoked, newest first."""
    query = select(ApiToken).where(ApiToken.user_id == user_id, ApiToken.revoked_at.is_(None))
    return db.session.scalars(query.order_by(ApiToken.created_at.desc(), ApiToken.id)).all()
