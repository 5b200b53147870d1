"""Writing every derived figure anew from the records."""

from collections.abc import Callable, Iterable, Iterator

from sqlalchemy import exists, select

from trenddojo.services.books import open_books, settle_all, settle_trade
from trenddojo.store.database import db
from trenddojo.store.models import Account, AccountDay, CashMovement, Trade, User
from trenddojo.store.seats import Seat, SeatRole

_OWNED = select(Account, User).join(User, User.id == Account.owner_id)
_AT_ONCE = 200
"""Trades in memory at a time."""


def rebuild() -> int:
    """Settle every trade and every account anew; returns how many trades. Raises BookError as `open_books` does."""
    return _settle(Seat(owner, account, SeatRole.OWNER) for account, owner in db.session.execute(_OWNED).all())


def rebuild_missing() -> int:
    """The same of the accounts with records but no days: a migration that keeps more of them has emptied them."""
    kept = exists().where(AccountDay.account_id == Account.id)
    traded = exists().where(Trade.account_id == Account.id, Trade.opened_at.is_not(None), Trade.deleted_at.is_(None))
    moved = exists().where(CashMovement.account_id == Account.id, CashMovement.deleted_at.is_(None))
    found = db.session.execute(_OWNED.where(traded | moved, ~kept)).all()
    return _settle(Seat(owner, account, SeatRole.OWNER) for account, owner in found)


def _settle(seats: Iterable[Seat]) -> int:
    count = sum(settle_account(seat) for seat in seats)
    db.session.commit()
    return count


def settle_account(seat: Seat, step: Callable[[], None] = lambda: None) -> int:
    """Settle every trade and every day of one account anew, within the caller's transaction; how many trades.

    `step` is called after each. Raises BookError as `open_books` does.
    """
    count = 0
    for trade in _trades(seat):
        settle_trade(open_books(trade, seat.account), seat)
        count += 1
        step()
    settle_all(seat)
    return count


def _trades(seat: Seat) -> Iterator[Trade]:
    query = select(Trade).where(Trade.account_id == seat.account.id).order_by(Trade.id).limit(_AT_ONCE)
    found = db.session.scalars(query).all()
    while found:
        last = found[-1].id
        yield from found
        found = db.session.scalars(query.where(Trade.id > last)).all()
