"""The one way of an order to its broker: claimed, written down, sent once with no transaction open, its answer kept.

Whatever is not proven to have stayed here may be at the broker. Such an order is unknown, and is never sent again.
"""

import logging
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm.exc import StaleDataError

from trenddojo.brokers.errors import BrokerError, BrokerErrorCode, OutcomeUnknown, is_not_sent, is_unknown
from trenddojo.brokers.manager import BrokerManager, Purpose
from trenddojo.brokers.ports import Withheld
from trenddojo.brokers.types import Order as Told
from trenddojo.domain.order_states import AttemptKind, AttemptOutcome, OrderState
from trenddojo.domain.orders import OrderClass, OrderRequest, OrderType, StopLoss, TakeProfit
from trenddojo.services import leases
from trenddojo.services.orders import facts
from trenddojo.services.orders.desk import Desk
from trenddojo.services.orders.journal import begin_attempt, end_attempt, move, refused
from trenddojo.services.orders.posting import posting
from trenddojo.store import orders
from trenddojo.store.database import db, discard
from trenddojo.store.models import Order

TRY_AGAIN = timedelta(seconds=60)
"""How long an order that was certainly not sent may be tried again."""
UNKNOWN = "We don't know yet whether the broker has this order. Don't send it again: we are asking."
NOT_SENT = "It was not sent."
_DUPLICATE = "duplicate_client_order_id"
_FOR_A_PERSON = frozenset({"not_allowed", "sign_in_due"})
"""Why a broker was not asked at all where trying again by ourselves is of no use."""
_log = logging.getLogger(__name__)


def send(manager: BrokerManager, desk: Desk, order_id: UUID, now: datetime) -> Told | None:
    """Send an order that is written down, unless somebody else has claimed it; ends the caller's transaction.

    Answers what the broker said of it, None where it said nothing or no. Raises what is a bug of ours; the order then
    stays `submitting` until the watchdog makes it unknown.
    """
    claimed = _claim(desk, order_id, now)
    if claimed is None:
        return None
    request, purpose = claimed
    try:
        told = desk.client(manager, purpose).place_order(request).order
    except BrokerError as error:
        if is_not_sent(error):
            _not_sent(desk, order_id, error, now)
        elif is_unknown(error):
            _unknown(desk, order_id, error, now)
        elif error.details.get("reason") == _DUPLICATE:
            _look_up(manager, desk, order_id, request.client_order_id, now)
        else:
            _refused(desk, order_id, error, now)
    except SQLAlchemyError:  # a simulated exchange could not write its ledger down, or could: nobody knows
        _log.exception("The simulated exchange's ledger could not be written.")
        unwritten = OutcomeUnknown("The ledger could not be written.", BrokerErrorCode.UNKNOWN, desk.link.broker)
        _unknown(desk, order_id, unwritten, now)
    else:
        answered(desk, order_id, told, now)
        return told
    return None


def request_of(order: Order) -> OrderRequest:
    """The order as it is sent."""
    is_pair = order.order_class is OrderClass.OCO
    stop, target = (None, None) if order.keeps_exits else (order.exit_stop, order.exit_target)
    return OrderRequest(
        symbol=order.symbol,
        side=order.side,
        quantity=order.quantity,
        order_type=order.order_type,
        client_order_id=order.client_order_id or "",
        time_in_force=order.time_in_force,
        limit_price=order.limit_price,
        stop_price=order.stop_price if order.order_type is not OrderType.TRAILING_STOP else None,
        trail_amount=order.trail_amount,
        trail_percent=order.trail_percent,
        stop_loss=None if stop is None else StopLoss(stop_price=stop),
        take_profit=None if target is None or is_pair else TakeProfit(limit_price=target),
        is_oco=is_pair,
        extended_hours=order.extended_hours,
    )


def answered(desk: Desk, order_id: UUID, told: Told, now: datetime) -> None:
    """The broker has the order and says how it stands."""
    post = posting(desk.account_id, now)
    order = orders.by_id(order_id)
    if order is not None:
        end_attempt(order_id, AttemptOutcome.ACCEPTED, now)
        facts.absorb(post, order, told)
    post.keep()


def _claim(desk: Desk, order_id: UUID, now: datetime) -> tuple[OrderRequest, Purpose] | None:
    """Make the order ours to send: committed, with its attempt, before anything leaves."""
    discard()
    orders.lock_account(desk.account_id)
    order, sync = orders.by_id(order_id), orders.sync_of(desk.account_id)
    if order is None or order.state is not OrderState.CREATED or not leases.owns(leases.BROKERS, desk.token):
        discard()
        return None
    if sync is None or sync.opened_token != desk.token:
        discard()  # not before a complete pass: what an earlier process sent is not known yet
        return None
    move(order, OrderState.SUBMITTING, now, "submitting")
    order.claimed_at, order.claimed_token = now, desk.token
    begin_attempt(order, AttemptKind.SUBMIT, desk.token, now, client_order_id=order.client_order_id)
    claimed = request_of(order), Purpose.TRADE if order.role.adds_risk else Purpose.PROTECT
    try:
        db.session.commit()
    except StaleDataError:  # somebody else was quicker
        discard()
        return None
    return claimed


def _look_up(manager: BrokerManager, desk: Desk, order_id: UUID, client_order_id: str, now: datetime) -> None:
    """The broker has an order under our id already: it is this one, or a person has to look."""
    try:
        told = desk.client(manager).find_order(client_order_id)
    except BrokerError as error:
        _unknown(desk, order_id, error, now)
        return
    if told is None:
        message = "The broker said that it has this order, and then that it has not."
        _unknown(desk, order_id, OutcomeUnknown(message, BrokerErrorCode.UNKNOWN, desk.link.broker), now)
    else:
        answered(desk, order_id, told, now)


def _not_sent(desk: Desk, order_id: UUID, error: BrokerError, now: datetime) -> None:
    """Nothing left: back to where it was, to be tried again for a while, or given up where that is of no use."""
    post = posting(desk.account_id, now)
    order = orders.by_id(order_id)
    if order is not None and order.state is OrderState.SUBMITTING:
        end_attempt(order_id, AttemptOutcome.NOT_SENT, now, error)
        order.error_code, order.reason = error.code.value, f"{NOT_SENT} {error.message}"
        move(order, OrderState.CREATED, now, "not_sent", evidence=refused(error))
        is_hopeless = isinstance(error, Withheld) and error.details.get("reason") in _FOR_A_PERSON
        order.send_until = order.send_until or order.created_at + TRY_AGAIN
        if is_hopeless or now >= order.send_until:
            move(order, OrderState.CANCELLED, now, "never_sent", evidence=refused(error))
        post.of(order)
    post.keep()


def _unknown(desk: Desk, order_id: UUID, error: BrokerError, now: datetime) -> None:
    post = posting(desk.account_id, now)
    order = orders.by_id(order_id)
    if order is not None and order.state is OrderState.SUBMITTING:
        end_attempt(order_id, AttemptOutcome.UNKNOWN, now, error)
        order.error_code, order.reason = error.code.value, UNKNOWN
        move(order, OrderState.UNKNOWN, now, "unknown", evidence=refused(error))
        post.of(order)
    post.keep()


def _refused(desk: Desk, order_id: UUID, error: BrokerError, now: datetime) -> None:
    """The broker said no."""
    post = posting(desk.account_id, now)
    order = orders.by_id(order_id)
    if order is not None and order.state in (OrderState.SUBMITTING, OrderState.UNKNOWN):
        end_attempt(order_id, AttemptOutcome.REFUSED, now, error)
        order.error_code, order.reason = error.code.value, error.message
        move(order, OrderState.REJECTED, now, "rejected", evidence=refused(error))
        post.of(order)
    post.keep()
