"""Statements that were brought in: which file, how it was read, how far it got, and what came of it."""

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from trenddojo.domain.terms import ImportStatus
from trenddojo.store.areas import Area
from trenddojo.store.database import Base
from trenddojo.store.types import words

SKIP = {"audit": "skip"}
"""Marks a column that the work itself moves: the acts of people are told, not its progress."""


class Import(Base):
    """One statement on its way into an account's books.

    `format` is a name of `statements.registry`, empty while nothing recognised it. `options` say how it is read and
    what stops are assumed (`services.imports.options`). `done` of `total` is the progress of the present status in its
    own units, `counts` what was found and booked, `error` why it failed, in a sentence. What it brought carries its id.
    """

    __tablename__ = "imports"
    __audit__ = Area.TRADING
    __table_args__ = (
        Index(None, "account_id", "created_at", "id"),
        Index(None, "status", "created_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"))
    name: Mapped[str]
    size: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[str]
    format: Mapped[str] = mapped_column(default="")
    options: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    status: Mapped[ImportStatus] = mapped_column(words(ImportStatus), default=ImportStatus.RECEIVED)
    done: Mapped[int] = mapped_column(BigInteger, default=0, info=SKIP)
    total: Mapped[int] = mapped_column(BigInteger, default=0, info=SKIP)
    counts: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict, info=SKIP)
    error: Mapped[str] = mapped_column(default="")
    created_by: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    created_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    undone_at: Mapped[datetime | None]


class ImportMapping(Base):
    """How a person told us to read files with a certain header; `fingerprint` is the digest of its folded columns."""

    __tablename__ = "import_mappings"
    __audit__ = None
    __table_args__ = (UniqueConstraint("user_id", "fingerprint"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    fingerprint: Mapped[str]
    options: Mapped[dict[str, Any]] = mapped_column(JSON)
    updated_at: Mapped[datetime]
