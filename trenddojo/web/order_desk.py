"""What a trade's page shows of its orders at a broker, and the forms that send one."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo
from decimal import Decimal
from typing import Any
from uuid import UUID

from trenddojo.brokers.registry import spec_of
from trenddojo.domain.order_states import OrderRole
from trenddojo.domain.terms import TradeStatus
from trenddojo.services import topics
from trenddojo.services.books import open_books
from trenddojo.services.fills import unfilled
from trenddojo.services.orders import exits
from trenddojo.store import orders, trades
from trenddojo.store.models import Trade
from trenddojo.store.seats import Seat
from trenddojo.web.format import quantity
from trenddojo.web.forms import Form, fresh_key
from trenddojo.web.frame import mode_of
from trenddojo.web.order_words import TIMES, TYPES, OrderRow, rows_of
from trenddojo.web.shell import ShownMode

_WORDS = {
    OrderRole.ENTRY: ("Send the entry", "Review order"),
    OrderRole.EXIT: ("Close at the broker", "Review exit"),
    OrderRole.SCALE_IN: ("Send the add", "Review add"),
}
_UNFILLED = (TradeStatus.PLANNING, TradeStatus.PENDING)


@dataclass(frozen=True, slots=True)
class SendForm:
    """A form that sends one kind of order: its role, the words of its button, and what stands in its fields."""

    role: str
    title: str
    act: str
    form: Form
    types: list[tuple[str, str]]
    times: list[tuple[str, str]]
    can_attach: bool
    can_extend: bool


@dataclass(frozen=True, slots=True)
class TradeDesk:
    """A trade's orders. `topic` is what the pulse says when they changed; `unguarded` is what has no working stop."""

    trade_id: UUID
    symbol: str
    account: str
    broker: str
    mode: ShownMode
    topic: str
    rows: list[OrderRow]
    held: Decimal
    unguarded: Decimal
    review: str
    send: list[SendForm]
    may_trade: bool
    now: datetime
    zone: tzinfo

    @property
    def is_safe(self) -> bool:
        """Whether every unit with a planned stop is guarded at the broker."""
        return not self.unguarded


def desk_of(
    seat: Seat, trade: Trade, now: datetime, zone: tzinfo, sent: Mapping[str, Form] | None = None
) -> TradeDesk | None:
    """What is shown of a trade's orders; None on an account that is kept by hand."""
    if seat.account.mode is None:
        return None
    standing = exits.standing_of(trade, seat.account) if trade.status is TradeStatus.ACTIVE else None
    return TradeDesk(
        trade_id=trade.id,
        symbol=trade.symbol,
        account=seat.account.name,
        broker=spec_of(seat.account.broker).label,
        mode=mode_of(seat.account.mode),
        topic=topics.account(seat.account.id),
        rows=rows_of(orders.of_trade(trade.id)),
        held=trade.quantity,
        unguarded=standing.now.unguarded if standing and not standing.is_safe and standing.orders else Decimal(0),
        review=trade.review,
        send=_forms(seat, trade, sent or {}) if seat.may_trade else [],
        may_trade=seat.may_trade,
        now=now,
        zone=zone,
    )


def _forms(seat: Seat, trade: Trade, sent: Mapping[str, Form]) -> list[SendForm]:
    """The orders that the trade takes now."""
    live = [one for one in orders.of_trade(trade.id) if not one.state.is_final]
    found: list[SendForm] = []
    if trade.status in _UNFILLED and not any(one.role is OrderRole.ENTRY for one in live):
        found.append(_form(seat, OrderRole.ENTRY, _entry(trade), sent))
    if trade.status is TradeStatus.ACTIVE and not any(one.role in exits.CLOSING for one in live):
        found.append(_form(seat, OrderRole.EXIT, _exit(trade), sent))
    if trade.status is TradeStatus.ACTIVE and (add := _add(seat, trade)) is not None:
        found.append(_form(seat, OrderRole.SCALE_IN, add, sent))
    return found


def _form(seat: Seat, role: OrderRole, values: Mapping[str, Any], sent: Mapping[str, Form]) -> SendForm:
    can = spec_of(seat.account.broker).capabilities
    usual = Form({"role": role.value, "key": fresh_key(), **values})
    title, act = _WORDS[role]
    return SendForm(
        role=role.value,
        title=title,
        act=act,
        form=sent.get(role.value, usual),
        types=[(one.value, TYPES[one].capitalize()) for one in TYPES if one in can.order_types and "trail" not in one],
        times=[(one.value, TIMES[one].capitalize()) for one in TIMES if one in can.times_in_force],
        can_attach=role.adds_risk,
        can_extend=can.has_extended_hours,
    )


def _entry(trade: Trade) -> dict[str, Any]:
    return {
        "order_type": "limit",
        "limit_price": quantity(trade.planned_entry).replace(",", ""),
        "quantity": quantity(trade.planned_quantity).replace(",", ""),
        "time_in_force": "day",
        "with_exits": "1",
    }


def _exit(trade: Trade) -> dict[str, Any]:
    return {"order_type": "market", "quantity": quantity(trade.quantity).replace(",", ""), "time_in_force": "day"}


def _add(seat: Seat, trade: Trade) -> dict[str, Any] | None:
    """What the next planned leg asks for, where one waits."""
    books = open_books(trade, seat.account)
    leg = next((one for one in trades.legs_of(trade.id) if one.number > 1 and unfilled(books, one)), None)
    live = [one for one in orders.of_trade(trade.id) if one.role is OrderRole.SCALE_IN and not one.state.is_final]
    if leg is None or any(one.leg == leg.number for one in live):
        return None
    return {
        "order_type": "limit",
        "limit_price": quantity(leg.planned_entry).replace(",", ""),
        "quantity": quantity(unfilled(books, leg)).replace(",", ""),
        "time_in_force": "day",
        "with_exits": "1",
        "leg": str(leg.number),
    }
