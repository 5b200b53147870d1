"""Orders through brokers: what was asked, each request made, all that was heard, and how the books compare."""

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import JSON, ForeignKey, ForeignKeyConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from trenddojo.domain.order_states import AttemptKind, AttemptOutcome, OrderRole, OrderState, PendingOp
from trenddojo.domain.orders import OrderClass, OrderType, TimeInForce
from trenddojo.domain.terms import ExitReason, Mode, Side
from trenddojo.store.areas import Area
from trenddojo.store.database import Base
from trenddojo.store.models.trades import DERIVED
from trenddojo.store.types import Price, Quantity, words

ASKED = "needs_legs OR broker_filled > filled_quantity + filled_before"
"""Which orders the broker is asked about beside the live ones: their exits, or some of their fills, are not known."""


class Order(Base):
    """One instruction to one broker account. Account and mode are fixed from birth, by a trigger.

    `key` is the request that made it, `client_order_id` our id at the broker. `parent_id` names the order whose exit
    this is, `replaces_id` the one that it took the place of. `exit_stop` and `exit_target` are the exits sent with it.
    `request_hash` is `domain.orders.fingerprint` of what was sent.

    `filled_quantity`, `average_price` and `commission` are recomputed from executions; `broker_filled` is what the
    broker says, `filled_before` what had filled before this account was followed. `is_held`: it sleeps until its entry
    has filled. `needs_legs`: the broker has it, and its exits are not known yet. `was_awake`: it has worked once.

    `version` rises with every change, and a change of a row that somebody else changed meanwhile is refused.
    """

    __tablename__ = "orders"
    __audit__ = Area.TRADING
    __table_args__ = (
        ForeignKeyConstraint(["account_id", "mode"], ["accounts.id", "accounts.mode"]),
        UniqueConstraint("account_id", "key"),
        UniqueConstraint("account_id", "client_order_id"),
        UniqueConstraint("account_id", "broker_order_id"),
        Index("ix_orders_listed", "account_id", "created_at", "id"),
        Index("ix_orders_state", "account_id", "state", "created_at", "id"),
        Index(None, "trade_id", "created_at"),
        Index(None, "parent_id"),
        Index(None, "replaces_id"),
        Index("ix_orders_asked", "account_id", sqlite_where=text(ASKED), postgresql_where=text(ASKED)),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    account_id: Mapped[UUID]
    mode: Mapped[Mode] = mapped_column(words(Mode))
    trade_id: Mapped[UUID | None] = mapped_column(ForeignKey("trades.id", ondelete="CASCADE"))
    leg: Mapped[int | None]
    role: Mapped[OrderRole] = mapped_column(words(OrderRole))
    key: Mapped[UUID]
    client_order_id: Mapped[str | None]
    broker_order_id: Mapped[str | None]
    parent_id: Mapped[UUID | None] = mapped_column(ForeignKey("orders.id"))
    replaces_id: Mapped[UUID | None] = mapped_column(ForeignKey("orders.id"))
    symbol: Mapped[str]
    side: Mapped[Side] = mapped_column(words(Side))
    order_type: Mapped[OrderType] = mapped_column(words(OrderType))
    order_class: Mapped[OrderClass] = mapped_column(words(OrderClass))
    time_in_force: Mapped[TimeInForce] = mapped_column(words(TimeInForce))
    extended_hours: Mapped[bool] = mapped_column(default=False)
    quantity: Mapped[Decimal] = mapped_column(Quantity)
    limit_price: Mapped[Decimal | None] = mapped_column(Price)
    stop_price: Mapped[Decimal | None] = mapped_column(Price)
    trail_amount: Mapped[Decimal | None] = mapped_column(Price)
    trail_percent: Mapped[Decimal | None] = mapped_column(Price)
    exit_stop: Mapped[Decimal | None] = mapped_column(Price)
    exit_target: Mapped[Decimal | None] = mapped_column(Price)
    keeps_exits: Mapped[bool] = mapped_column(default=False)
    exit_reason: Mapped[ExitReason | None] = mapped_column(words(ExitReason))
    request_hash: Mapped[str]
    state: Mapped[OrderState] = mapped_column(words(OrderState))
    pending_op: Mapped[PendingOp | None] = mapped_column(words(PendingOp))
    filled_quantity: Mapped[Decimal] = mapped_column(Quantity, default=Decimal(0), info=DERIVED)
    filled_before: Mapped[Decimal] = mapped_column(Quantity, default=Decimal(0), info=DERIVED)
    broker_filled: Mapped[Decimal] = mapped_column(Quantity, default=Decimal(0), info=DERIVED)
    average_price: Mapped[Decimal | None] = mapped_column(Price, info=DERIVED)
    commission: Mapped[Decimal | None] = mapped_column(Price, info=DERIVED)
    raw_status: Mapped[str] = mapped_column(default="", info=DERIVED)
    is_held: Mapped[bool] = mapped_column(default=False, info=DERIVED)
    was_awake: Mapped[bool] = mapped_column(default=False, info=DERIVED)
    needs_legs: Mapped[bool] = mapped_column(default=False, info=DERIVED)
    error_code: Mapped[str | None]
    reason: Mapped[str] = mapped_column(default="")
    created_by: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    created_at: Mapped[datetime]
    send_until: Mapped[datetime | None] = mapped_column(info=DERIVED)
    claimed_at: Mapped[datetime | None] = mapped_column(info=DERIVED)
    claimed_token: Mapped[int | None] = mapped_column(info=DERIVED)
    submitted_at: Mapped[datetime | None] = mapped_column(info=DERIVED)
    ended_at: Mapped[datetime | None] = mapped_column(info=DERIVED)
    withdrawn_at: Mapped[datetime | None] = mapped_column(info=DERIVED)
    broker_updated_at: Mapped[datetime | None] = mapped_column(info=DERIVED)
    missing_since: Mapped[datetime | None] = mapped_column(info=DERIVED)
    events: Mapped[int] = mapped_column(default=0, info=DERIVED)
    version: Mapped[int] = mapped_column(info=DERIVED)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy's own form

    @property
    def left(self) -> Decimal:
        """What has not filled."""
        return max(Decimal(0), self.quantity - self.filled_quantity - self.filled_before)

    @property
    def lacks_fills(self) -> bool:
        """Whether the broker tells of more fills than are booked."""
        return self.broker_filled > self.filled_quantity + self.filled_before


class OrderAttempt(Base):
    """One request to a broker about an order, written down before it is made. Of a submit, exactly one POST.

    `changes` are the fields of a replace, as text; `token` is the fencing token of the process that made it.
    """

    __tablename__ = "order_attempts"
    __audit__ = None
    __table_args__ = (UniqueConstraint("order_id", "number"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    order_id: Mapped[UUID] = mapped_column(ForeignKey("orders.id", ondelete="CASCADE"))
    number: Mapped[int]
    kind: Mapped[AttemptKind] = mapped_column(words(AttemptKind))
    at: Mapped[datetime]
    token: Mapped[int]
    client_order_id: Mapped[str | None]
    changes: Mapped[dict[str, Any]] = mapped_column(JSON)
    by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))
    outcome: Mapped[AttemptOutcome | None] = mapped_column(words(AttemptOutcome))
    finished_at: Mapped[datetime | None]
    error_code: Mapped[str | None]
    message: Mapped[str] = mapped_column(default="")


class OrderEvent(Base):
    """One thing that happened to an order, with what the broker said, redacted. Append-only by triggers."""

    __tablename__ = "order_events"
    __audit__ = None

    order_id: Mapped[UUID] = mapped_column(ForeignKey("orders.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    kind: Mapped[str]
    before: Mapped[OrderState | None] = mapped_column(words(OrderState, "before"))
    after: Mapped[OrderState | None] = mapped_column(words(OrderState, "after"))
    evidence: Mapped[dict[str, Any]] = mapped_column(JSON)
    by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))


class AccountSync(Base):
    """How far an account has been followed at its broker.

    `opened_token` is the fencing token under which a complete pass has succeeded: only that process may place orders.
    `cursor` is where fills are asked for next. `held_at` and `held_reason`: no new risk until a person has looked.
    """

    __tablename__ = "account_syncs"
    __audit__ = Area.TRADING

    account_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True)
    first_pass_at: Mapped[datetime] = mapped_column(info=DERIVED)
    opened_token: Mapped[int] = mapped_column(info=DERIVED)
    cursor: Mapped[str | None] = mapped_column(info=DERIVED)
    held_at: Mapped[datetime | None] = mapped_column(info=DERIVED)
    held_reason: Mapped[str] = mapped_column(default="")


class PositionCheck(Base):
    """A symbol whose position at the broker is not what our executions add up to.

    `outside` is what the account held before it was followed, or what a person has accepted since. `difference` is the
    broker's quantity less ours and that, seen in `passes` complete passes without a fill, since `since`.
    """

    __tablename__ = "position_checks"
    __audit__ = Area.TRADING

    account_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True)
    symbol: Mapped[str] = mapped_column(primary_key=True)
    outside: Mapped[Decimal] = mapped_column(Quantity, default=Decimal(0))
    difference: Mapped[Decimal] = mapped_column(Quantity, default=Decimal(0), info=DERIVED)
    passes: Mapped[int] = mapped_column(default=0, info=DERIVED)
    since: Mapped[datetime | None] = mapped_column(info=DERIVED)
