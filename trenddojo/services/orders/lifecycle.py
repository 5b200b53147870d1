"""How a trade follows its orders: planning, pending while its entry works, cancelled where it never filled."""

from collections.abc import Sequence
from decimal import Decimal

from trenddojo.domain.money import PRICE_PLACES, ZERO, exactly, rounded
from trenddojo.domain.order_states import OrderRole, OrderState, SyncStatus
from trenddojo.domain.terms import TradeStatus
from trenddojo.store import orders, trades
from trenddojo.store.fills import has_imported
from trenddojo.store.models import Execution, Order, Trade

_GIVEN_UP = (OrderState.CANCELLED, OrderState.EXPIRED)


def follow(trade: Trade) -> None:
    """Bring a trade's status, and the columns that its broker decides, in line with its orders."""
    found = orders.of_trade(trade.id)
    entries = [one for one in found if one.role is OrderRole.ENTRY and one.state is not OrderState.DENIED]
    if trade.status not in (TradeStatus.ACTIVE, TradeStatus.CLOSED) and entries:
        trade.status = _unfilled(trade.status, entries)
    _tell_broker(trade, found)


def _unfilled(status: TradeStatus, entries: Sequence[Order]) -> TradeStatus:
    """The status of a trade without a fill whose entry was sent."""
    if any(not entry.state.is_final for entry in entries):
        return TradeStatus.PENDING
    if status is not TradeStatus.PENDING:
        return status  # a person has planned on since
    last = entries[-1]
    was_there = last.broker_order_id is not None
    return TradeStatus.CANCELLED if last.state in _GIVEN_UP and was_there else TradeStatus.PLANNING


def _tell_broker(trade: Trade, found: Sequence[Order]) -> None:
    own = [one for one in found if one.state is not OrderState.DENIED]
    entry = next((one for one in own if one.role is OrderRole.ENTRY), None)
    trade.broker_order_id = entry.broker_order_id if entry else None
    trade.broker_sync_status = _sync_status(trade, own)
    sent = {one.id for one in own}
    has_filled = any(one.filled_quantity for one in own)
    fills = [fill for fill in trades.executions_of(trade.id) if fill.order_id in sent] if has_filled else []
    entering = [fill for fill in fills if fill.side is trade.direction.entry_side]
    trade.broker_fill_price = average(entering)
    trade.broker_commission = commission(fills)


def _sync_status(trade: Trade, found: Sequence[Order]) -> SyncStatus | None:
    if any(one.state is OrderState.NEEDS_REVIEW for one in found):
        return SyncStatus.ERROR
    if any(one.pending_op or one.state is OrderState.CREATED or one.state.is_unresolved for one in found):
        return SyncStatus.PENDING
    if found and trade.review and all(one.role is OrderRole.EXTERNAL for one in found):
        return SyncStatus.IMPORTED
    if found and found[-1].state is OrderState.REJECTED:
        return SyncStatus.ERROR
    if not any(one.role.adds_risk for one in found) and has_imported(trade.id):
        return SyncStatus.IMPORTED
    return SyncStatus.SYNCED if found else None


@exactly
def average(fills: Sequence[Execution]) -> Decimal | None:
    """The mean price of fills by quantity, to 6 places; None without any."""
    total = sum((fill.quantity for fill in fills), ZERO)
    value = sum((fill.quantity * fill.price for fill in fills), ZERO)
    return rounded(value / total, PRICE_PLACES) if total else None


def commission(fills: Sequence[Execution]) -> Decimal | None:
    """What the broker charged for fills, in the instrument's currency; None until it has told all of it."""
    if not fills or any(fill.fee_estimated for fill in fills):
        return None
    return sum((fill.fee for fill in fills), ZERO)
