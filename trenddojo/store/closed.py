"""The closed trades of a period, as the statistics take them: those whose last exit lies in it (rule 41)."""

from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import func, select

from trenddojo.domain.terms import Direction, TradeStatus
from trenddojo.store.database import db
from trenddojo.store.models import Trade


class ClosedTrade(NamedTuple):
    """One closed trade: its net P&L in cents of the base currency, its R if it has one, and its labels."""

    realised: Decimal
    r: Decimal | None
    symbol: str
    direction: Direction
    setup: str
    setup_quality: int | None
    market_condition: str
    tags: list[str]
    opened_at: datetime
    closed_on: date


_T = Trade.__table__.c


def closed_between(account_id: UUID, since: date, until: date) -> list[ClosedTrade]:
    """The account's trades closed on the dates of a span, both ends included, in order of closing (rule 45)."""
    query = (
        select(*(_T[name] for name in ClosedTrade._fields))
        .where(
            _T.account_id == account_id,
            _T.closed_on >= since,
            _T.closed_on <= until,
            # As an expression, so that SQLite takes the index of closing dates and not that of statuses.
            func.coalesce(_T.status, "") == TradeStatus.CLOSED,
            _T.deleted_at.is_(None),
        )
        .order_by(_T.closed_at, _T.opened_at, _T.id)
    )
    return [ClosedTrade._make(row) for row in db.session.execute(query)]
