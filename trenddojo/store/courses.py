"""How far closed trades went against and for their traders: read from what their settling has kept."""

from collections.abc import Collection
from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy import and_, case, func

from trenddojo.store.closed import ClosedFilter, closed
from trenddojo.store.database import db
from trenddojo.store.models import Trade

_T = Trade.__table__.c
_KNOWN = and_(_T.mae_r.is_not(None), _T.mfe_r.is_not(None), _T.r.is_not(None))
Row = tuple[UUID, str, date, Decimal, Decimal, Decimal]
"""A trade's id, symbol, date of closing, MAE, MFE and result, the last three in R."""


def courses_between(
    account_ids: Collection[UUID], since: date, until: date, only: ClosedFilter, limit: int
) -> list[Row]:
    """The accounts' trades closed between two dates whose course is known in R, newest first, at most `limit`."""
    columns = [_T.id, _T.symbol, _T.closed_on, _T.mae_r, _T.mfe_r, _T.r]
    query = closed(columns, account_ids, since, until, only).where(_KNOWN).order_by(None)
    newest = query.order_by(_T.closed_at.desc(), _T.opened_at.desc(), _T.id.desc()).limit(limit)
    found = db.session.execute(newest)
    return [(trade_id, symbol, on, mae, mfe, r) for trade_id, symbol, on, mae, mfe, r in found]


def count_between(account_ids: Collection[UUID], since: date, until: date, only: ClosedFilter) -> tuple[int, int]:
    """How many trades closed between two dates, and of how many of them the course is known in R."""
    counts = [func.count(), func.count(case((_KNOWN, 1)))]
    found = db.session.execute(closed(counts, account_ids, since, until, only).order_by(None)).one()
    return found[0], found[1]
