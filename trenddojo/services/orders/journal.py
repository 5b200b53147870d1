"""How an order's state is changed: by the table of moves, and never without an event that says why."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from trenddojo.brokers.errors import BrokerError
from trenddojo.brokers.types import Order as Told
from trenddojo.domain.order_states import AttemptKind, AttemptOutcome, OrderState, check_move
from trenddojo.services.faults import SAFE_DETAILS
from trenddojo.store import orders
from trenddojo.store.database import db
from trenddojo.store.models import Order, OrderAttempt, OrderEvent

Evidence = Mapping[str, Any]


def move(
    order: Order,
    after: OrderState,
    now: datetime,
    kind: str,
    *,
    evidence: Evidence | None = None,
    by: UUID | None = None,
    is_adoption: bool = False,
) -> None:
    """Let an order go to another state. Raises IllegalMove where the table does not allow it."""
    check_move(order.state, after, is_adoption=is_adoption)
    before, order.state = order.state, after
    if after.is_final:
        order.ended_at, order.pending_op, order.is_held = now, None, False
    tell(order, now, kind, evidence=evidence, by=by, before=before)


def begin(order: Order, now: datetime, kind: str, *, evidence: Evidence | None = None, by: UUID | None = None) -> None:
    """Add a new order, and the first line of its history."""
    order.events = 1
    db.session.add(order)
    db.session.flush()
    _note(order, now, kind, evidence=evidence, by=by)


def tell(
    order: Order,
    now: datetime,
    kind: str,
    *,
    evidence: Evidence | None = None,
    by: UUID | None = None,
    before: OrderState | None = None,
) -> None:
    """Add to an order's history; the order itself is as it is after what happened."""
    order.events += 1
    _note(order, now, kind, evidence=evidence, by=by, before=before)


def _note(
    order: Order,
    now: datetime,
    kind: str,
    *,
    evidence: Evidence | None,
    by: UUID | None,
    before: OrderState | None = None,
) -> None:
    db.session.add(
        OrderEvent(
            order_id=order.id,
            number=order.events,
            at=now,
            kind=kind,
            before=before,
            after=order.state,
            evidence=dict(evidence or {}),
            by=by,
        )
    )


def begin_attempt(
    order: Order,
    kind: AttemptKind,
    token: int,
    now: datetime,
    *,
    client_order_id: str | None = None,
    changes: Mapping[str, Any] | None = None,
    by: UUID | None = None,
) -> OrderAttempt:
    """Write down that a request about an order is about to be made."""
    db.session.flush()
    last = orders.open_attempt(order.id)
    attempt = OrderAttempt(
        order_id=order.id,
        number=1 if last is None else last.number + 1,
        kind=kind,
        at=now,
        token=token,
        client_order_id=client_order_id,
        changes=dict(changes or {}),
        by=by,
    )
    db.session.add(attempt)
    return attempt


def end_attempt(order_id: UUID, outcome: AttemptOutcome, now: datetime, error: BrokerError | None = None) -> None:
    """Write down what became of the newest request about an order, unless that is known already."""
    attempt = orders.open_attempt(order_id)
    if attempt is None or attempt.outcome not in (None, AttemptOutcome.UNKNOWN):
        return
    attempt.outcome, attempt.finished_at = outcome, now
    if error is not None:
        attempt.error_code, attempt.message = error.code.value, error.message


def heard(told: Told) -> dict[str, Any]:
    """What a broker said of an order, as its history keeps it: facts only, exact amounts as text."""
    amounts = {
        "quantity": told.quantity,
        "filled": told.filled_quantity,
        "average_fill_price": told.average_fill_price,
        "limit_price": told.limit_price,
        "stop_price": told.stop_price,
    }
    return {
        "order_id": told.order_id,
        "client_order_id": told.client_order_id,
        "symbol": told.symbol,
        "side": told.side.value,
        "type": told.order_type.value,
        "status": told.status.value,
        "raw_status": told.raw_status,
        "reason": told.reason,
        "updated_at": told.updated_at.isoformat(),
        **{name: text(amount) for name, amount in amounts.items() if amount is not None},
    }


def refused(error: BrokerError) -> dict[str, Any]:
    """What a broker's error said, as an order's history keeps it."""
    details = {name: error.details[name] for name in SAFE_DETAILS if name in error.details}
    return {"code": error.code.value, "message": error.message, **details}


def text(amount: Decimal) -> str:
    """An amount in plain digits without idle zeros."""
    plain = f"{amount:f}"
    return plain.rstrip("0").rstrip(".") if "." in plain else plain
