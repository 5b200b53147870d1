"""A stop that moved at the broker becomes the trade's: only what the broker has confirmed is a stop."""

from decimal import Decimal
from uuid import UUID, uuid4

from trenddojo.domain.order_states import AttemptKind
from trenddojo.domain.stops import loosens
from trenddojo.services.books import open_books
from trenddojo.services.orders.posting import Posting, trade_of
from trenddojo.services.stops import after_the_last
from trenddojo.store import orders, trades
from trenddojo.store.database import db
from trenddojo.store.models import Order, TradeStop

AT_THE_BROKER = "Changed at the broker."


def followed(posting: Posting, order: Order, before: Order | None) -> None:
    """Note the stop of `order`, which took the place of `before` or was changed itself, as that of its trade's leg."""
    trade, price = trade_of(order), order.stop_price
    if trade is None or price is None:
        return
    legs = [leg for leg in trades.legs_of(trade.id) if leg.number == (order.leg or 1) and leg.stop != price]
    reason, by = _asked(before or order, price)
    at = after_the_last(posting.seat, open_books(trade, posting.seat.account), legs, None, posting.now)
    for leg in legs:
        db.session.add(
            TradeStop(
                id=uuid4(),
                trade_id=trade.id,
                leg=leg.number,
                at=at,
                old=leg.stop,
                new=price,
                reason=reason,
                is_override=loosens(trade.direction, leg.stop, price),
                created_by=by or order.created_by,
            )
        )
        leg.stop = price
    posting.rebook(trade)


def _asked(order: Order, price: Decimal) -> tuple[str, UUID | None]:
    """Why the stop moved and who asked for it; nobody here, where it was changed at the broker."""
    attempt = orders.open_attempt(order.id)
    asked = attempt is not None and attempt.kind is AttemptKind.REPLACE and "stop_price" in attempt.changes
    if attempt is None or not asked or Decimal(attempt.changes["stop_price"]) != price:
        return AT_THE_BROKER, None
    return str(attempt.changes.get("reason", "")), attempt.by
