"""People who sign in, their personal API tokens, and the answers kept for repeated requests."""

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import JSON, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from trenddojo.domain.terms import Role, TokenScope, ViewRoom
from trenddojo.store.areas import Area
from trenddojo.store.database import Base
from trenddojo.store.types import words


class User(Base):
    """A person. `email` is case-folded and unique; `session_epoch` rises to sign out every session at once.

    `currency` is the one that totals over several accounts are in; empty for that of the person's first account.
    """

    __tablename__ = "users"
    __audit__ = Area.PEOPLE

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    email: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    role: Mapped[Role] = mapped_column(words(Role))
    time_zone: Mapped[str]
    currency: Mapped[str | None]
    password_hash: Mapped[str] = mapped_column(info={"audit": "secret"})
    must_change_password: Mapped[bool] = mapped_column(default=False)
    is_active: Mapped[bool] = mapped_column(default=True)
    session_epoch: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]


class ApiToken(Base):
    """A personal token. Only its SHA-256 is kept; `prefix` is what the person recognises it by."""

    __tablename__ = "api_tokens"
    __audit__ = Area.SIGN_IN

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    name: Mapped[str]
    prefix: Mapped[str]
    digest: Mapped[str] = mapped_column(unique=True, info={"audit": "secret"})
    scope: Mapped[TokenScope] = mapped_column(words(TokenScope))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    last_used_at: Mapped[datetime | None] = mapped_column(info={"audit": "skip"})
    revoked_at: Mapped[datetime | None]


class SavedView(Base):
    """A list or report as a person looks at it, under a name; `query` is what its address asks for."""

    __tablename__ = "saved_views"
    __audit__ = None
    __table_args__ = (UniqueConstraint("user_id", "room", "name"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    room: Mapped[ViewRoom] = mapped_column(words(ViewRoom))
    name: Mapped[str]
    query: Mapped[str]
    created_at: Mapped[datetime]


class IdempotencyKey(Base):
    """The answer that a person's request got, so that a repeated one gets the same and does nothing."""

    __tablename__ = "idempotency_keys"
    __audit__ = None
    __table_args__ = (Index(None, "created_at"),)

    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    request_hash: Mapped[str]
    status: Mapped[int]
    body: Mapped[dict[str, Any]] = mapped_column(JSON)
    created_at: Mapped[datetime]
