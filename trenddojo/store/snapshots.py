"""What brokers last said of accounts."""

from collections.abc import Collection, Sequence
from decimal import Decimal
from uuid import UUID

from sqlalchemy import delete, select

from trenddojo.store.database import db
from trenddojo.store.models import AccountSnapshot, EquityHistory, PositionSnapshot


def buying_power(account_id: UUID) -> Decimal | None:
    """What the account may spend on new positions, or None before the broker has said so."""
    return db.session.scalar(select(AccountSnapshot.buying_power).where(AccountSnapshot.account_id == account_id))


def of_accounts(account_ids: Collection[UUID]) -> dict[UUID, AccountSnapshot]:
    """The last snapshot of each account that has one."""
    rows = db.session.scalars(select(AccountSnapshot).where(AccountSnapshot.account_id.in_(account_ids)))
    return {row.account_id: row for row in rows}


def fresh(account_id: UUID) -> AccountSnapshot:
    """The account's snapshot as it stands in this transaction, empty where it has none yet."""
    found = db.session.get(AccountSnapshot, account_id, populate_existing=True)
    if found is None:
        found = AccountSnapshot(account_id=account_id, working_orders=[])
        db.session.add(found)
    return found


def equity_histories_of(account_ids: Collection[UUID]) -> dict[UUID, EquityHistory]:
    """What was told of each account's past equity, for those of which it was asked."""
    rows = db.session.scalars(select(EquityHistory).where(EquityHistory.account_id.in_(account_ids)))
    return {row.account_id: row for row in rows}


def fresh_equity_history(account_id: UUID) -> EquityHistory:
    """What was told of the account's past equity as it stands in this transaction, empty where nothing was yet."""
    found = db.session.get(EquityHistory, account_id, populate_existing=True)
    if found is None:
        found = EquityHistory(account_id=account_id, points=[])
        db.session.add(found)
    return found


def positions_of(account_ids: Collection[UUID]) -> Sequence[PositionSnapshot]:
    """What these accounts held at their last snapshot, by symbol."""
    query = select(PositionSnapshot).where(PositionSnapshot.account_id.in_(account_ids))
    return db.session.scalars(query.order_by(PositionSnapshot.symbol, PositionSnapshot.account_id)).all()


def clear_equity_histories(account_ids: Collection[UUID]) -> None:
    """Forget what was told of these accounts' past equity."""
    db.session.execute(delete(EquityHistory).where(EquityHistory.account_id.in_(account_ids)))
