"""Trades: the plan, its legs and stops, the executions, what people wrote, and what follows from all of it."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, UniqueConstraint, false, text
from sqlalchemy.orm import Mapped, mapped_column

from trenddojo.domain.order_states import SyncStatus
from trenddojo.domain.terms import Direction, ExitReason, MediaType, NoteKind, Side, TradeStatus
from trenddojo.store.areas import Area
from trenddojo.store.database import Base
from trenddojo.store.types import Price, Quantity, Rate, Ratio, words

DERIVED = {"audit": "skip"}
"""Marks a column that follows from the records: it is recomputed, and no act of anybody's."""


class Trade(Base):
    """A trader's idea and its life, from flat to flat in one account and instrument.

    The columns under "Outcome" are recomputed from executions, stops and marks after every change, never incremented.
    Money is in the account's base currency; `average_entry` and `average_exit` are for show only. `mae` and `mfe` are
    in the instrument's currency, and recomputed when bars arrive too. `review` says why a person should look at a trade
    that nobody planned so. `import_id` is the statement that made it, if one did.
    """

    __tablename__ = "trades"
    __audit__ = Area.TRADING
    __table_args__ = (
        # One index for each order that the list offers, newest first, with the id to break ties (keyset paging).
        Index("ix_trades_listed", "account_id", "sort_at", "id"),
        Index("ix_trades_status", "account_id", "status", "sort_at", "id"),
        Index("ix_trades_setup", "account_id", "setup", "sort_at", "id"),
        Index("ix_trades_closed", "account_id", "closed_at", "id"),
        Index("ix_trades_closed_on", "account_id", "closed_on"),
        # What was open on a day, read from the index alone.
        Index("ix_trades_held", "account_id", "opened_at", "closed_at"),
        Index("ix_trades_symbol", "account_id", "symbol", "id"),
        Index("ix_trades_pnl", "account_id", "pnl", "id"),
        Index("ix_trades_r", "account_id", "r", "id"),
        # At most one open trade per account and instrument (rule 7).
        Index(
            "uq_trades_open",
            "account_id",
            "instrument_id",
            unique=True,
            sqlite_where=text("status = 'active' AND deleted_at IS NULL"),
            postgresql_where=text("status = 'active' AND deleted_at IS NULL"),
        ),
        CheckConstraint("setup_quality BETWEEN 1 AND 5", name="quality"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"))
    instrument_id: Mapped[UUID] = mapped_column(ForeignKey("instruments.id"), index=True)
    symbol: Mapped[str]
    direction: Mapped[Direction] = mapped_column(words(Direction))
    status: Mapped[TradeStatus] = mapped_column(words(TradeStatus), default=TradeStatus.PLANNING)

    # Plan
    planned_entry: Mapped[Decimal] = mapped_column(Price)
    planned_stop: Mapped[Decimal | None] = mapped_column(Price)
    planned_quantity: Mapped[Decimal] = mapped_column(Quantity)
    target_1: Mapped[Decimal | None] = mapped_column(Price)
    target_2: Mapped[Decimal | None] = mapped_column(Price)
    risk_percent: Mapped[Decimal | None]
    fx: Mapped[Decimal] = mapped_column(Rate, default=Decimal(1))
    initial_margin: Mapped[Decimal | None] = mapped_column(Price)
    bound_by: Mapped[str] = mapped_column(default="")
    label: Mapped[str] = mapped_column(default="")
    setup: Mapped[str] = mapped_column(default="")
    setup_quality: Mapped[int | None]
    market_condition: Mapped[str] = mapped_column(default="")
    timeframe: Mapped[str] = mapped_column(default="")
    correlation_group: Mapped[str] = mapped_column(default="")
    tags: Mapped[list[str]] = mapped_column(JSON, default=list)
    planned_at: Mapped[datetime]
    created_by: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    deleted_at: Mapped[datetime | None]
    review: Mapped[str] = mapped_column(default="", server_default="")
    import_id: Mapped[UUID | None] = mapped_column(ForeignKey("imports.id"), index=True)

    # What its broker says of it, from its orders
    broker_order_id: Mapped[str | None] = mapped_column(info=DERIVED)
    broker_sync_status: Mapped[SyncStatus | None] = mapped_column(words(SyncStatus), info=DERIVED)
    broker_fill_price: Mapped[Decimal | None] = mapped_column(Price, info=DERIVED)
    broker_commission: Mapped[Decimal | None] = mapped_column(Price, info=DERIVED)

    # Outcome
    sort_at: Mapped[datetime] = mapped_column(info=DERIVED)
    opened_at: Mapped[datetime | None] = mapped_column(info=DERIVED)
    closed_at: Mapped[datetime | None] = mapped_column(info=DERIVED)
    closed_on: Mapped[date | None] = mapped_column(info=DERIVED)
    quantity: Mapped[Decimal] = mapped_column(Quantity, default=Decimal(0), info=DERIVED)
    entered_quantity: Mapped[Decimal] = mapped_column(Quantity, default=Decimal(0), info=DERIVED)
    average_entry: Mapped[Decimal | None] = mapped_column(Price, info=DERIVED)
    average_exit: Mapped[Decimal | None] = mapped_column(Price, info=DERIVED)
    exit_reason: Mapped[ExitReason | None] = mapped_column(words(ExitReason), info=DERIVED)
    stop: Mapped[Decimal | None] = mapped_column(Price, info=DERIVED)
    last_price: Mapped[Decimal | None] = mapped_column(Price, info=DERIVED)
    last_price_at: Mapped[datetime | None] = mapped_column(info=DERIVED)
    last_fx: Mapped[Decimal | None] = mapped_column(Rate, info=DERIVED)
    initial_risk: Mapped[Decimal | None] = mapped_column(info=DERIVED)
    realised: Mapped[Decimal] = mapped_column(default=Decimal(0), info=DERIVED)
    open_pnl: Mapped[Decimal] = mapped_column(default=Decimal(0), info=DERIVED)
    pnl: Mapped[Decimal | None] = mapped_column(info=DERIVED)
    pnl_percent: Mapped[Decimal | None] = mapped_column(info=DERIVED)
    r: Mapped[Decimal | None] = mapped_column(Ratio, info=DERIVED)
    stop_outcome: Mapped[Decimal | None] = mapped_column(info=DERIVED)
    unprotected: Mapped[Decimal] = mapped_column(Quantity, default=Decimal(0), info=DERIVED)
    position_value: Mapped[Decimal] = mapped_column(default=Decimal(0), info=DERIVED)
    fees: Mapped[Decimal] = mapped_column(default=Decimal(0), info=DERIVED)
    mae: Mapped[Decimal | None] = mapped_column(info=DERIVED)
    mfe: Mapped[Decimal | None] = mapped_column(info=DERIVED)
    mae_r: Mapped[Decimal | None] = mapped_column(Ratio, info=DERIVED)
    mfe_r: Mapped[Decimal | None] = mapped_column(Ratio, info=DERIVED)


class Leg(Base):
    """One add of a trade, with its own plan and stop. `stop` is the one in force now."""

    __tablename__ = "legs"
    __audit__ = Area.TRADING
    __table_args__ = (UniqueConstraint("trade_id", "number"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    trade_id: Mapped[UUID] = mapped_column(ForeignKey("trades.id", ondelete="CASCADE"))
    number: Mapped[int]
    planned_entry: Mapped[Decimal] = mapped_column(Price)
    planned_quantity: Mapped[Decimal] = mapped_column(Quantity)
    stop: Mapped[Decimal | None] = mapped_column(Price)
    created_at: Mapped[datetime]


class Execution(Base):
    """One fill. `key` is the broker's execution key, or the form's own on manual accounts; unique by account.

    `fee` is in the instrument's currency, negative for a rebate. `stop` is its leg's stop in force when it filled.
    `order_id` is the order that it filled, `import_id` the statement that brought it. Of the fills that share a
    `root_id`, the one with the highest `revision` is the broker's last word, and the others are deleted.
    """

    __tablename__ = "executions"
    __audit__ = Area.TRADING
    __table_args__ = (
        UniqueConstraint("account_id", "key"),
        Index(None, "trade_id", "at"),
        Index(None, "account_id", "at", "id"),
        Index(None, "account_id", "root_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"))
    trade_id: Mapped[UUID] = mapped_column(ForeignKey("trades.id", ondelete="CASCADE"))
    key: Mapped[str]
    at: Mapped[datetime]
    sequence: Mapped[int] = mapped_column(default=0)
    side: Mapped[Side] = mapped_column(words(Side))
    quantity: Mapped[Decimal] = mapped_column(Quantity)
    price: Mapped[Decimal] = mapped_column(Price)
    fee: Mapped[Decimal] = mapped_column(Price, default=Decimal(0))
    fee_estimated: Mapped[bool] = mapped_column(default=False)
    fx: Mapped[Decimal] = mapped_column(Rate, default=Decimal(1))
    leg: Mapped[int | None]
    stop: Mapped[Decimal | None] = mapped_column(Price)
    exit_reason: Mapped[ExitReason | None] = mapped_column(words(ExitReason))
    order_id: Mapped[UUID | None] = mapped_column(ForeignKey("orders.id"), index=True)
    import_id: Mapped[UUID | None] = mapped_column(ForeignKey("imports.id"), index=True)
    root_id: Mapped[str | None]
    revision: Mapped[int] = mapped_column(default=0, server_default="0")
    created_by: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    created_at: Mapped[datetime]
    deleted_at: Mapped[datetime | None]


class TradeStop(Base):
    """One change of a leg's stop; the first of a leg has no `old`. `reason` is required when it loosens.

    `is_assumed`: nobody placed it; a rule made it up for a trade from history, and `reason` says which.
    """

    __tablename__ = "trade_stops"
    __audit__ = Area.TRADING
    __table_args__ = (Index(None, "trade_id", "at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    trade_id: Mapped[UUID] = mapped_column(ForeignKey("trades.id", ondelete="CASCADE"))
    leg: Mapped[int]
    at: Mapped[datetime]
    old: Mapped[Decimal | None] = mapped_column(Price)
    new: Mapped[Decimal] = mapped_column(Price)
    reason: Mapped[str] = mapped_column(default="")
    is_override: Mapped[bool] = mapped_column(default=False)
    is_assumed: Mapped[bool] = mapped_column(default=False, server_default=false())
    created_by: Mapped[UUID] = mapped_column(ForeignKey("users.id"))


class TradeNote(Base):
    """What a person wrote about a trade."""

    __tablename__ = "trade_notes"
    __audit__ = Area.TRADING
    __table_args__ = (Index(None, "trade_id", "at"), Index(None, "at", "id"))

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    trade_id: Mapped[UUID] = mapped_column(ForeignKey("trades.id", ondelete="CASCADE"))
    kind: Mapped[NoteKind] = mapped_column(words(NoteKind))
    body: Mapped[str]
    at: Mapped[datetime]
    created_by: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    deleted_at: Mapped[datetime | None]


class JournalNote(Base):
    """A free note about one day of an account."""

    __tablename__ = "journal_notes"
    __audit__ = Area.TRADING
    __table_args__ = (
        Index(None, "account_id", "on", "id"),
        Index("ix_journal_notes_written", "account_id", "created_at", "id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"))
    on: Mapped[date]
    body: Mapped[str]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    created_by: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    deleted_at: Mapped[datetime | None]


class Attachment(Base):
    """A picture of a trade, or of one day of an account: either `trade_id` or `on` says of which.

    The file lies in the attachments folder under the row's id. `name` is what its file was called where it came from,
    `size` its bytes as kept, and `sha256` their digest in hex.
    """

    __tablename__ = "attachments"
    __audit__ = Area.TRADING
    __table_args__ = (
        CheckConstraint('(trade_id IS NULL) <> ("on" IS NULL)', name="of_trade_or_day"),
        Index(None, "trade_id", "created_at"),
        Index(None, "account_id", "on"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"))
    trade_id: Mapped[UUID | None] = mapped_column(ForeignKey("trades.id", ondelete="CASCADE"))
    on: Mapped[date | None]
    name: Mapped[str]
    media_type: Mapped[MediaType] = mapped_column(words(MediaType))
    size: Mapped[int]
    width: Mapped[int]
    height: Mapped[int]
    sha256: Mapped[str]
    created_by: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    created_at: Mapped[datetime]
    deleted_at: Mapped[datetime | None]


class TradeTag(Base):
    """Which trades carry which tag; `trades.tags` repeats the names in order for the list."""

    __tablename__ = "trade_tags"
    __audit__ = None

    trade_id: Mapped[UUID] = mapped_column(ForeignKey("trades.id", ondelete="CASCADE"), primary_key=True)
    tag_id: Mapped[UUID] = mapped_column(ForeignKey("tags.id", ondelete="CASCADE"), primary_key=True, index=True)


class ChecklistResponse(Base):
    """The answer to one checklist item on one plan, with the item's text as it stood then."""

    __tablename__ = "checklist_responses"
    __audit__ = Area.TRADING

    trade_id: Mapped[UUID] = mapped_column(ForeignKey("trades.id", ondelete="CASCADE"), primary_key=True)
    item_id: Mapped[UUID] = mapped_column(ForeignKey("checklist_items.id"), primary_key=True)
    text: Mapped[str]
    required: Mapped[bool]
    checked: Mapped[bool]


class TradeEvent(Base):
    """A change of a trade's plan or records that no other table tells: what was before, and what is now."""

    __tablename__ = "trade_events"
    __audit__ = None
    __table_args__ = (Index(None, "trade_id", "at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    trade_id: Mapped[UUID] = mapped_column(ForeignKey("trades.id", ondelete="CASCADE"))
    at: Mapped[datetime]
    kind: Mapped[str]
    detail: Mapped[dict[str, Any]] = mapped_column(JSON)
    created_by: Mapped[UUID] = mapped_column(ForeignKey("users.id"))


class TradeDayRow(Base):
    """What one trade did to one local date of its account (see `domain.equity.TradeDay`)."""

    __tablename__ = "trade_days"
    __audit__ = None
    __table_args__ = (Index(None, "account_id", "on"),)

    trade_id: Mapped[UUID] = mapped_column(ForeignKey("trades.id", ondelete="CASCADE"), primary_key=True)
    on: Mapped[date] = mapped_column(primary_key=True)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"))
    booked: Mapped[Decimal]
    open_change: Mapped[Decimal]
    gross_change: Mapped[Decimal] = mapped_column(default=Decimal(0), server_default="0")
    traded: Mapped[Decimal] = mapped_column(default=Decimal(0), server_default="0")
    opened: Mapped[int] = mapped_column(default=0, server_default="0")
