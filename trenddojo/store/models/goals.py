"""What traders want of an account, period by period."""

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID, uuid4

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from trenddojo.domain.goals import GoalKind, GoalPeriod
from trenddojo.store.areas import Area
from trenddojo.store.database import Base
from trenddojo.store.types import words


class Goal(Base):
    """A goal of an account, which begins anew with each calendar period from the one that holds `starts_on`.

    `target` is money in the account's currency, percent points, R, or a count, as the kind says. `ended_on` is the
    date on which a person ended it: the period that holds it is the last. Whether a period was reached is computed from
    the account's records whenever somebody looks, and kept nowhere.
    """

    __tablename__ = "goals"
    __audit__ = Area.RISK
    __table_args__ = (Index(None, "account_id", "created_at", "id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"))
    kind: Mapped[GoalKind] = mapped_column(words(GoalKind))
    period: Mapped[GoalPeriod] = mapped_column(words(GoalPeriod))
    target: Mapped[Decimal]
    note: Mapped[str] = mapped_column(default="")
    starts_on: Mapped[date]
    ended_on: Mapped[date | None]
    created_by: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    created_at: Mapped[datetime]
