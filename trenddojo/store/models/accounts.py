"""Trading accounts: who may see them, their limits, their cash, their instruments' last prices, and their days."""

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID, uuid4

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column

from trenddojo.domain.terms import (
    MANUAL,
    AccountType,
    AssetType,
    CashKind,
    MemberRole,
    Mode,
    OptionRight,
    SizingMethod,
)
from trenddojo.store.areas import Area
from trenddojo.store.database import Base
from trenddojo.store.types import Price, Quantity, Rate, Ratio, words


class Account(Base):
    """A trading account. Its time zone decides what a day is.

    Broker, mode and type are fixed from birth, by a trigger; owner, broker and mode are its connection's, by the key
    that ties them. A manual account has neither mode nor connection.

    `balance`, `equity` and `open_trades` are recomputed with the account's days after every change.
    `has_splits` says whether any was ever recorded, so that others ask for none.
    `leverage` multiplies equity into buying power; 1 is none. `risk_free_rate` is in percent a year.
    """

    __tablename__ = "accounts"
    __audit__ = Area.ACCOUNTS
    __table_args__ = (
        CheckConstraint("(broker = 'manual') = (account_type = 'tracking')", name="manual_is_tracking"),
        CheckConstraint("(mode IS NULL) = (broker = 'manual')", name="mode_of_a_broker"),
        CheckConstraint("mode IS NULL OR (mode = 'live') = (account_type = 'live')", name="live_is_live"),
        CheckConstraint(
            "(connection_id IS NULL) = (mode IS NULL) AND (broker_account_id IS NULL) = (mode IS NULL)",
            name="connected_with_its_mode",
        ),
        ForeignKeyConstraint(
            ["connection_id", "owner_id", "broker", "mode"],
            ["broker_connections.id", "broker_connections.user_id", "broker_connections.broker",
             "broker_connections.mode"],
        ),
        UniqueConstraint("connection_id", "broker_account_id"),
        Index("uq_accounts_mode", "id", "mode", unique=True),  # what ties an order to its account's mode
    )  # fmt: skip

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    owner_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"), index=True)
    name: Mapped[str]
    broker: Mapped[str] = mapped_column(default=MANUAL)
    account_type: Mapped[AccountType] = mapped_column(words(AccountType), default=AccountType.TRACKING)
    mode: Mapped[Mode | None] = mapped_column(words(Mode))
    connection_id: Mapped[UUID | None]
    broker_account_id: Mapped[str | None]
    base_currency: Mapped[str]
    time_zone: Mapped[str]
    opened_on: Mapped[date]
    starting_balance: Mapped[Decimal]
    fee_per_unit: Mapped[Decimal] = mapped_column(Price, default=Decimal(0))
    fee_per_order: Mapped[Decimal] = mapped_column(Price, default=Decimal(0))
    leverage: Mapped[Decimal] = mapped_column(default=Decimal(1))
    breakeven_band: Mapped[Decimal] = mapped_column(default=Decimal(0))
    risk_free_rate: Mapped[Decimal] = mapped_column(default=Decimal(0), server_default="0")
    balance: Mapped[Decimal] = mapped_column(info={"audit": "skip"})
    equity: Mapped[Decimal] = mapped_column(info={"audit": "skip"})
    open_trades: Mapped[int] = mapped_column(default=0, info={"audit": "skip"})
    has_splits: Mapped[bool] = mapped_column(default=False, server_default=false(), info={"audit": "skip"})
    created_at: Mapped[datetime]
    archived_at: Mapped[datetime | None]


class AccountMember(Base):
    """Somebody else who may see, or also trade, an account."""

    __tablename__ = "account_members"
    __audit__ = Area.ACCOUNTS

    account_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True, index=True)
    role: Mapped[MemberRole] = mapped_column(words(MemberRole))


class RiskSettings(Base):
    """An account's limits, field by field those of `domain.risk.RiskLimits`: percentages are percent points."""

    __tablename__ = "risk_settings"
    __audit__ = Area.RISK

    account_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True)
    max_risk_per_trade: Mapped[Decimal] = mapped_column(default=Decimal(1))
    max_risk_per_day: Mapped[Decimal] = mapped_column(default=Decimal(3))
    max_risk_per_week: Mapped[Decimal] = mapped_column(default=Decimal(6))
    daily_loss_limit: Mapped[Decimal] = mapped_column(default=Decimal(2))
    max_position_value: Mapped[Decimal] = mapped_column(default=Decimal(30))
    max_open_positions: Mapped[int] = mapped_column(default=5)
    max_correlated_positions: Mapped[int] = mapped_column(default=3)
    max_sector_positions: Mapped[int] = mapped_column(default=3)
    sizing_method: Mapped[SizingMethod] = mapped_column(words(SizingMethod), default=SizingMethod.FIXED_RISK)
    fixed_units: Mapped[Decimal | None] = mapped_column(Quantity)
    halve_after_losses: Mapped[int] = mapped_column(default=3)


class CashMovement(Base):
    """Cash that moved apart from trades.

    `amount` is positive for deposits and withdrawals, whose kind says the way, and for fees that were paid; a refunded
    fee is negative, and so are interest and dividends that had to be paid. `import_id` is the statement that brought
    it, and `key` its name there.
    """

    __tablename__ = "cash_movements"
    __audit__ = Area.ACCOUNTS
    __table_args__ = (
        Index(None, "account_id", "on", "id"),
        Index("uq_cash_movements_key", "account_id", "key", unique=True),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"))
    on: Mapped[date]
    kind: Mapped[CashKind] = mapped_column(words(CashKind))
    amount: Mapped[Decimal]
    note: Mapped[str] = mapped_column(default="")
    import_id: Mapped[UUID | None] = mapped_column(ForeignKey("imports.id"), index=True)
    key: Mapped[str | None]
    created_by: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    created_at: Mapped[datetime]
    deleted_at: Mapped[datetime | None]


class Instrument(Base):
    """What is traded. `identity` spells all its terms, so that each exists once."""

    __tablename__ = "instruments"
    __audit__ = Area.TRADING

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    identity: Mapped[str] = mapped_column(unique=True)
    symbol: Mapped[str] = mapped_column(index=True)
    name: Mapped[str] = mapped_column(default="")
    asset_type: Mapped[AssetType] = mapped_column(words(AssetType))
    currency: Mapped[str]
    exchange: Mapped[str] = mapped_column(default="")
    multiplier: Mapped[Decimal] = mapped_column(Price, default=Decimal(1))
    lot: Mapped[Decimal] = mapped_column(Quantity, default=Decimal(1))
    tick: Mapped[Decimal | None] = mapped_column(Price)
    expiry: Mapped[date | None]
    strike: Mapped[Decimal | None] = mapped_column(Price)
    right: Mapped[OptionRight | None] = mapped_column(words(OptionRight))


class Mark(Base):
    """A price that a person typed for an instrument on an account, with the FX rate to the base currency then."""

    __tablename__ = "marks"
    __audit__ = Area.TRADING
    __table_args__ = (Index(None, "account_id", "instrument_id", "at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"))
    instrument_id: Mapped[UUID] = mapped_column(ForeignKey("instruments.id"))
    at: Mapped[datetime]
    price: Mapped[Decimal] = mapped_column(Price)
    fx: Mapped[Decimal] = mapped_column(Rate, default=Decimal(1))
    created_by: Mapped[UUID] = mapped_column(ForeignKey("users.id"))


class Setup(Base):
    """A strategy or setup that an account trades."""

    __tablename__ = "setups"
    __audit__ = Area.TRADING
    __table_args__ = (UniqueConstraint("account_id", "name"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"))
    name: Mapped[str]


class Tag(Base):
    """A label that an account's trades may carry."""

    __tablename__ = "tags"
    __audit__ = Area.TRADING
    __table_args__ = (UniqueConstraint("account_id", "name"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"))
    name: Mapped[str]


class Sector(Base):
    """The sector of a symbol as one account sees it, of the shares and of every contract on them."""

    __tablename__ = "sectors"
    __audit__ = Area.TRADING
    __table_args__ = (UniqueConstraint("account_id", "symbol"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"))
    symbol: Mapped[str]
    name: Mapped[str]


class ChecklistItem(Base):
    """A question that a plan answers before it is saved; `setup` empty asks it for every setup."""

    __tablename__ = "checklist_items"
    __audit__ = Area.ACCOUNTS
    __table_args__ = (Index(None, "account_id", "position"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"))
    text: Mapped[str]
    required: Mapped[bool]
    position: Mapped[int]
    archived_at: Mapped[datetime | None]


class AccountDay(Base):
    """What one local date of an account brought, recomputed from its trades and cash whenever one of them changes.

    Equity at the end of a day = starting balance + sum of deposits - withdrawals + other + booked + open_change up to
    it; gross position value and open trades are such sums of `gross_change`, and of `opened` less those closed. The
    counts and sums are a `domain.statistics.Tally` of the trades whose last exit fell on the date.
    """

    __tablename__ = "account_days"
    __audit__ = None

    account_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True)
    on: Mapped[date] = mapped_column(primary_key=True)
    deposits: Mapped[Decimal] = mapped_column(default=Decimal(0))
    withdrawals: Mapped[Decimal] = mapped_column(default=Decimal(0))
    other: Mapped[Decimal] = mapped_column(default=Decimal(0))
    booked: Mapped[Decimal] = mapped_column(default=Decimal(0))
    open_change: Mapped[Decimal] = mapped_column(default=Decimal(0))
    gross_change: Mapped[Decimal] = mapped_column(default=Decimal(0), server_default="0")
    traded: Mapped[Decimal] = mapped_column(default=Decimal(0), server_default="0")
    opened: Mapped[int] = mapped_column(default=0, server_default="0")
    wins: Mapped[int] = mapped_column(default=0)
    losses: Mapped[int] = mapped_column(default=0)
    breakevens: Mapped[int] = mapped_column(default=0)
    won: Mapped[Decimal] = mapped_column(default=Decimal(0))
    lost: Mapped[Decimal] = mapped_column(default=Decimal(0))
    net: Mapped[Decimal] = mapped_column(default=Decimal(0))
    largest_win: Mapped[Decimal | None]
    largest_loss: Mapped[Decimal | None]
    with_r: Mapped[int] = mapped_column(default=0)
    wins_r: Mapped[int] = mapped_column(default=0)
    losses_r: Mapped[int] = mapped_column(default=0)
    won_r: Mapped[Decimal] = mapped_column(Ratio, default=Decimal(0))
    lost_r: Mapped[Decimal] = mapped_column(Ratio, default=Decimal(0))
    sum_r: Mapped[Decimal] = mapped_column(Ratio, default=Decimal(0))
    sum_r2: Mapped[Decimal] = mapped_column(Ratio, default=Decimal(0))
    best_r: Mapped[Decimal | None] = mapped_column(Ratio)
    worst_r: Mapped[Decimal | None] = mapped_column(Ratio)
