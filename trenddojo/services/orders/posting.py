"""One transaction that writes down what a broker said about an account, and all that follows from it in the books."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from trenddojo.services import books, topics
from trenddojo.services.orders import lifecycle
from trenddojo.store import orders
from trenddojo.store.database import db
from trenddojo.store.models import Order, Trade, User
from trenddojo.store.seats import Seat, SeatRole


@dataclass
class Posting:
    """What is being written at `now`. `trades` are those whose orders changed; of those in `unsettled` fills or stops
    changed too, so that their figures have to follow."""

    seat: Seat
    now: datetime
    trades: dict[UUID, Trade] = field(default_factory=dict)
    unsettled: dict[UUID, Trade] = field(default_factory=dict)
    is_new: bool = False

    def touch(self, trade: Trade | None) -> None:
        """Something of a trade's orders changed; None for what belongs to none."""
        self.is_new = True
        if trade is not None:
            self.trades[trade.id] = trade

    def rebook(self, trade: Trade) -> None:
        """Fills or stops of a trade changed."""
        self.touch(trade)
        self.unsettled[trade.id] = trade

    def of(self, order: Order) -> None:
        """Something of an order changed."""
        self.touch(trade_of(order))

    def settle(self) -> None:
        """Let the books follow what changed so far."""
        for trade in self.unsettled.values():
            books.settle(trade, self.seat)
        self.unsettled.clear()

    def keep(self) -> None:
        """Let books and trades follow, tell open pages, and commit."""
        self.settle()
        for trade in self.trades.values():
            lifecycle.follow(trade)
        if self.is_new:
            topics.bump(topics.account(self.seat.account.id))
        db.session.commit()


def posting(account_id: UUID, now: datetime) -> Posting:
    """Begin to write, alone on the account until the transaction ends."""
    account = orders.lock_account(account_id)
    owner = db.session.get_one(User, account.owner_id)
    return Posting(Seat(owner, account, SeatRole.OWNER), now)


def trade_of(order: Order) -> Trade | None:
    """The trade that an order belongs to."""
    return None if order.trade_id is None else db.session.get_one(Trade, order.trade_id)
