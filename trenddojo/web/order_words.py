"""Orders in plain words, the same on every page: what one is, what it waits for, how it stands, what happened to it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from trenddojo.domain.order_states import OrderState, PendingOp
from trenddojo.domain.orders import OrderType, TimeInForce
from trenddojo.store.models import Order, OrderEvent
from trenddojo.web.format import price, quantity
from trenddojo.web.frame import mode_of
from trenddojo.web.shell import ShownMode

STATES: Mapping[OrderState, tuple[str, str]] = {
    OrderState.CREATED: ("not sent yet", ""),
    OrderState.SUBMITTING: ("being sent", ""),
    OrderState.ACCEPTED: ("accepted", ""),
    OrderState.PARTIALLY_FILLED: ("partly filled", ""),
    OrderState.FILLED: ("filled", "black"),
    OrderState.CANCELLED: ("cancelled", "line"),
    OrderState.REJECTED: ("rejected", "warn"),
    OrderState.EXPIRED: ("expired", "line"),
    OrderState.REPLACED: ("replaced", "line"),
    OrderState.UNKNOWN: ("unknown", "warn"),
    OrderState.NEEDS_REVIEW: ("needs review", "warn"),
    OrderState.DENIED: ("denied", "warn"),
}
"""Each state's word and its chip: plain goes on, black has filled, outlined is over, amber wants a look."""
TYPES: Mapping[OrderType, str] = {
    OrderType.MARKET: "market",
    OrderType.LIMIT: "limit",
    OrderType.STOP: "stop",
    OrderType.STOP_LIMIT: "stop-limit",
    OrderType.TRAILING_STOP: "trailing stop",
}
TIMES: Mapping[TimeInForce, str] = {
    TimeInForce.DAY: "day",
    TimeInForce.GTC: "until cancelled",
    TimeInForce.IOC: "at once, in part",
    TimeInForce.FOK: "at once, whole",
    TimeInForce.OPG: "at the open",
    TimeInForce.CLS: "at the close",
}
_EVENTS: Mapping[str, str] = {
    "created": "Written down",
    "denied": "Denied by our own rules",
    "submitting": "Sent to the broker",
    "adopted": "The broker has it",
    "attached": "Made by the broker with its entry",
    "accepted": "Accepted",
    "partially_filled": "Partly filled",
    "filled": "Filled",
    "cancelled": "Cancelled",
    "expired": "Expired",
    "rejected": "Refused by the broker",
    "not_sent": "Could not be sent; nothing left",
    "never_sent": "Ended without having been sent",
    "unknown": "The answer was lost",
    "lost": "Nobody was left to hear the answer",
    "missing": "The broker did not tell of it",
    "vanished": "The broker does not tell of it any more",
    "found": "Found at the broker, placed elsewhere",
    "replaced": "Took the place of another order",
    "changed": "Changed at the broker",
    "joined": "Became part of the position that was open",
    "shrunk": "Made smaller, because less is held",
    "cancel_asked": "Asked the broker to cancel it",
    "cancel_refused": "The broker did not cancel it",
    "cancel_without_effect": "The cancel had no effect",
    "replace_asked": "Asked the broker to change it",
    "replace_refused": "The broker did not change it",
    "replace_without_effect": "The change had no effect",
    "replace_denied": "The change was denied by our own rules",
    "reviewed": "Decided by a person",
}


@dataclass(frozen=True, slots=True)
class OrderRow:
    """One order as a line of a list. `chip` is its state's word and kind, `note` what else there is to know."""

    id: UUID
    account_id: UUID
    mode: ShownMode
    trade_id: UUID | None
    symbol: str
    role: str
    side: str
    quantity: Decimal
    filled: Decimal
    average: Decimal | None
    kind: str
    waits_for: str
    chip: tuple[str, str]
    note: str
    at: datetime
    is_exit: bool
    is_live: bool
    can_change: bool


def row_of(order: Order) -> OrderRow:
    """The line of an order."""
    return OrderRow(
        id=order.id,
        account_id=order.account_id,
        mode=mode_of(order.mode),
        trade_id=order.trade_id,
        symbol=order.symbol,
        role=order.role.label,
        side=order.side.value,
        quantity=order.quantity,
        filled=order.filled_quantity + order.filled_before,
        average=order.average_price,
        kind=f"{TYPES[order.order_type]}, {TIMES[order.time_in_force]}"
        f"{', extended hours' if order.extended_hours else ''}",
        waits_for=waits_for(order),
        chip=chip_of(order),
        note=order.reason,
        at=order.created_at,
        is_exit=order.parent_id is not None,
        is_live=not order.state.is_final,
        can_change=order.state.is_working and order.pending_op is None and order.order_type is not OrderType.MARKET,
    )


def rows_of(found: Sequence[Order]) -> list[OrderRow]:
    """The lines of several orders, each entry followed by its exits."""
    ids = {order.id for order in found}
    tops = [order for order in found if order.parent_id not in ids]
    return [row_of(one) for top in tops for one in (top, *(leg for leg in found if leg.parent_id == top.id))]


def chip_of(order: Order) -> tuple[str, str]:
    """An order's state in a word, and the chip for it."""
    if order.pending_op is not None:
        return ("cancelling" if order.pending_op is PendingOp.CANCEL else "changing"), ""
    if order.is_held and order.state.is_working:
        return "waits for its entry", "line"
    return STATES[order.state]


def waits_for(order: Order) -> str:
    """The prices that an order waits for."""
    parts = [
        f"stop {price(order.stop_price)}" if order.stop_price is not None else "",
        f"limit {price(order.limit_price)}" if order.limit_price is not None else "",
        f"trail {price(order.trail_amount)}" if order.trail_amount is not None else "",
        f"trail {quantity(order.trail_percent)}%" if order.trail_percent is not None else "",
    ]
    return ", ".join(filter(None, parts)) or "at the market"


def event_title(event: OrderEvent) -> str:
    """What happened, as a person would say it."""
    return _EVENTS.get(event.kind) or event.kind.replace("_", " ").capitalize()


def evidence_of(event: OrderEvent) -> list[tuple[str, str]]:
    """What the broker, or we, said of it: names and plain values; denials sentence by sentence."""
    found: list[tuple[str, str]] = []
    for name, value in event.evidence.items():
        if name == "denials":
            found += [(str(one["rule"]).replace("_", " "), str(one["sentence"])) for one in value]
        elif value not in (None, ""):
            found.append((name.replace("_", " "), _plain(value)))
    return found


def _plain(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def summary_of(order: Order) -> str:
    """An order in one line: "Buy 40 NVDA, limit 146.20"."""
    return f"{order.side.value.capitalize()} {quantity(order.quantity)} {order.symbol}, {waits_for(order)}"
