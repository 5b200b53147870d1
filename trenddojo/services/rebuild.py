"""Writing every derived figure anew from the records."""

from sqlalchemy import select

from trenddojo.services.books import open_books, settle_all, settle_trade
from trenddojo.store.database import db
from trenddojo.store.models import Account, Trade, User
from trenddojo.store.seats import Seat, SeatRole


def rebuild() -> int:
    """Settle every trade and every account anew; returns how many trades. Raises BookError as `open_books` does."""
    count = 0
    for account, owner in db.session.execute(select(Account, User).join(User, User.id == Account.owner_id)).all():
        seat = Seat(owner, account, SeatRole.OWNER)
        for trade in db.session.scalars(select(Trade).where(Trade.account_id == account.id)).all():
            settle_trade(open_books(trade, account), seat)
            count += 1
        settle_all(seat)
    db.session.commit()
    return count
