"""The page of one order, as it is shown."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from trenddojo.brokers.registry import spec_of
from trenddojo.domain.order_states import OrderState
from trenddojo.services import topics
from trenddojo.services.orders.sending import UNKNOWN
from trenddojo.store import orders, trades
from trenddojo.store.models import Execution, Order, Trade
from trenddojo.store.seats import Seat
from trenddojo.web import deps
from trenddojo.web.format import as_typed
from trenddojo.web.forms import Form
from trenddojo.web.frame import mode_of
from trenddojo.web.order_words import OrderRow, row_of, summary_of
from trenddojo.web.orders.doubt import Doubt, doubt_of
from trenddojo.web.orders.history import Asked, Told, history_of, requests_of
from trenddojo.web.shell import ShownMode


@dataclass(frozen=True, slots=True)
class OrderPage:
    """One order with its family and its history.

    `unknown` is the plain sentence while nobody knows whether the broker has it; `doubt` is what a person decides.
    `change` is the form with its `fields`, None where the order cannot be changed; `wait` says that it waits for what
    was asked of it before.
    """

    row: OrderRow
    summary: str
    account: str
    account_id: UUID
    broker: str
    mode: ShownMode
    topic: str
    trade: Trade | None
    unknown: str
    doubt: Doubt | None
    wait: str
    family: Sequence[OrderRow]
    relations: Mapping[UUID, str]
    fills: Sequence[Execution]
    left: Decimal
    commission: Decimal | None
    requests: Sequence[Asked]
    history: Sequence[Told]
    numbers: Sequence[tuple[str, str]]
    change: Form | None
    fields: Sequence[tuple[str, str]]
    may_trade: bool

    @property
    def may_cancel(self) -> bool:
        """Whether it may be asked to end now: not while nobody knows of it, or a person has to decide."""
        return self.may_trade and self.row.is_live and self.doubt is None and not self.unknown


_WAITS = {
    "cancel": "The broker was asked to cancel it, and has not said that it has ended. Until then it may still fill.",
    "replace": "The broker was asked to change it, and has not said yet that it did. Until then it works as it was.",
}


def page_of(seat: Seat, order: Order, change: Form | None = None, decision: Form | None = None) -> OrderPage:
    """The page of an order; forms that were refused come back with what was typed."""
    row, zone = row_of(order), deps.zone()
    family = _family(order)
    fields = _changeable(order)
    return OrderPage(
        row=row,
        summary=summary_of(order),
        account=seat.account.name,
        account_id=order.account_id,
        broker=spec_of(seat.account.broker).label,
        mode=mode_of(order.mode),
        topic=topics.account(order.account_id),
        trade=_trade(seat, order),
        unknown=UNKNOWN if order.state is OrderState.UNKNOWN else "",
        doubt=doubt_of(order, decision),
        wait=_WAITS[order.pending_op] if order.pending_op else "",
        family=[row_of(one) for one, _ in family],
        relations={one.id: relation for one, relation in family},
        fills=orders.fills_of(order.id),
        left=order.left,
        commission=order.commission,
        requests=requests_of(order.id),
        history=history_of(order.id, zone),
        numbers=_numbers(order),
        change=_form(change, fields) if row.can_change or change else None,
        fields=[(name, label) for name, label, _ in fields],
        may_trade=seat.may_trade,
    )


def _family(order: Order) -> list[tuple[Order, str]]:
    """Its parent, its exits and those beside it, what it replaced and what replaced it, each with how it belongs."""
    found: list[tuple[Order | None, str]] = [
        (orders.by_id(order.replaces_id) if order.replaces_id else None, "Replaced by this one"),
        (orders.successor_of(order.id), "Took its place"),
        (orders.by_id(order.parent_id) if order.parent_id else None, "It came with"),
        *((one, "Beside it") for one in (orders.legs_of(order.parent_id) if order.parent_id else ())),
        *((one, "Came with it") for one in orders.legs_of(order.id)),
    ]
    first: dict[UUID, tuple[Order, str]] = {}
    for one, relation in found:
        if one is not None and one.id != order.id:
            first.setdefault(one.id, (one, relation))
    return list(first.values())


def _trade(seat: Seat, order: Order) -> Trade | None:
    found = trades.trade_at([seat], order.trade_id) if order.trade_id else None
    return found[1] if found else None


def _numbers(order: Order) -> list[tuple[str, str]]:
    told = [
        ("Our id", order.client_order_id or ""),
        ("Its id there", order.broker_order_id or ""),
        ("The broker's word", order.raw_status),
        ("Code", order.error_code or ""),
    ]
    return [(label, value) for label, value in told if value]


def _form(change: Form | None, fields: Sequence[tuple[str, str, str]]) -> Form:
    return change or Form({name: value for name, _, value in fields})


def _changeable(order: Order) -> list[tuple[str, str, str]]:
    """The fields that a change may set: name, label, and what stands there now."""
    labels = {"quantity": "Quantity", "limit_price": "Limit", "stop_price": "Stop", "trail_amount": "Trail"}
    if order.filled_quantity or order.filled_before:
        del labels["quantity"]  # a partly filled order keeps it
    found = [(name, label, getattr(order, name)) for name, label in labels.items()]
    return [(name, label, as_typed(value)) for name, label, value in found if value is not None]
