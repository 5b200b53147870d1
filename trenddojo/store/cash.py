"""Queries about cash that moved apart from trades."""

from collections.abc import Sequence
from decimal import Decimal
from uuid import UUID

from sqlalchemy import ColumnElement, and_, case, func, or_, select

from trenddojo.domain.money import ZERO
from trenddojo.domain.terms import CashKind
from trenddojo.store.database import db
from trenddojo.store.models import CashMovement

_PAID_OUT = (CashKind.WITHDRAWAL, CashKind.FEE)


def movement_at(account_id: UUID, movement_id: UUID) -> CashMovement | None:
    """One movement of an account, deleted or not."""
    query = select(CashMovement).where(CashMovement.id == movement_id, CashMovement.account_id == account_id)
    return db.session.scalar(query)


def movements(account_id: UUID, before: CashMovement | None, limit: int) -> Sequence[CashMovement]:
    """Movements of an account from `before` (None: the latest) backwards; of one date the last recorded first."""
    query = select(CashMovement).where(*_counting(account_id))
    if before is not None:
        query = query.where(_earlier_than(before))
    order = (CashMovement.on.desc(), CashMovement.created_at.desc(), CashMovement.id.desc())
    return db.session.scalars(query.order_by(*order).limit(limit)).all()


def total_before(account_id: UUID, movement: CashMovement) -> Decimal:
    """The sum of all movements before one, what went out taken off."""
    query = select(func.coalesce(func.sum(_signed()), ZERO))
    return db.session.scalar(query.where(*_counting(account_id), _earlier_than(movement))) or ZERO


def totals_by_kind(account_id: UUID) -> dict[CashKind, Decimal]:
    """The sum of each kind that occurs, what went out taken off."""
    query = select(CashMovement.kind, func.sum(_signed()).label("total")).where(*_counting(account_id))
    return {row.kind: row.total for row in db.session.execute(query.group_by(CashMovement.kind))}


def signed(movement: CashMovement) -> Decimal:
    """What a movement adds to the balance."""
    return -movement.amount if movement.kind in _PAID_OUT else movement.amount


def _signed() -> ColumnElement[Decimal]:
    return case((CashMovement.kind.in_(_PAID_OUT), -CashMovement.amount), else_=CashMovement.amount)


def _counting(account_id: UUID) -> tuple[ColumnElement[bool], ...]:
    return CashMovement.account_id == account_id, CashMovement.deleted_at.is_(None)


def _earlier_than(movement: CashMovement) -> ColumnElement[bool]:
    same_day = CashMovement.on == movement.on
    same_moment = and_(same_day, CashMovement.created_at == movement.created_at)
    return or_(
        CashMovement.on < movement.on,
        and_(same_day, CashMovement.created_at < movement.created_at),
        and_(same_moment, CashMovement.id < movement.id),
    )
