"""Placing an order: checked, committed as an intent, then sent once. A repeated request finds the first order."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy.exc import IntegrityError

from trenddojo.brokers.errors import BrokerError
from trenddojo.brokers.manager import BrokerManager, Purpose
from trenddojo.domain.order_states import OrderRole, OrderState
from trenddojo.domain.worded import breach_sentence
from trenddojo.services import topics
from trenddojo.services.errors import Conflict, Forbidden, NotFound
from trenddojo.services.faults import Refused
from trenddojo.services.inputs.orders import OrderInput
from trenddojo.services.orders import engine, exits, intents, lifecycle, permits
from trenddojo.services.orders.desk import Desk, desk_of
from trenddojo.services.orders.drafts import Draft, drafted
from trenddojo.services.orders.engine import Written
from trenddojo.services.orders.journal import begin, move
from trenddojo.services.orders.permits import Denial, Denied, Facts
from trenddojo.store import orders, trades
from trenddojo.store.database import db, discard
from trenddojo.store.models import Order, Trade
from trenddojo.store.seats import Seat

CLOSED = "TrendDojo is still asking the broker what became of earlier orders on this account. Try again in a moment."


@dataclass(frozen=True, slots=True)
class Preview:
    """An order before it is confirmed. Money is in the base currency; what is not known is None."""

    draft: Draft
    value: Decimal | None
    value_percent: Decimal | None
    risk: Decimal | None
    risk_percent: Decimal | None
    breaches: tuple[str, ...]
    notices: tuple[str, ...]


def preview(seat: Seat, trade: Trade, asked: OrderInput, now: datetime) -> Preview:
    """What would be sent, for the person to confirm; asks no broker. Raises as `drafted` does, Forbidden, Conflict."""
    _require_trader(seat)
    draft = drafted(seat, trade, asked, desk_of(seat.account).spec.capabilities)
    if not draft.role.adds_risk:
        notices = exits.notices(trade, draft)
        return Preview(draft, None, None, None, None, (), notices)
    sizing = permits.sized(seat, trade, draft, now)
    return Preview(
        draft=draft,
        value=sizing.position_value,
        value_percent=sizing.position_percent,
        risk=sizing.loss_at_stop,
        risk_percent=sizing.loss_percent,
        breaches=tuple(breach_sentence(reading) for reading in sizing.breaches),
        notices=exits.notices(trade, draft),
    )


def place(manager: BrokerManager, seat: Seat, trade: Trade, asked: OrderInput, *, key: UUID, now: datetime) -> Order:
    """Send an order for a trade through its account's broker; the same `key` finds the order that the first one made.

    Ends the caller's transaction. The order that is returned may be unknown: it says so. Raises Forbidden, Invalid for
    fields that do not fit, Conflict where the trade takes no such order now, Denied where our own rules say no, and
    Refused where the broker did or may not be asked.
    """
    _require_trader(seat)
    if (first := orders.with_key(seat.account.id, key)) is not None:
        return told(_own(first, trade))
    desk = desk_of(seat.account)
    draft = drafted(seat, trade, asked, desk.spec.capabilities)
    trade_id = trade.id
    discard()
    _permit(manager, desk, draft.role)
    open_for_orders(manager, desk, now)
    facts = permits.look(manager, desk, draft, now)
    intent = _Intent(seat, desk, trade_id, asked, facts, key)
    written = _once(intent, now)
    engine.submit(manager, desk, written, now)
    order = orders.by_id(written.order_id)
    if order is None:
        raise NotFound
    return told(order)


def told(order: Order) -> Order:
    """The order, unless it was denied or refused: then that is raised, as it was the first time."""
    if order.state is OrderState.DENIED:
        first = orders.events_of([order.id])[0]
        raise Denied(str(order.id), list(first.evidence["denials"]))
    if order.state is OrderState.REJECTED and order.error_code:
        raise engine.refusal(order)
    return order


def open_for_orders(manager: BrokerManager, desk: Desk, now: datetime) -> None:
    """Make sure that a complete pass has succeeded since this process owns the brokers; runs one where it has not.

    Raises Refused where the broker cannot be asked, Conflict where the account stays closed.
    """
    if _is_open(desk):
        return
    try:
        engine.follow(manager, desk, now)
    except BrokerError as error:
        raise Refused(error) from error
    if not _is_open(desk):
        raise Conflict(CLOSED)


def _is_open(desk: Desk) -> bool:
    sync = orders.sync_of(desk.account_id)
    is_open = sync is not None and sync.opened_token == desk.token
    discard()
    return is_open


def _permit(manager: BrokerManager, desk: Desk, role: OrderRole) -> None:
    """Refuse before anything is written where the mode or the lock does not allow it now."""
    try:
        desk.client(manager, Purpose.TRADE if role.adds_risk else Purpose.PROTECT)
    except BrokerError as error:
        raise Refused(error) from error


@dataclass(frozen=True, slots=True)
class _Intent:
    """What is to be written down before anything is sent."""

    seat: Seat
    desk: Desk
    trade_id: UUID
    asked: OrderInput
    facts: Facts
    key: UUID


def _once(intent: _Intent, now: datetime) -> Written:
    try:
        return _written_down(intent, now)
    except IntegrityError:  # the same request, committed a moment before
        discard()
        first = orders.with_key(intent.desk.account_id, intent.key)
        if first is None:
            raise
        return _written(first)


def _written(order: Order) -> Written:
    goes_at_once = order.state is OrderState.CREATED and order.role.adds_risk
    return Written(order.id, order.trade_id, goes_at_once)


def _written_down(intent: _Intent, now: datetime) -> Written:
    """Commit the order before anything is sent: `created`, or `denied` with the reasons."""
    account = orders.lock_account(intent.desk.account_id)
    trade = db.session.get_one(Trade, intent.trade_id, populate_existing=True)
    seat = Seat(intent.seat.user, account, intent.seat.role)
    if (first := orders.with_key(account.id, intent.key)) is not None:
        return _written(_own(first, trade))
    # What the order is about may have changed since the broker was asked.
    draft = drafted(seat, trade, intent.asked, intent.desk.spec.capabilities)
    _check_alone(trade, draft)
    denials = permits.denials(seat, trade, draft, intent.facts, now)
    order = intents.new_order(intent.desk, draft.request, draft.role, key=intent.key, by=seat.user.id, now=now)
    order.trade_id, order.leg, order.exit_reason = trade.id, draft.leg, intent.asked.exit_reason
    order.exit_stop, order.exit_target, order.keeps_exits = draft.exit_stop, draft.exit_target, draft.keeps_exits
    order.reason = permits.queued_notice(intent.facts)
    if denials:
        _deny(order, denials, seat, now)
    else:
        begin(order, now, "created", evidence={"notice": order.reason} if order.reason else {}, by=seat.user.id)
        lifecycle.follow(trade)
    topics.bump(topics.account(account.id))
    written = _written(order)
    db.session.commit()
    return written


def _deny(order: Order, denials: Sequence[Denial], seat: Seat, now: datetime) -> None:
    order.error_code, order.reason = denials[0].code.value, " ".join(one.sentence for one in denials)
    db.session.add(order)
    db.session.flush()
    evidence = {"denials": [one.as_evidence() for one in denials]}
    move(order, OrderState.DENIED, now, "denied", evidence=evidence, by=seat.user.id)


def _check_alone(trade: Trade, draft: Draft) -> None:
    """One entry at a time, and one way out of a position at a time; what has filled and is not booked yet counts."""
    live = [one for one in orders.of_trade(trade.id) if not one.state.is_final or one.lacks_fills]
    if draft.role is OrderRole.ENTRY and any(one.role is OrderRole.ENTRY for one in live):
        raise Conflict(f"{trade.symbol} has an entry order already. Change or cancel that one.")
    if draft.role is OrderRole.ENTRY:
        other = trades.open_trade_in(trade.account_id, trade.instrument_id)
        if other is not None:
            raise Conflict(f"{trade.symbol} is open in another trade. Scale in there, so that its risk adds up.")
    if draft.role is OrderRole.SCALE_IN and any(
        one.role is OrderRole.SCALE_IN and one.leg == draft.leg for one in live
    ):
        raise Conflict(f"Leg {draft.leg} has an order already. Change or cancel that one.")
    if draft.role in (OrderRole.EXIT, OrderRole.SCALE_OUT) and any(one.role in exits.CLOSING for one in live):
        raise Conflict(f"{trade.symbol} has an exit order already. Change or cancel that one.")


def _own(first: Order, trade: Trade) -> Order:
    if first.trade_id != trade.id:
        raise Conflict("This key has sent an order of another trade already.")
    return first


def _require_trader(seat: Seat) -> None:
    if not seat.may_trade:
        raise Forbidden(f"You may look at {seat.account.name}, but not trade it.")
