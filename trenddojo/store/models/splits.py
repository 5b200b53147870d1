"""Splits of what an account trades."""

from datetime import date, datetime
from uuid import UUID, uuid4

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from trenddojo.domain.terms import SplitSource
from trenddojo.store.areas import Area
from trenddojo.store.database import Base
from trenddojo.store.types import words


class StockSplit(Base):
    """A split of an instrument, as one account knows it: nobody's record changes another account's books.

    `on` is the first day of trading at the new quantity where the instrument is listed, `at` the moment from which it
    counts. `numerator` new units stand for `denominator` old ones. `key` is an import's own, unique by account.
    """

    __tablename__ = "splits"
    __audit__ = Area.TRADING
    __table_args__ = (
        UniqueConstraint("account_id", "key"),
        # A split counts once, whoever told of it.
        Index(
            "uq_splits_on",
            "account_id",
            "instrument_id",
            "on",
            unique=True,
            sqlite_where=text("deleted_at IS NULL"),
            postgresql_where=text("deleted_at IS NULL"),
        ),
        CheckConstraint("numerator > 0 AND denominator > 0", name="ratio"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"))
    instrument_id: Mapped[UUID] = mapped_column(ForeignKey("instruments.id"))
    on: Mapped[date]
    at: Mapped[datetime]
    numerator: Mapped[int]
    denominator: Mapped[int]
    source: Mapped[SplitSource] = mapped_column(words(SplitSource))
    key: Mapped[str | None]
    created_by: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    created_at: Mapped[datetime]
    deleted_at: Mapped[datetime | None]
