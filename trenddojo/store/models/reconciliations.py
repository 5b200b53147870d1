"""Comparisons of an account's books with what its broker told, as they came out."""

from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from trenddojo.store.areas import Area
from trenddojo.store.database import Base


class Reconciliation(Base):
    """One comparison: with a statement (`import_id`), or with what the broker's API last told.

    `findings` are `domain.reconciling.Finding`s in JSON, amounts as text; `notes` say by a finding's place why a person
    accepts its difference, `mends` which import mended it. Both sides stand as they were then: a comparison made later
    has a row of its own.
    """

    __tablename__ = "reconciliations"
    __audit__ = Area.TRADING
    __table_args__ = (
        Index(None, "account_id", "created_at", "id"),
        CheckConstraint("since <= as_of", name="span"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"))
    import_id: Mapped[UUID | None] = mapped_column(ForeignKey("imports.id", ondelete="SET NULL"), index=True)
    source: Mapped[str]
    since: Mapped[date]
    as_of: Mapped[date]
    findings: Mapped[list[dict[str, Any]]] = mapped_column(JSON, info={"audit": "skip"})
    notes: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    mends: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    matching: Mapped[int]
    differing: Mapped[int]
    created_by: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    created_at: Mapped[datetime]
