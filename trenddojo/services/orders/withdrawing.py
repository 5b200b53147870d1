"""Asking a broker to end or change a working order: once, and done only when the broker's own word says so.

What was asked is kept beside the state (`pending_op`), so that a refused cancel or change leaves nothing to restore.
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy.exc import SQLAlchemyError

from trenddojo.brokers.base import BrokerClient
from trenddojo.brokers.errors import BrokerError, BrokerErrorCode, OutcomeUnknown, is_not_sent, is_unknown
from trenddojo.brokers.manager import BrokerManager, Purpose
from trenddojo.brokers.types import Order as Told
from trenddojo.domain.order_states import AttemptKind, AttemptOutcome, OrderState, PendingOp
from trenddojo.domain.orders import OrderUpdate, TimeInForce
from trenddojo.services.errors import Conflict
from trenddojo.services.orders import facts
from trenddojo.services.orders.desk import Desk
from trenddojo.services.orders.journal import begin_attempt, end_attempt, move, refused, tell, text
from trenddojo.services.orders.posting import posting
from trenddojo.store import orders
from trenddojo.store.database import discard

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Change:
    """What is asked of a working order: its new fields, who asks (None is the engine itself), and why."""

    values: Mapping[str, Decimal | TimeInForce]
    by: UUID | None
    reason: str = ""


def withdraw(manager: BrokerManager, desk: Desk, order_id: UUID, by: UUID | None, now: datetime) -> BrokerError | None:
    """Ask for an order's end, then ask how it stands. What the broker said against it; `by` None is the engine."""
    there = _begin_cancel(desk, order_id, by, now)
    if there is None:
        return None
    error = _cancelled(manager, desk, there)
    _end_cancel(desk, order_id, error, now)
    if error is None or not is_not_sent(error):
        look_at(manager, desk, order_id, there, now)
    return error


def _begin_cancel(desk: Desk, order_id: UUID, by: UUID | None, now: datetime) -> str | None:
    """Write down that the end is asked for: the broker's id; None where the order was never sent, and has ended now."""
    discard()
    post = posting(desk.account_id, now)
    order = orders.by_id(order_id)
    if order is None or order.state.is_final or order.state.is_unresolved:
        discard()
        return None
    post.of(order)
    if order.broker_order_id is None:
        move(order, OrderState.CANCELLED, now, "never_sent", by=by)
        post.keep()
        return None
    order.pending_op = PendingOp.CANCEL
    if by is None:
        order.withdrawn_at = now
    begin_attempt(order, AttemptKind.CANCEL, desk.token, now, by=by)
    tell(order, now, "cancel_asked", by=by)
    there = order.broker_order_id
    post.keep()
    return there


def _cancelled(manager: BrokerManager, desk: Desk, there: str) -> BrokerError | None:
    try:
        desk.client(manager, Purpose.PROTECT).cancel_order(there)
    except BrokerError as error:
        return error
    except SQLAlchemyError:
        return _unwritten(desk)
    return None


def _unwritten(desk: Desk) -> OutcomeUnknown:
    """A simulated exchange could not write its ledger down, or could: nobody knows."""
    _log.exception("The simulated exchange's ledger could not be written.")
    return OutcomeUnknown("The ledger could not be written.", BrokerErrorCode.UNKNOWN, desk.link.broker)


def _end_cancel(desk: Desk, order_id: UUID, error: BrokerError | None, now: datetime) -> None:
    if error is None:
        return
    post = posting(desk.account_id, now)
    order = orders.by_id(order_id)
    if order is not None and order.pending_op is PendingOp.CANCEL:
        end_attempt(order_id, _outcome(error), now, error)
        if not is_unknown(error):
            order.withdrawn_at = None
            facts.settle_pending(order, now, "cancel_refused", refused(error))
        post.of(order)
    post.keep()


def look_at(manager: BrokerManager, desk: Desk, order_id: UUID, there: str, now: datetime) -> None:
    """Ask how one order stands, and follow it, through those that took its place: once it has ended, no pass asks for
    them any more. What cannot be asked waits for the next pass."""
    try:
        chain = _chain(desk.client(manager, Purpose.PROTECT), there)
    except BrokerError:
        return
    post = posting(desk.account_id, now)
    order = orders.by_id(order_id)
    if order is not None:
        facts.absorb(post, order, chain[0])
        if order.state.is_final:
            end_attempt(order_id, AttemptOutcome.ACCEPTED, now)
        for told in chain[1:]:
            order = orders.at_broker(desk.account_id, [told.order_id]).get(told.order_id) or facts.take_place(
                post, order, told
            )
            facts.absorb(post, order, told)
    post.keep()


def _chain(client: BrokerClient, there: str) -> list[Told]:
    """An order and those that took its place, one after another. Raises BrokerError."""
    found: dict[str, Told] = {}
    following: str | None = there
    while following is not None and following not in found:
        found[following] = client.get_order_status(following)
        following = found[following].replaced_by
    return list(found.values())


def alter(manager: BrokerManager, desk: Desk, order_id: UUID, change: Change, now: datetime) -> BrokerError | None:
    """Ask for a change, once. What the broker said against it.

    Raises Conflict where a person asks for it and the order changed meanwhile.
    """
    begun = _begin_change(desk, order_id, change, now)
    if begun is None:
        return None
    there, update, purpose = begun
    try:
        told = desk.client(manager, purpose).modify_order(there, update).order
    except BrokerError as error:
        _end_change(desk, order_id, error, now)
        return error
    except SQLAlchemyError:
        unwritten = _unwritten(desk)
        _end_change(desk, order_id, unwritten, now)
        return unwritten
    _changed(desk, order_id, told, now)
    return None


def _begin_change(desk: Desk, order_id: UUID, change: Change, now: datetime) -> tuple[str, OrderUpdate, Purpose] | None:
    discard()
    post = posting(desk.account_id, now)
    order = orders.by_id(order_id)
    if order is None or not order.state.is_working or order.pending_op is not None or order.broker_order_id is None:
        discard()
        if change.by is None:
            return None
        raise Conflict("This order changed meanwhile. Look again before you go on.")
    update = OrderUpdate(client_order_id=f"td-{uuid4().hex}", **change.values)  # type: ignore[arg-type]
    order.pending_op = PendingOp.REPLACE
    changes: dict[str, Any] = {name: _plain(value) for name, value in change.values.items()}
    begin_attempt(
        order,
        AttemptKind.REPLACE,
        desk.token,
        now,
        client_order_id=update.client_order_id,
        changes={**changes, **({"reason": change.reason} if change.reason else {})},
        by=change.by,
    )
    tell(order, now, "replace_asked", evidence=changes, by=change.by)
    post.of(order)
    begun = order.broker_order_id, update, Purpose.TRADE if order.role.adds_risk else Purpose.PROTECT
    post.keep()
    return begun


def _end_change(desk: Desk, order_id: UUID, error: BrokerError, now: datetime) -> None:
    post = posting(desk.account_id, now)
    order = orders.by_id(order_id)
    if order is not None and order.pending_op is PendingOp.REPLACE:
        end_attempt(order_id, _outcome(error), now, error)
        if not is_unknown(error):
            facts.settle_pending(order, now, "replace_refused", refused(error))
        post.of(order)
    post.keep()


def _changed(desk: Desk, order_id: UUID, told: Told, now: datetime) -> None:
    """The broker confirmed the change, of the order itself or by another one in its place."""
    post = posting(desk.account_id, now)
    order = orders.by_id(order_id)
    if order is not None:
        end_attempt(order_id, AttemptOutcome.ACCEPTED, now)
        if told.order_id == order.broker_order_id:
            order.pending_op = None
            facts.absorb(post, order, told)
        else:
            after = orders.at_broker(desk.account_id, [told.order_id]).get(told.order_id)
            facts.absorb(post, after or facts.take_place(post, order, told), told)
        post.of(order)
    post.keep()


def _outcome(error: BrokerError) -> AttemptOutcome:
    if is_not_sent(error):
        return AttemptOutcome.NOT_SENT
    return AttemptOutcome.UNKNOWN if is_unknown(error) else AttemptOutcome.REFUSED


def _plain(value: Decimal | TimeInForce) -> str:
    return text(value) if isinstance(value, Decimal) else value.value
