"""Queries about what an import brought, for taking it out again. Whoever calls them holds a seat at its account."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import func, select

from trenddojo.store import import_books
from trenddojo.store.database import db
from trenddojo.store.models import CashMovement, Execution, StockSplit, Trade, TradeEvent


def instruments_brought(import_id: UUID) -> list[UUID]:
    """The instruments of which an import brought fills."""
    query = select(Trade.instrument_id).join(Execution, Execution.trade_id == Trade.id)
    return list(db.session.scalars(query.where(Execution.import_id == import_id).distinct()))


def brought(import_id: UUID) -> int:
    """How many fills are from an import."""
    query = select(func.count()).select_from(Execution).where(Execution.import_id == import_id)
    return db.session.scalar(query) or 0


def _deleted_of(import_id: UUID, instrument_id: UUID) -> list[UUID]:
    """The trades that an import made and people put away."""
    query = select(Trade.id).where(Trade.import_id == import_id, Trade.instrument_id == instrument_id)
    return list(db.session.scalars(query.where(Trade.deleted_at.is_not(None))))


def worked_on_though_deleted(import_id: UUID, instrument_id: UUID) -> str:
    """What people added to a trade that an import made before they put it away; empty for nothing."""
    found = [
        what
        for _, what in import_books.worked_on(_deleted_of(import_id, instrument_id))
        if what != import_books.CHANGED
    ]
    return next(iter(found), "")


def remove_deleted(import_id: UUID, instrument_id: UUID) -> None:
    """Remove the fills of an import that people deleted, and the trades that it made and they put away."""
    import_books.remove_trades(_deleted_of(import_id, instrument_id))
    query = select(Execution.id).join(Trade, Trade.id == Execution.trade_id)
    import_books.remove_fills(
        db.session.scalars(query.where(Execution.import_id == import_id, Trade.instrument_id == instrument_id)).all()
    )


def disown(import_id: UUID, instrument_id: UUID) -> None:
    """Trades that an import made and that stay, for what people added, are theirs."""
    query = select(Trade).where(Trade.import_id == import_id, Trade.instrument_id == instrument_id)
    for trade in db.session.scalars(query).all():
        trade.import_id = None


def labels_brought(import_id: UUID, account_id: UUID, limit: int) -> list[TradeEvent]:
    """Some of what an import wrote about trades."""
    query = select(TradeEvent).join(Trade, Trade.id == TradeEvent.trade_id).where(Trade.account_id == account_id)
    mine = query.where(
        TradeEvent.kind == import_books.LABELLED, TradeEvent.detail["import"].as_string() == str(import_id)
    )
    return list(db.session.scalars(mine.order_by(TradeEvent.id).limit(limit)))


def edited_label(import_id: UUID) -> str:
    """The symbol of a trade whose label people changed; empty for none."""
    edits = TradeEvent.__table__.alias()
    same = edits.c.trade_id == TradeEvent.trade_id, edits.c.kind == "note_edited"
    query = select(Trade.symbol).join(TradeEvent, TradeEvent.trade_id == Trade.id)
    mine = TradeEvent.kind == import_books.LABELLED, TradeEvent.detail["import"].as_string() == str(import_id)
    note = edits.c.detail["note"].as_string() == TradeEvent.detail["note"].as_string()
    return db.session.scalar(query.where(*mine, select(edits.c.id).where(*same, note).exists()).limit(1)) or ""


def splits_brought(account_id: UUID, prefix: str) -> Sequence[StockSplit]:
    """The splits whose key begins so."""
    mine = StockSplit.account_id == account_id, StockSplit.key.startswith(prefix, autoescape=True)
    return db.session.scalars(select(StockSplit).where(*mine).order_by(StockSplit.at, StockSplit.id)).all()


def cash_brought(import_id: UUID, limit: int) -> Sequence[tuple[UUID, date]]:
    """Some of the movements that an import brought."""
    query = select(CashMovement.id, CashMovement.on).where(CashMovement.import_id == import_id).limit(limit)
    return [(movement_id, on) for movement_id, on in db.session.execute(query)]
