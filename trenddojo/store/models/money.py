"""Exchange rates by date."""

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from trenddojo.store.database import Base
from trenddojo.store.types import Rate


class ExchangeRate(Base):
    """What a source said on a date: one unit of `base_currency` is worth `rate` of `quote_currency`.

    `source` is `ecb`, or `account-` and an id for what the broker of that account told, which counts for it alone and
    goes with it. `taken_at` is when it was imported or asked.
    """

    __tablename__ = "exchange_rates"
    __audit__ = None
    __table_args__ = (
        CheckConstraint("(account_id IS NULL) = (source = 'ecb')", name="source"),
        CheckConstraint("rate > 0", name="above_nothing"),
        CheckConstraint("base_currency <> quote_currency", name="two_currencies"),
    )

    source: Mapped[str] = mapped_column(primary_key=True)
    base_currency: Mapped[str] = mapped_column(primary_key=True)
    quote_currency: Mapped[str] = mapped_column(primary_key=True)
    on: Mapped[date] = mapped_column(primary_key=True)
    rate: Mapped[Decimal] = mapped_column(Rate)
    taken_at: Mapped[datetime]
    account_id: Mapped[UUID | None] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"), index=True)
