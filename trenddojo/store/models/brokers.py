"""Broker connections, their encrypted credentials, what was last seen of them, and the simulated exchange's memory."""

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import JSON, BigInteger, CheckConstraint, ForeignKey, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from trenddojo.domain.terms import AssetType, Mode
from trenddojo.store.areas import Area
from trenddojo.store.database import Base
from trenddojo.store.types import Price, Quantity, words


class ConnectionState(StrEnum):
    """How a connection stood when it was last looked at."""

    CONNECTING = "connecting"
    CONNECTED = "connected"
    UNHEALTHY = "unhealthy"
    DOWN = "down"
    SIGN_IN_DUE = "sign_in_due"
    DISCONNECTED = "disconnected"


class BrokerConnection(Base):
    """A person's connection to a broker. Broker, mode and person are fixed from birth, by a trigger.

    `settings` are the fields that are no secret. `error` is a sentence for a person, `error_code` one of the brokers'
    codes; `state_since`, `checked_at` and `next_try_at` tell what the monitor did; `last_sync` is the last complete
    snapshot of every account. A connection that its owner ended has `is_active` false and no credentials.
    """

    __tablename__ = "broker_connections"
    __audit__ = Area.BROKERS
    __table_args__ = (
        UniqueConstraint("id", "user_id", "broker", "mode"),
        UniqueConstraint("user_id", "broker", "mode", "name"),
        CheckConstraint("is_paper = (mode <> 'live')", name="paper_unless_live"),
        CheckConstraint("broker <> 'simulated' OR mode = 'mock'", name="simulated_is_mock"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    broker: Mapped[str]
    mode: Mapped[Mode] = mapped_column(words(Mode))
    name: Mapped[str]
    is_paper: Mapped[bool]
    is_active: Mapped[bool] = mapped_column(default=True)
    settings: Mapped[dict[str, Any]] = mapped_column(JSON)
    state: Mapped[ConnectionState] = mapped_column(words(ConnectionState), info={"audit": "skip"})
    state_since: Mapped[datetime] = mapped_column(info={"audit": "skip"})
    error_code: Mapped[str | None] = mapped_column(info={"audit": "skip"})
    error: Mapped[str | None] = mapped_column(info={"audit": "skip"})
    checked_at: Mapped[datetime | None] = mapped_column(info={"audit": "skip"})
    next_try_at: Mapped[datetime | None] = mapped_column(info={"audit": "skip"})
    last_sync: Mapped[datetime | None] = mapped_column(info={"audit": "skip"})
    created_at: Mapped[datetime]


class BrokerCredential(Base):
    """A connection's secrets, AES-256-GCM; key by scrypt from the master key named by `key_id` with `salt`.

    Person, broker, connection and mode are bound as associated data, so that a record opens nowhere else.
    """

    __tablename__ = "broker_credentials"
    __audit__ = Area.BROKERS

    connection_id: Mapped[UUID] = mapped_column(
        ForeignKey("broker_connections.id", ondelete="CASCADE"), primary_key=True
    )
    version: Mapped[int]
    key_id: Mapped[str]
    salt: Mapped[bytes] = mapped_column(LargeBinary, info={"audit": "secret"})
    nonce: Mapped[bytes] = mapped_column(LargeBinary, info={"audit": "secret"})
    ciphertext: Mapped[bytes] = mapped_column(LargeBinary, info={"audit": "secret"})
    updated_at: Mapped[datetime]


class AccountSnapshot(Base):
    """What a broker last said of an account, complete. `working_orders` are its open orders as shown.

    After a question that failed, the figures stay and `failed_at` and `error` say so.
    """

    __tablename__ = "account_snapshots"
    __audit__ = None

    account_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True)
    taken_at: Mapped[datetime | None]
    currency: Mapped[str | None]
    equity: Mapped[Decimal | None]
    cash: Mapped[Decimal | None]
    buying_power: Mapped[Decimal | None]
    status: Mapped[str | None]
    orders_taken_at: Mapped[datetime | None]
    working_orders: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    failed_at: Mapped[datetime | None]
    error: Mapped[str | None]


class EquityHistory(Base):
    """What a broker last told of an account's equity in the last 90 days: `points`, oldest first, `at` in ISO 8601 and
    `equity` as text, in the account's currency. None are told by a broker that keeps no record.

    After a question that failed, the points stay and `failed_at` says when.
    """

    __tablename__ = "equity_histories"
    __audit__ = None

    account_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True)
    taken_at: Mapped[datetime | None]
    failed_at: Mapped[datetime | None]
    points: Mapped[list[dict[str, str]]] = mapped_column(JSON)


class PositionSnapshot(Base):
    """One position of an account's last complete snapshot. `quantity` is negative for a short."""

    __tablename__ = "position_snapshots"
    __audit__ = None

    account_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True)
    symbol: Mapped[str] = mapped_column(primary_key=True)
    asset_type: Mapped[AssetType] = mapped_column(words(AssetType))
    quantity: Mapped[Decimal] = mapped_column(Quantity)
    average_price: Mapped[Decimal] = mapped_column(Price)
    market_price: Mapped[Decimal | None] = mapped_column(Price)
    market_value: Mapped[Decimal | None]
    unrealised: Mapped[Decimal | None]
    currency: Mapped[str]


class Quote(Base):
    """The last quote that a connection gave of a symbol it watches; without figures until the first answer.

    Quotes belong to their connection: simulated prices never reach an account of another mode.
    """

    __tablename__ = "quotes"
    __audit__ = None

    connection_id: Mapped[UUID] = mapped_column(
        ForeignKey("broker_connections.id", ondelete="CASCADE"), primary_key=True
    )
    symbol: Mapped[str] = mapped_column(primary_key=True)
    bid: Mapped[Decimal | None] = mapped_column(Price)
    ask: Mapped[Decimal | None] = mapped_column(Price)
    last: Mapped[Decimal | None] = mapped_column(Price)
    previous_close: Mapped[Decimal | None] = mapped_column(Price)
    volume: Mapped[int | None] = mapped_column(BigInteger)
    at: Mapped[datetime | None]
    is_delayed: Mapped[bool] = mapped_column(default=False)
    taken_at: Mapped[datetime | None]
    error: Mapped[str | None]


class SimulatorRecord(Base):
    """One text of a simulated exchange's memory."""

    __tablename__ = "simulator_records"
    __audit__ = None

    connection_id: Mapped[UUID] = mapped_column(
        ForeignKey("broker_connections.id", ondelete="CASCADE"), primary_key=True
    )
    key: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[str]
