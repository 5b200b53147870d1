"""Brokers, connections and what was last seen of their accounts as the API answers them."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from pydantic import ConfigDict, Field

from trenddojo.brokers.spec import BrokerSpec, FieldKind, SetupStep, SignIn
from trenddojo.brokers.types import AccountInfo
from trenddojo.domain.terms import AssetType, Mode, Side
from trenddojo.services.connection_panel import AccountPanel
from trenddojo.services.connections import Tried
from trenddojo.services.equity_histories import PastEquity
from trenddojo.store.models import BrokerConnection, ConnectionState, PositionSnapshot, Quote
from trenddojo.web.api.outputs.base import Exact, Money, Output


class ConnectionOut(Output):
    """A connection as it stood when it was last looked at.

    `last_sync` is when every account was last seen completely. `error_code` is one of the brokers' codes.
    """

    id: UUID
    broker: str
    mode: Mode
    name: str
    is_active: bool
    state: ConnectionState
    state_since: datetime
    error_code: str | None
    error: str | None
    next_try_at: datetime | None
    last_sync: datetime | None
    created_at: datetime


class FieldChoiceOut(Output):
    """A value that a field takes, and how people read it."""

    value: str
    label: str


class SwitchOut(Output):
    """A switch of another program, and what it is set to."""

    name: str
    value: str


class SetupStepOut(Output):
    """Something to do elsewhere before connecting in these modes, and the switches to set there."""

    text: str
    switches: list[SwitchOut]
    modes: list[Mode]


class CredentialFieldOut(Output):
    """A field of a broker's `credentials` and the modes that ask for it. A setting is kept in the open.

    A field of the kind `choice` takes the `value` of one of its `choices` and nothing else; other kinds have none.
    """

    name: str
    label: str
    kind: FieldKind
    choices: list[FieldChoiceOut]
    hint: str
    is_setting: bool
    is_optional: bool
    modes: list[Mode]


class BrokerOut(Output):
    """A broker: its names, how one signs in, its modes and fields, what to set up first, and your connections to it."""

    name: str
    label: str
    aliases: list[str]
    sign_in: SignIn
    modes: list[Mode]
    fields: list[CredentialFieldOut]
    setup: list[SetupStepOut]
    connections: list[ConnectionOut]

    @classmethod
    def of(cls, spec: BrokerSpec, connections: Sequence[BrokerConnection]) -> "BrokerOut":
        """A broker with a person's connections."""
        return cls(
            name=spec.name,
            label=spec.label,
            aliases=list(spec.aliases),
            sign_in=spec.sign_in,
            modes=_in_order(spec.modes),
            fields=[_field(one) for one in spec.fields],
            setup=[_step(one) for one in spec.setup],
            connections=[ConnectionOut.model_validate(one) for one in connections if one.broker == spec.name],
        )


class BrokersOut(Output):
    """Every broker. They are few: `next` is always null."""

    items: list[BrokerOut]
    next: str | None = None


class AccountInfoOut(Output):
    """An account at its broker, as the broker told it while it was connected. Money is in `currency`."""

    model_config: ClassVar[ConfigDict] = ConfigDict(serialize_by_alias=True)

    account_id: str = Field(serialization_alias="accountId")
    currency: str
    equity: Money
    cash: Money
    buying_power: Money = Field(serialization_alias="buyingPower")
    is_paper: bool = Field(serialization_alias="isPaper")
    status: str
    as_of: datetime = Field(serialization_alias="asOf")


class ConnectedOut(Output):
    """A connection that was made. `accountInfo` is of its first account; `accounts` are all, by their ids here."""

    model_config: ClassVar[ConfigDict] = ConfigDict(serialize_by_alias=True)

    success: bool
    account_info: AccountInfoOut = Field(serialization_alias="accountInfo")
    connection_id: UUID = Field(serialization_alias="connectionId")
    accounts: list[UUID]

    @classmethod
    def of(cls, connection_id: UUID, info: AccountInfo, accounts: Sequence[UUID]) -> "ConnectedOut":
        """The answer to a connection that the broker accepted."""
        shown = AccountInfoOut.model_validate(info)
        return cls(success=True, account_info=shown, connection_id=connection_id, accounts=list(accounts))


class FoundAccountOut(AccountInfoOut):
    """An account that credentials open; `isConnected` where the connection of this name has it already."""

    is_connected: bool = Field(serialization_alias="isConnected")


class TriedOut(Output):
    """What a connection that was tried out would serve. Nothing was kept."""

    accounts: list[FoundAccountOut]

    @classmethod
    def of(cls, tried: Tried) -> "TriedOut":
        """The answer to credentials that the broker accepted."""
        return cls(accounts=[_found(one, is_connected=one.account_id in tried.known) for one in tried.accounts])


class SeenOut(Output):
    """What a broker last said of an account, and when: `as_of` is null before its first complete answer.

    After a question that failed, what is shown stays as it was, `failed_at` is when and `error` says why.
    """

    account_id: UUID
    as_of: datetime | None
    failed_at: datetime | None
    error: str | None


class EquityPointOut(Output):
    """What an account was worth at an instant."""

    at: datetime
    equity: Money


class PastEquityOut(Output):
    """An account's equity in the last 90 days as its broker told it at `as_of`, oldest first, in its currency."""

    as_of: datetime
    points: list[EquityPointOut]


class AccountSeenOut(SeenOut):
    """An account's figures, in `currency`. `broker_account_id` is its number at the broker.

    `past_equity` is asked once a day; null where the broker has told none.
    """

    name: str
    broker_account_id: str
    currency: str | None
    equity: Money | None
    cash: Money | None
    buying_power: Money | None
    status: str | None
    past_equity: PastEquityOut | None


class AccountsSeenOut(Output):
    """The accounts of a connection. They are few: `next` is always null."""

    items: list[AccountSeenOut]
    next: str | None = None


class PositionOut(Output):
    """What is held of a symbol: `quantity` is below 0 for a short, `average_price` what it was opened at."""

    symbol: str
    asset_type: AssetType
    quantity: Exact
    average_price: Exact
    market_price: Exact | None
    market_value: Money | None
    unrealised: Money | None
    currency: str


class PositionsSeenOut(SeenOut):
    """Everything that an account holds."""

    positions: list[PositionOut]


class PositionsOut(Output):
    """The positions of each account of a connection. `next` is always null."""

    items: list[PositionsSeenOut]
    next: str | None = None


class WorkingOrderOut(Output):
    """An order that works or rests at the broker. `raw_status` is the broker's own word, `legs` are its exits."""

    order_id: str
    client_order_id: str | None
    symbol: str
    side: Side
    type: str
    order_class: str
    time_in_force: str
    quantity: Exact
    filled: Exact
    limit_price: Exact | None
    stop_price: Exact | None
    trail_amount: Exact | None
    trail_percent: Exact | None
    status: str
    raw_status: str
    reason: str | None
    submitted_at: datetime
    legs: list["WorkingOrderOut"]

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> "WorkingOrderOut":
        """An order as the snapshot holds it."""
        legs = [cls.of(leg) for leg in told["legs"]]
        return cls.model_validate({**told, "order_class": told["class"], "legs": legs})


class OrdersSeenOut(SeenOut):
    """Every working order of an account."""

    orders: list[WorkingOrderOut]


class WorkingOrdersOut(Output):
    """The working orders of each account of a connection. `next` is always null."""

    items: list[OrdersSeenOut]
    next: str | None = None


class QuoteOut(Output):
    """The last quote that a connection gave of a symbol: `at` is the market's time, `as_of` when it was asked.

    Without figures until the first answer; `error` says why there is none.
    """

    connection_id: UUID
    symbol: str
    bid: Exact | None
    ask: Exact | None
    last: Exact | None
    previous_close: Exact | None
    volume: int | None
    at: datetime | None
    is_delayed: bool
    is_simulated: bool
    as_of: datetime | None
    error: str | None

    @classmethod
    def of(cls, quote: Quote, mode: Mode) -> "QuoteOut":
        """A watched symbol of a connection in `mode`."""
        own = {name: getattr(quote, name) for name in cls.model_fields if name not in ("is_simulated", "as_of")}
        return cls(**own, is_simulated=mode is Mode.MOCK, as_of=quote.taken_at)


def account_seen(found: AccountPanel) -> AccountSeenOut:
    """An account as it was last seen."""
    account, seen = found.account, found.snapshot
    figures = ("currency", "equity", "cash", "buying_power", "status")
    return AccountSeenOut(
        **_seen(found, seen.taken_at if seen else None),
        name=account.name,
        broker_account_id=account.broker_account_id or "",
        **{name: getattr(seen, name) if seen else None for name in figures},
        past_equity=_past(found.past),
    )


def positions_seen(found: AccountPanel) -> PositionsSeenOut:
    """An account's positions as they were last seen; positions and orders are asked together."""
    return PositionsSeenOut(
        **_seen(found, found.snapshot.orders_taken_at if found.snapshot else None),
        positions=[_position(one) for one in found.positions],
    )


def orders_seen(found: AccountPanel) -> OrdersSeenOut:
    """An account's working orders as they were last seen."""
    seen = found.snapshot
    return OrdersSeenOut(
        **_seen(found, seen.orders_taken_at if seen else None),
        orders=[WorkingOrderOut.of(one) for one in seen.working_orders] if seen else [],
    )


def _seen(found: AccountPanel, as_of: datetime | None) -> dict[str, Any]:
    seen = found.snapshot
    failed = {"failed_at": seen.failed_at, "error": seen.error} if seen else {"failed_at": None, "error": None}
    return {"account_id": found.account.id, "as_of": as_of, **failed}


def _past(found: PastEquity | None) -> PastEquityOut | None:
    if found is None:
        return None
    return PastEquityOut(as_of=found.taken_at, points=[EquityPointOut.model_validate(one) for one in found.points])


def _position(found: PositionSnapshot) -> PositionOut:
    return PositionOut.model_validate(found)


def _field(found: Any) -> CredentialFieldOut:
    own = {name: getattr(found, name) for name in CredentialFieldOut.model_fields if name != "modes"}
    return CredentialFieldOut(**own, modes=_in_order(found.modes))


def _step(found: SetupStep) -> SetupStepOut:
    switches = [SwitchOut(name=name, value=value) for name, value in found.switches]
    return SetupStepOut(text=found.text, switches=switches, modes=_in_order(found.modes))


def _found(info: AccountInfo, *, is_connected: bool) -> FoundAccountOut:
    told = AccountInfoOut.model_validate(info)
    return FoundAccountOut(
        **{name: getattr(told, name) for name in AccountInfoOut.model_fields}, is_connected=is_connected
    )


def _in_order(modes: frozenset[Mode]) -> list[Mode]:
    return [mode for mode in Mode if mode in modes]
