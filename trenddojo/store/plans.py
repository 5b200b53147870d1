"""Queries about what surrounds a plan: the checklist, setups and tags, its note, and how its setup has done."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from sqlalchemy import ColumnElement, case, delete, func, select

from trenddojo.domain.terms import NoteKind, TradeStatus
from trenddojo.store.database import db
from trenddojo.store.models import (
    ChecklistItem,
    ChecklistResponse,
    Leg,
    Setup,
    Tag,
    Trade,
    TradeNote,
    TradeStop,
    TradeTag,
)


def checklist_of(account_id: UUID) -> Sequence[ChecklistItem]:
    """The questions that a plan of the account answers now, in their order."""
    query = select(ChecklistItem).where(ChecklistItem.account_id == account_id, ChecklistItem.archived_at.is_(None))
    return db.session.scalars(query.order_by(ChecklistItem.position, ChecklistItem.id)).all()


def archived_items(account_id: UUID, item_ids: Collection[UUID]) -> Sequence[ChecklistItem]:
    """Those of `item_ids` that the account once asked and has archived."""
    query = select(ChecklistItem).where(
        ChecklistItem.account_id == account_id,
        ChecklistItem.id.in_(item_ids),
        ChecklistItem.archived_at.is_not(None),
    )
    return db.session.scalars(query.order_by(ChecklistItem.position, ChecklistItem.id)).all() if item_ids else ()


def responses_of(trade_id: UUID) -> Sequence[ChecklistResponse]:
    """How one plan answered its checklist."""
    return db.session.scalars(select(ChecklistResponse).where(ChecklistResponse.trade_id == trade_id)).all()


def setups_of(account_id: UUID) -> Sequence[Setup]:
    """The account's setups, by name."""
    return db.session.scalars(select(Setup).where(Setup.account_id == account_id).order_by(Setup.name)).all()


def tags_of(account_id: UUID) -> Sequence[Tag]:
    """The account's tags, by name."""
    return db.session.scalars(select(Tag).where(Tag.account_id == account_id).order_by(Tag.name)).all()


def untag(trade_id: UUID) -> None:
    """Take all tags off a trade."""
    db.session.execute(delete(TradeTag).where(TradeTag.trade_id == trade_id))


def thesis_of(trade_id: UUID) -> TradeNote | None:
    """A trade's first entry note: why its plan was made."""
    query = select(TradeNote).where(
        TradeNote.trade_id == trade_id, TradeNote.kind == NoteKind.ENTRY, TradeNote.deleted_at.is_(None)
    )
    return db.session.scalar(query.order_by(TradeNote.at, TradeNote.id).limit(1))


def first_leg(trade_id: UUID) -> Leg:
    """The leg that a trade was planned with."""
    return db.session.scalars(select(Leg).where(Leg.trade_id == trade_id, Leg.number == 1)).one()


def first_stop(trade_id: UUID) -> TradeStop:
    """The stop that a trade was planned with."""
    query = select(TradeStop).where(TradeStop.trade_id == trade_id, TradeStop.leg == 1, TradeStop.old.is_(None))
    return db.session.scalars(query.order_by(TradeStop.at, TradeStop.id).limit(1)).one()


@dataclass(frozen=True, slots=True)
class Record:
    """How closed trades of a setup went: counts, the sum of R of those that have one, and the latest of these."""

    trades: int
    wins: int
    with_r: int
    sum_r: Decimal
    latest_r: tuple[Decimal, ...]


def record_of(account_id: UUID, setup: str, band: Decimal, latest: int) -> Record:
    """The record of a setup on an account, of all where `setup` is empty; wins lie above the breakeven `band`."""
    closed = _closed(account_id, setup)
    counts = select(
        func.count(),
        func.coalesce(func.sum(case((Trade.realised > band, 1), else_=0)), 0),
        func.count(Trade.r),
        func.coalesce(func.sum(Trade.r), Decimal(0)),
    ).where(*closed)
    newest = select(Trade.r).where(*closed, Trade.r.is_not(None))
    rs = db.session.scalars(newest.order_by(Trade.closed_at.desc(), Trade.id.desc()).limit(latest)).all()
    trades, wins, with_r, sum_r = db.session.execute(counts).one()
    return Record(trades, wins, with_r, sum_r, tuple(r for r in rs if r is not None))


def _closed(account_id: UUID, setup: str) -> list[ColumnElement[bool]]:
    conditions = [
        Trade.account_id == account_id,
        Trade.status == TradeStatus.CLOSED,
        Trade.deleted_at.is_(None),
    ]
    return [*conditions, Trade.setup == setup] if setup else conditions
