"""The prices of instruments through time."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from trenddojo.domain.terms import Timeframe
from trenddojo.store.database import Base
from trenddojo.store.types import Price, words


class PriceBar(Base):
    """One bar of an instrument's prices per unit, from `start` on; that of a day starts at its exchange's midnight.

    `realm` says whose prices these are: empty those of the real market, else the id of the only connection (of a
    simulated exchange) or account (of a demo) that they are for. A bar is there once, as `source` told it last.
    """

    __tablename__ = "bars"
    __audit__ = None
    __table_args__ = (CheckConstraint("low <= open AND low <= close AND high >= open AND high >= close", name="shape"),)

    instrument_id: Mapped[UUID] = mapped_column(ForeignKey("instruments.id", ondelete="CASCADE"), primary_key=True)
    realm: Mapped[str] = mapped_column(primary_key=True)
    timeframe: Mapped[Timeframe] = mapped_column(words(Timeframe), primary_key=True)
    start: Mapped[datetime] = mapped_column(primary_key=True)
    open: Mapped[Decimal] = mapped_column(Price)
    high: Mapped[Decimal] = mapped_column(Price)
    low: Mapped[Decimal] = mapped_column(Price)
    close: Mapped[Decimal] = mapped_column(Price)
    volume: Mapped[int | None] = mapped_column(BigInteger)
    source: Mapped[str]
    fetched_at: Mapped[datetime]
