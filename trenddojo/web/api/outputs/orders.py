"""Orders and reconciliations as the API answers them."""

from datetime import datetime
from typing import Any
from uuid import UUID

from trenddojo.domain.order_states import AttemptKind, AttemptOutcome, OrderRole, OrderState, PendingOp
from trenddojo.domain.orders import OrderClass, OrderType, TimeInForce
from trenddojo.domain.terms import Mode, Side
from trenddojo.services.orders.passes import Passed
from trenddojo.services.orders.reporting import Report
from trenddojo.store import orders
from trenddojo.store.models import Order
from trenddojo.web.api.outputs.base import Exact, Output


class OrderRow(Output):
    """An order through a broker. Prices are per unit in the instrument's currency.

    `state` is where it stands; `pending` what was asked of it and is not answered yet; `message` says in plain words
    what there is to know, such as that nobody knows yet whether the broker has it. `parent_id` names the order whose
    exit it is, `replaces_id` the one that it took the place of. `commission` is null until the broker has told all.
    """

    id: UUID
    account_id: UUID
    trade_id: UUID | None
    mode: Mode
    role: OrderRole
    symbol: str
    side: Side
    type: OrderType
    order_class: OrderClass
    time_in_force: TimeInForce
    extended_hours: bool
    quantity: Exact
    filled_quantity: Exact
    average_price: Exact | None
    commission: Exact | None
    limit_price: Exact | None
    stop_price: Exact | None
    trail_amount: Exact | None
    trail_percent: Exact | None
    state: OrderState
    pending: PendingOp | None
    raw_status: str
    code: str | None
    message: str
    client_order_id: str | None
    broker_order_id: str | None
    parent_id: UUID | None
    replaces_id: UUID | None
    is_held: bool
    created_at: datetime
    submitted_at: datetime | None
    ended_at: datetime | None

    @classmethod
    def fields_of(cls, order: Order) -> dict[str, Any]:
        """The fields of a row."""
        renamed = {"type": order.order_type, "pending": order.pending_op, "code": order.error_code}
        own = {name: getattr(order, name) for name in OrderRow.model_fields if hasattr(order, name)}
        return {**own, **renamed, "message": order.reason}

    @classmethod
    def of(cls, order: Order) -> "OrderRow":
        """An order of a list."""
        return cls(**cls.fields_of(order))


class OrderPage(Output):
    """Orders, newest first; `next` is the address of the page that follows, null at the end."""

    items: list[OrderRow]
    next: str | None


class AttemptOut(Output):
    """One request to the broker; without an outcome its answer is awaited."""

    number: int
    kind: AttemptKind
    at: datetime
    outcome: AttemptOutcome | None
    finished_at: datetime | None
    error_code: str | None
    message: str


class OrderEventOut(Output):
    """One thing that happened to an order, with what the broker said."""

    number: int
    at: datetime
    kind: str
    before: OrderState | None
    after: OrderState | None
    evidence: dict[str, Any]


class OrderFillOut(Output):
    """A fill of an order, by the broker's key. `fee_estimated`: the broker has not told its commission yet."""

    key: str
    at: datetime
    quantity: Exact
    price: Exact
    fee: Exact
    fee_estimated: bool
    trade_id: UUID


class OrderOut(OrderRow):
    """An order with its exits, the requests that were made, its fills, and all that happened to it."""

    legs: list[OrderRow]
    attempts: list[AttemptOut]
    fills: list[OrderFillOut]
    events: list[OrderEventOut]

    @classmethod
    def whole(cls, order: Order) -> "OrderOut":
        """An order with all its records."""
        return cls(
            **cls.fields_of(order),
            legs=[OrderRow.of(leg) for leg in orders.legs_of(order.id)],
            attempts=[AttemptOut.model_validate(one) for one in orders.attempts_of(order.id)],
            fills=[OrderFillOut.model_validate(one) for one in orders.fills_of(order.id)],
            events=[OrderEventOut.model_validate(one) for one in orders.events_of([order.id])],
        )


class PassOut(Output):
    """What asking a broker did: how many calls it took, and whether the books changed."""

    calls: int
    wrote: bool

    @classmethod
    def of(cls, passed: Passed) -> "PassOut":
        """A pass."""
        return cls(calls=passed.calls, wrote=passed.wrote)


class PositionLineOut(Output):
    """A symbol: what our fills add up to, what is held outside of them, what the broker holds, in units."""

    symbol: str
    ours: Exact
    outside: Exact
    theirs: Exact
    difference: Exact
    matches: bool
    since: datetime | None
    cause: str


class OrderLineOut(Output):
    """A live order, and whether the broker and we agree on it."""

    order: OrderRow
    matches: bool
    cause: str


class ProtectionLineOut(Output):
    """An open trade: units held, and units whose planned stop does not work at the broker."""

    trade_id: UUID
    symbol: str
    held: Exact
    missing: Exact
    matches: bool


class ReconciliationOut(Output):
    """Books and broker side by side, item by item, as the last pass found them."""

    account_id: UUID
    passed_at: datetime | None
    held_reason: str
    matches: int
    differences: int
    positions: list[PositionLineOut]
    orders: list[OrderLineOut]
    protection: list[ProtectionLineOut]

    @classmethod
    def of(cls, found: Report) -> "ReconciliationOut":
        """A report."""
        return cls(
            account_id=found.account_id,
            passed_at=found.passed_at,
            held_reason=found.held_reason,
            matches=found.matches,
            differences=found.differences,
            positions=[PositionLineOut.model_validate(line) for line in found.positions],
            orders=[
                OrderLineOut(order=OrderRow.of(one.order), matches=one.matches, cause=one.cause) for one in found.orders
            ],
            protection=[ProtectionLineOut.model_validate(line) for line in found.protection],
        )
