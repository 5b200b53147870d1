"""What closed trades come to by day and in all, kept so that a report on a whole life need not read every trade."""

from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from trenddojo.store.database import Base


class ReportDay(Base):
    """The trades whose last exit fell on a date, recomputed whenever one of them changes.

    `tallies` are by breakdown and name, each as `report_totals.written` makes it. `best` and `worst` are the symbols of
    the largest and the smallest R, of equal ones the first closed. `runs` are the fields of a `domain.statistics.Runs`.
    """

    __tablename__ = "report_days"
    __audit__ = None

    account_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True)
    on: Mapped[date] = mapped_column(primary_key=True)
    best: Mapped[str]
    worst: Mapped[str]
    holding_days: Mapped[int]
    runs: Mapped[list[int]] = mapped_column(JSON)
    tallies: Mapped[dict[str, Any]] = mapped_column(JSON)


class ReportTotal(Base):
    """The sum of all report days under one name of a breakdown, changed with each of them in the same transaction.

    An account has the breakdown `all` with an empty name once its totals are kept.
    """

    __tablename__ = "report_totals"
    __audit__ = None

    account_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True)
    breakdown: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)
    tally: Mapped[list[Any]] = mapped_column(JSON)
