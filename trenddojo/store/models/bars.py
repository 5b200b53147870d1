"""The prices of instruments through time."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import JSON, BigInteger, CheckConstraint, ForeignKey, false
from sqlalchemy.orm import Mapped, mapped_column

from trenddojo.domain.terms import Timeframe
from trenddojo.store.database import Base
from trenddojo.store.types import Price, words


class PriceBar(Base):
    """One bar of an instrument's prices per unit, from `start` on; that of a day starts at its exchange's midnight.

    `realm` says whose prices these are: empty those of the real market, else the id of the only connection (of a
    simulated exchange) or account (of a demo) that they are for. A bar is there once, as `source` told it last.

    Prices are in the shares of the moment they were `fetched_at`, splits up to then taken into account, as brokers tell
    them; those that `is_raw` are in the shares of the bar's own day.
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
    is_raw: Mapped[bool] = mapped_column(default=False, server_default=false())


class BarCoverage(Base):
    """What one connection has been asked of an instrument's bars, so that nothing is asked twice.

    `spans` are the dates of which everything that there is was told, bars or nothing, as pairs of first and last in ISO
    8601; `asked_at` is when it was asked last, of a running day too. After a question that failed, `failure` says why
    and `failures` how often in a row. Bars fetched before `restated_at` are in the shares of before a split.
    """

    __tablename__ = "bar_coverage"
    __audit__ = None

    connection_id: Mapped[UUID] = mapped_column(
        ForeignKey("broker_connections.id", ondelete="CASCADE"), primary_key=True
    )
    instrument_id: Mapped[UUID] = mapped_column(
        ForeignKey("instruments.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    timeframe: Mapped[Timeframe] = mapped_column(words(Timeframe), primary_key=True)
    spans: Mapped[list[list[str]]] = mapped_column(JSON)
    asked_at: Mapped[datetime | None]
    restated_at: Mapped[datetime | None]
    failed_at: Mapped[datetime | None]
    failure: Mapped[str] = mapped_column(default="")
    failures: Mapped[int] = mapped_column(default=0)
