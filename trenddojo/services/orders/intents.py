"""An order as it is written down before anything is sent."""

from datetime import datetime
from uuid import UUID, uuid4

from trenddojo.domain.order_states import OrderRole, OrderState
from trenddojo.domain.orders import OrderRequest
from trenddojo.services.orders.desk import Desk
from trenddojo.store.models import Order


def new_order(desk: Desk, request: OrderRequest, role: OrderRole, *, key: UUID, by: UUID, now: datetime) -> Order:
    """A row for an order that is to be sent, under an id of ours that no other order ever has."""
    order_id = uuid4()
    return Order(
        id=order_id,
        account_id=desk.account_id,
        mode=desk.mode,
        role=role,
        key=key,
        client_order_id=f"td-{order_id.hex}",
        symbol=request.symbol,
        side=request.side,
        order_type=request.order_type,
        order_class=request.order_class,
        time_in_force=request.time_in_force,
        extended_hours=request.extended_hours,
        quantity=request.quantity,
        limit_price=request.limit_price,
        stop_price=request.stop_price,
        trail_amount=request.trail_amount,
        trail_percent=request.trail_percent,
        exit_stop=None if request.stop_loss is None else request.stop_loss.stop_price,
        exit_target=None if request.take_profit is None else request.take_profit.limit_price,
        request_hash=request.fingerprint,
        state=OrderState.CREATED,
        reason="",
        events=0,
        created_by=by,
        created_at=now,
    )
