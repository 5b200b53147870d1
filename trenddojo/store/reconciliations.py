"""Queries of a comparison: what the books held and brought by local date, and the comparisons that were made."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import func, or_, select

from trenddojo.domain.money import ZERO
from trenddojo.domain.terms import CashKind, ImportStatus
from trenddojo.store.database import db
from trenddojo.store.models import (
    AccountDay,
    CashMovement,
    Execution,
    Import,
    Instrument,
    Reconciliation,
    Trade,
    TradeDayRow,
)

_IN_BOOKS = (ImportStatus.BOOKING, ImportStatus.DONE, ImportStatus.UNDOING)


def open_at(account_id: UUID, until: datetime) -> Sequence[Trade]:
    """The trades that were open just before an instant."""
    query = select(Trade).where(
        Trade.account_id == account_id,
        Trade.opened_at < until,
        or_(Trade.closed_at.is_(None), Trade.closed_at >= until),
        Trade.deleted_at.is_(None),
    )
    return db.session.scalars(query.order_by(Trade.opened_at, Trade.id)).all()


def settled_by(account_id: UUID, on: date) -> Decimal:
    """What cash and bookings came to up to the end of a date, without the starting balance."""
    settled = AccountDay.deposits - AccountDay.withdrawals + AccountDay.other + AccountDay.booked
    query = select(func.coalesce(func.sum(settled), ZERO))
    return db.session.scalar(query.where(AccountDay.account_id == account_id, AccountDay.on <= on)) or ZERO


def booked_between(account_id: UUID, since: date, until: date) -> Sequence[tuple[Instrument, Decimal]]:
    """What each instrument's trades booked on the dates of a span, both ends included."""
    query = (
        select(Instrument, func.sum(TradeDayRow.booked))
        .join(Trade, Trade.instrument_id == Instrument.id)
        .join(TradeDayRow, TradeDayRow.trade_id == Trade.id)
        .where(TradeDayRow.account_id == account_id, TradeDayRow.on >= since, TradeDayRow.on <= until)
        .where(Trade.deleted_at.is_(None))
        .group_by(Instrument.id)
    )
    return [(instrument, booked) for instrument, booked in db.session.execute(query)]


def fees_between(account_id: UUID, since: datetime, until: datetime) -> Sequence[tuple[Decimal, Decimal]]:
    """The fee of each fill in [since, until), with its rate to the base currency."""
    query = select(Execution.fee, Execution.fx).join(Trade, Trade.id == Execution.trade_id)
    query = query.where(Execution.account_id == account_id, Execution.at >= since, Execution.at < until)
    counting = query.where(Execution.deleted_at.is_(None), Trade.deleted_at.is_(None), Execution.fee != 0)
    return [(fee, fx) for fee, fx in db.session.execute(counting)]


def cash_between(account_id: UUID, since: date, until: date) -> dict[CashKind, Decimal]:
    """The sum of the movements of each kind on the dates of a span, both ends included, as they were typed."""
    query = select(CashMovement.kind, func.sum(CashMovement.amount).label("total")).where(
        CashMovement.account_id == account_id,
        CashMovement.on >= since,
        CashMovement.on <= until,
        CashMovement.deleted_at.is_(None),
    )
    return {row.kind: row.total for row in db.session.execute(query.group_by(CashMovement.kind))}


def listed(account_ids: Sequence[UUID], before: Reconciliation | None, limit: int) -> Sequence[Reconciliation]:
    """The comparisons of these accounts from `before` (None: the latest) backwards."""
    query = select(Reconciliation).where(Reconciliation.account_id.in_(account_ids))
    if before is not None:
        same = (Reconciliation.created_at == before.created_at) & (Reconciliation.id < before.id)
        query = query.where(or_(Reconciliation.created_at < before.created_at, same))
    return db.session.scalars(
        query.order_by(Reconciliation.created_at.desc(), Reconciliation.id.desc()).limit(limit)
    ).all()


def by_id(reconciliation_id: UUID) -> Reconciliation | None:
    """One comparison."""
    return db.session.get(Reconciliation, reconciliation_id)


def booked_import(import_id: str | None) -> Import | None:
    """An import by the text of its id, if it is in the books or on its way there."""
    found = db.session.get(Import, UUID(import_id)) if import_id else None
    return found if found is not None and found.status in _IN_BOOKS else None


def instruments_of(account_id: UUID, symbol: str) -> Sequence[Instrument]:
    """What an account has traded under a symbol."""
    traded = select(Trade.instrument_id).where(Trade.account_id == account_id, Trade.symbol == symbol)
    return db.session.scalars(select(Instrument).where(Instrument.id.in_(traded)).order_by(Instrument.identity)).all()
