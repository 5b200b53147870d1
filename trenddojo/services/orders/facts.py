"""What a broker says of an order becomes rows: adopted once, its exits with it, never older over newer.

Quantities filled are not taken from here: they are recomputed from executions (see `booking`).
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from msgspec.structs import replace

from trenddojo.brokers.types import Execution as ToldFill
from trenddojo.brokers.types import Order as Told
from trenddojo.domain.money import PRICE_PLACES, QUANTITY_PLACES, ZERO, rounded
from trenddojo.domain.order_states import OrderRole, OrderState, state_of
from trenddojo.domain.orders import OrderClass, OrderStatus, OrderType, TimeInForce, fingerprint
from trenddojo.services.orders import stop_records
from trenddojo.services.orders.journal import begin, heard, move, tell
from trenddojo.services.orders.posting import Posting
from trenddojo.store import orders
from trenddojo.store.models import Order

MISMATCH = "MISMATCH"
"""The error code of an order of ours under whose id the broker has another one."""
_NEXT = timedelta(microseconds=1)
CHANGEABLE = ("quantity", "limit_price", "stop_price", "trail_amount", "trail_percent")
"""What a replace may change, apart from the time in force."""
_LEGS = {OrderClass.BRACKET: 2, OrderClass.OTO: 1, OrderClass.OCO: 1}


def absorb(posting: Posting, order: Order, told: Told) -> None:
    """Let an order follow what its broker says. Nothing is written where that is nothing new."""
    if order.broker_order_id is None:
        _adopt(posting, order, told)
    if _is_older(order, told):
        return
    is_new = _copy(posting, order, told)
    after = _next_state(order, told)
    if after is not None:
        move(order, after, posting.now, after.value, evidence=heard(told))
        is_new = True
    if is_new:
        posting.of(order)
    absorb_legs(posting, order, told)


def absorb_legs(posting: Posting, order: Order, told: Told) -> None:
    """Make the exits that came with an order rows of their own, and let them follow."""
    known = orders.at_broker(order.account_id, [leg.order_id for leg in told.legs]) if told.legs else {}
    for number, leg in enumerate(told.legs, start=1):
        row = known.get(leg.order_id)
        if row is None and leg.replaces:
            row = succeed(posting, leg)
        absorb(posting, row or attached(posting, order, leg, number), leg)
    is_whole = order.parent_id is None and order.state is not OrderState.REPLACED  # whose exits are its successor's
    wanted = _LEGS.get(order.order_class, 0) if is_whole else 0
    lacks = wanted > len(told.legs) and wanted > len(orders.legs_of(order.id))
    if lacks != order.needs_legs:
        order.needs_legs = lacks
        posting.of(order)


def attached(posting: Posting, parent: Order, told: Told, number: int) -> Order:
    """A row for an exit that the broker made of an order of ours, the first, the second."""
    role = OrderRole.TARGET if told.order_type is OrderType.LIMIT else OrderRole.STOP
    order = _row(
        posting, told, role if parent.role is not OrderRole.EXTERNAL else OrderRole.EXTERNAL, parent.created_by
    )
    order.trade_id, order.leg, order.parent_id = parent.trade_id, parent.leg, parent.id
    order.created_at = parent.created_at + _NEXT * number  # after it in every list
    begin(order, posting.now, "attached", evidence=heard(told))
    posting.of(order)
    return order


def external(posting: Posting, told: Told, parent: Order | None = None) -> Order:
    """A row for an order that was placed elsewhere."""
    order = _row(posting, told, OrderRole.EXTERNAL, posting.seat.user.id)
    if parent is not None:
        order.parent_id = parent.id
    begin(order, posting.now, "found", evidence=heard(told))
    posting.of(order)
    return order


def nameless(posting: Posting, fill: ToldFill) -> Order:
    """A row for an order of which the broker tells nothing but its fill."""
    told = Told(
        order_id=fill.order_id,
        client_order_id=fill.client_order_id,
        symbol=fill.symbol,
        side=fill.side,
        order_type=OrderType.MARKET,
        order_class=OrderClass.SIMPLE,
        time_in_force=TimeInForce.DAY,
        quantity=fill.quantity,
        filled_quantity=fill.quantity,
        average_fill_price=fill.price,
        limit_price=None,
        stop_price=None,
        trail_amount=None,
        trail_percent=None,
        status=OrderStatus.FILLED,
        raw_status="",
        reason=None,
        submitted_at=fill.at,
        updated_at=fill.at,
    )
    order = external(posting, told)
    absorb(posting, order, told)
    return order


def succeed(posting: Posting, told: Told) -> Order | None:
    """A row for an order that took the place of one of ours; None where that one is not known."""
    before = orders.at_broker(posting.seat.account.id, [told.replaces or ""]).get(told.replaces or "")
    return None if before is None else take_place(posting, before, told)


def take_place(posting: Posting, before: Order, told: Told) -> Order:
    """A row for an order that took the place of `before`, which has ended with it; their exits are its own now."""
    order = _row(posting, told, before.role, before.created_by)
    order.trade_id, order.leg, order.parent_id = before.trade_id, before.leg, before.parent_id
    order.replaces_id, order.exit_reason = before.id, before.exit_reason
    order.exit_stop, order.exit_target, order.keeps_exits = before.exit_stop, before.exit_target, before.keeps_exits
    order.was_awake = before.was_awake
    begin(order, posting.now, "replaced", evidence=heard(told))
    for leg in orders.legs_of(before.id):
        leg.parent_id = order.id
    _replaced(posting, before, order, told)
    posting.of(order)
    return order


def _replaced(posting: Posting, before: Order, after: Order, told: Told) -> None:
    """The old order ended with the new one's birth, and a stop that moved with it is the trade's."""
    if not before.state.is_final:
        evidence = {"replaced_by": told.order_id}
        move(before, OrderState.REPLACED, posting.now, "replaced", evidence=evidence)
    if after.role is OrderRole.STOP and before.stop_price != after.stop_price and after.stop_price is not None:
        stop_records.followed(posting, after, before)


def _row(posting: Posting, told: Told, role: OrderRole, by: UUID) -> Order:
    account = posting.seat.account
    if account.mode is None:
        raise TypeError("an account without a mode has no orders at a broker")
    return Order(
        id=uuid4(),
        account_id=account.id,
        mode=account.mode,
        role=role,
        key=uuid4(),
        client_order_id=told.client_order_id,
        broker_order_id=told.order_id,
        symbol=told.symbol,
        side=told.side,
        order_type=told.order_type,
        order_class=told.order_class,
        time_in_force=told.time_in_force,
        extended_hours=told.extended_hours,
        quantity=rounded(told.quantity, QUANTITY_PLACES),
        limit_price=_price(told.limit_price),
        stop_price=_price(told.stop_price),
        trail_amount=_price(told.trail_amount),
        trail_percent=_price(told.trail_percent),
        request_hash=hash_of(told),
        state=OrderState.ACCEPTED,
        filled_quantity=ZERO,
        filled_before=ZERO,
        broker_filled=ZERO,
        raw_status=told.raw_status,
        is_held=bool(told.is_held),
        reason="",
        events=0,
        created_by=by,
        created_at=told.submitted_at,
        submitted_at=told.submitted_at,
        broker_updated_at=told.updated_at,
    )


def _adopt(posting: Posting, order: Order, told: Told) -> None:
    """The broker has it: from now on its word counts, whatever we believed; but another order is not ours."""
    order.broker_order_id, order.submitted_at, order.missing_since = told.order_id, told.submitted_at, None
    if hash_of(told) != order.request_hash:
        order.error_code = MISMATCH
        order.reason = "The broker has another order under this one's id."
        _move_by_adoption(posting, order, OrderState.NEEDS_REVIEW, told)
        return
    order.error_code, order.reason = None, ""
    after = state_of(told.status) or OrderState.ACCEPTED
    _move_by_adoption(posting, order, after, told)


def _move_by_adoption(posting: Posting, order: Order, after: OrderState, told: Told) -> None:
    if order.state is after:
        tell(order, posting.now, "adopted", evidence=heard(told), before=order.state)
    else:
        if order.state.is_final and not after.is_final:
            order.ended_at = None
        move(order, after, posting.now, "adopted", evidence=heard(told), is_adoption=True)
    posting.of(order)


def _is_older(order: Order, told: Told) -> bool:
    """Broker facts carry the broker's own clock: an older one never overwrites a newer one."""
    return order.broker_updated_at is not None and told.updated_at < order.broker_updated_at


def news_of(told: Told) -> dict[str, Any]:
    """The columns that follow the broker's word, but for the state and the stop of a trailing order."""
    found: dict[str, Any] = {
        "raw_status": told.raw_status,
        "quantity": rounded(told.quantity, QUANTITY_PLACES),
        "limit_price": _price(told.limit_price),
        "broker_filled": rounded(told.filled_quantity, QUANTITY_PLACES),
        "broker_updated_at": told.updated_at,
    }
    if told.is_held is not None:
        found["is_held"] = told.is_held and not told.status.is_final
    if told.order_type is not OrderType.TRAILING_STOP:
        found["stop_price"] = _price(told.stop_price)
    elif told.trail_amount is not None or told.trail_percent is not None:
        found |= {"trail_amount": _price(told.trail_amount), "trail_percent": _price(told.trail_percent)}
    return found


def _copy(posting: Posting, order: Order, told: Told) -> bool:
    if order.error_code == MISMATCH:
        return _set(order, {"broker_filled": rounded(told.filled_quantity, QUANTITY_PLACES)})
    old_stop = order.stop_price
    is_new = _set(order, news_of(told))
    if told.reason and told.reason != order.reason:
        order.reason, is_new = told.reason, True
    if order.missing_since is not None:
        order.missing_since, is_new = None, True
    is_awake = not order.is_held and state_of(told.status) not in (None, OrderState.REJECTED)
    if is_awake and not order.was_awake and not told.status.is_final:
        order.was_awake, is_new = True, True
    if order.stop_price != old_stop and order.role is OrderRole.STOP:
        tell(order, posting.now, "changed", evidence=heard(told))
        stop_records.followed(posting, order, None)
    return is_new


def _next_state(order: Order, told: Told) -> OrderState | None:
    """Where the broker's word leads, None where that is no news: an end is an end, and only a person ends a doubt."""
    after = state_of(told.status)
    if after is None or after is order.state or order.state.is_final or order.error_code == MISMATCH:
        return None
    return after


def is_stale(row: Mapping[str, Any], told: Told) -> bool:
    """Whether a plain row says already all that the broker says."""
    after = state_of(told.status)
    is_same_state = after is None or after is row["state"] or row["state"].is_final
    return is_same_state and all(row[name] == value for name, value in news_of(told).items())


def settle_pending(order: Order, now: datetime, kind: str, evidence: Mapping[str, Any]) -> None:
    """What was asked of an order is over without having changed it: it goes on as it was."""
    order.pending_op = None
    tell(order, now, kind, evidence=evidence)


def hash_of(told: Told) -> str:
    """The fingerprint of an order as its broker tells it."""
    return fingerprint(
        told.symbol,
        told.side,
        told.order_type,
        quantity=told.quantity,
        limit_price=told.limit_price,
        stop_price=told.stop_price,
    )


def flat(told: Told) -> list[Told]:
    """An order and its legs, each naming its parent."""
    return [told, *(leg if leg.parent_id else replace(leg, parent_id=told.order_id) for leg in told.legs)]


def _set(order: Order, values: Mapping[str, Any]) -> bool:
    changed = {name: value for name, value in values.items() if getattr(order, name) != value}
    for name, value in changed.items():
        setattr(order, name, value)
    return bool(changed)


def _price(value: Decimal | None) -> Decimal | None:
    return None if value is None else rounded(value, PRICE_PLACES)
