"""What a connection's panel shows, drawn from what was last seen and never by asking its broker."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from decimal import Decimal
from typing import Any

from flask import url_for
from markupsafe import Markup

from trenddojo.brokers.errors import BrokerErrorCode
from trenddojo.brokers.simulator.fields import LATENCY_MS, is_always_open
from trenddojo.brokers.spec import BrokerSpec, SetupStep
from trenddojo.brokers.types import StreamState
from trenddojo.domain.account_numbers import masked
from trenddojo.domain.terms import Mode
from trenddojo.services.connection_panel import AccountPanel, ConnectionPanel
from trenddojo.services.equity_histories import PastEquity
from trenddojo.store import orders
from trenddojo.store.models import BrokerConnection, PositionSnapshot, Quote
from trenddojo.store.seats import Seat
from trenddojo.web.brokers.connect import PREFIX
from trenddojo.web.format import price
from trenddojo.web.frame import mode_of
from trenddojo.web.lamps import Lamp, lamp_of, tries
from trenddojo.web.shell import ShownMode


@dataclass(frozen=True, slots=True)
class Trouble:
    """What is wrong with a connection, what to do about it, since when, and when it is tried again by itself.

    `setup` is what it needs at the other end, where nobody answers there.
    """

    what: str
    next_step: str
    again: Markup
    setup: Sequence[SetupStep] = ()


@dataclass(frozen=True, slots=True)
class OrderRow:
    """A working order as the broker last told it; `price` is what it waits for, in words."""

    symbol: str
    side: str
    quantity: Decimal
    filled: Decimal
    kind: str
    price: str
    status: str


@dataclass(frozen=True, slots=True)
class PastView:
    """What an account was worth in the last 90 days, as its broker told it at `taken_at`; two figures or more.

    `change` is the last less the first, deposits and withdrawals among it; `fraction` is that of the first, None where
    that was not above zero.
    """

    figures: Sequence[Decimal]
    change: Decimal
    fraction: Decimal | None
    taken_at: datetime


@dataclass(frozen=True, slots=True)
class AccountView:
    """An account of a connection. `failed` is the sentence of a question that failed since `taken_at`; `held` is why no
    new risk is taken, empty where it is. `outside` is how many positions are held outside of the books; `is_followed`
    says whether the two were compared yet. `past` is None where the broker has told too little for a curve."""

    id: str
    name: str
    number: str
    is_current: bool
    currency: str
    equity: Decimal | None
    cash: Decimal | None
    buying_power: Decimal | None
    taken_at: datetime | None
    failed_at: datetime | None
    failed: str
    positions: Sequence[PositionSnapshot]
    orders: Sequence[OrderRow]
    knows_orders: bool
    held: str
    outside: int
    is_followed: bool
    past: PastView | None


@dataclass(frozen=True, slots=True)
class QuoteRow:
    """A watched symbol. `change` is the fraction since the previous close."""

    symbol: str
    last: Decimal | None
    change: Decimal | None
    bid: Decimal | None
    ask: Decimal | None
    at: datetime | None
    is_delayed: bool
    error: str


@dataclass(frozen=True, slots=True)
class Simulation:
    """How a simulated connection behaves: where its prices come from, its delay, and the error it is made to meet."""

    seed: int
    is_always_open: bool
    answers_after: str
    fault: str


@dataclass(frozen=True, slots=True)
class LiveEvents:
    """Whether the broker's order events come live, since when, and what is wrong; without them it is asked instead.

    `is_cut_off`: what we talk to has lost the broker, and there is nobody to ask.
    """

    is_live: bool
    since: datetime
    error: str
    is_cut_off: bool


@dataclass(frozen=True, slots=True)
class PanelView:
    """A connection as its owner sees it. `more_accounts` is where others of the same sign-in are added, empty where a
    sign-in has one."""

    id: str
    name: str
    broker: str
    mode: ShownMode
    lamp: Lamp
    trouble: Trouble | None
    since: datetime
    last_sync: datetime | None
    accounts: Sequence[AccountView]
    quotes: Sequence[QuoteRow]
    simulation: Simulation | None
    keys: str
    events: LiveEvents | None
    more_accounts: str

    @property
    def is_cut_off(self) -> bool:
        """Whether what we talk to has lost the broker."""
        return self.events is not None and self.events.is_cut_off

    @property
    def topic(self) -> str:
        """What the pulse says when it changed; also the panel's place on the page."""
        return f"connection-{self.id}"


@dataclass(frozen=True, slots=True)
class Present:
    """What this process knows of a connection beside what is stored: the error that a simulated broker is made to meet,
    and how the broker's live events stand, None for a broker without."""

    fault: str
    stream: StreamState | None


def panel_view(
    panel: ConnectionPanel, current: Seat | None, present: Present, zone: tzinfo, now: datetime
) -> PanelView:
    """The panel; `current` is the account at hand."""
    fault, stream = present.fault, present.stream
    connection = panel.connection
    return PanelView(
        id=str(connection.id),
        name=connection.name,
        broker=panel.spec.label,
        mode=mode_of(connection.mode),
        lamp=lamp_of(connection),
        trouble=_trouble(panel.spec, connection, zone, now),
        since=connection.state_since,
        last_sync=connection.last_sync,
        accounts=[_account(one, connection.mode, current) for one in panel.accounts],
        quotes=[_quote(quote) for quote in panel.quotes],
        simulation=_simulation(panel.spec, connection, fault) if connection.mode is Mode.MOCK else None,
        events=None if stream is None else _events(stream),
        more_accounts=_again(connection) if _has_several(panel.spec, connection.mode) else "",
        keys="Rotate keys" if _has_secrets(panel.spec, connection.mode) else "Settings",
    )


def page_mode(panels: Sequence[PanelView]) -> ShownMode | None:
    """`MIXED` where the panels of the page differ in mode; None leaves it to the account at hand."""
    return ShownMode.MIXED if len({panel.mode for panel in panels}) > 1 else None


# ---- parts


def _trouble(spec: BrokerSpec, connection: BrokerConnection, zone: tzinfo, now: datetime) -> Trouble | None:
    if not connection.error:
        return None
    code = BrokerErrorCode(connection.error_code) if connection.error_code else None
    return Trouble(
        what=connection.error,
        next_step=spec.next_step(code) if code else "",
        again=tries(connection, zone, now),
        setup=spec.setup_for(connection.mode) if code is BrokerErrorCode.GATEWAY_NOT_RUNNING else (),
    )


def _events(stream: StreamState) -> LiveEvents:
    return LiveEvents(stream.is_live, stream.since, stream.error or "", stream.is_cut_off)


def _account(found: AccountPanel, mode: Mode, current: Seat | None) -> AccountView:
    account, seen = found.account, found.snapshot
    sync = orders.sync_of(account.id)
    return AccountView(
        id=str(account.id),
        name=account.name,
        number=masked(account.broker_account_id or "", mode),
        is_current=current is not None and current.account.id == account.id,
        currency=(seen.currency if seen else None) or account.base_currency,
        equity=seen.equity if seen else None,
        cash=seen.cash if seen else None,
        buying_power=seen.buying_power if seen else None,
        taken_at=seen.taken_at if seen else None,
        failed_at=seen.failed_at if seen else None,
        failed=(seen.error or "") if seen and seen.failed_at else "",
        positions=found.positions,
        orders=[_order(one) for one in seen.working_orders] if seen else [],
        knows_orders=seen is not None and seen.orders_taken_at is not None,
        held=sync.held_reason if sync is not None and sync.held_at is not None else "",
        outside=len(orders.held_outside([account.id])),
        is_followed=sync is not None,
        past=_past(found.past),
    )


def _past(found: PastEquity | None) -> PastView | None:
    figures = [one.equity for one in found.points] if found else []
    if found is None or len(figures) < 2:
        return None
    first, change = figures[0], figures[-1] - figures[0]
    return PastView(figures, change, change / first if first > 0 else None, found.taken_at)


def _order(told: Mapping[str, Any]) -> OrderRow:
    trail = told["trail_amount"] or told["trail_percent"]
    named = (("stop", told["stop_price"]), ("limit", told["limit_price"]), ("trail", trail))
    waits = [f"{name} {price(Decimal(at))}" for name, at in named if at]
    return OrderRow(
        symbol=told["symbol"],
        side=told["side"],
        quantity=Decimal(told["quantity"]),
        filled=Decimal(told["filled"]),
        kind=told["type"].replace("_", " "),
        price=", ".join(waits),
        status=told["status"].replace("_", " "),
    )


def _quote(quote: Quote) -> QuoteRow:
    last, before = quote.last, quote.previous_close
    return QuoteRow(
        symbol=quote.symbol,
        last=last,
        change=last / before - 1 if last is not None and before else None,
        bid=quote.bid,
        ask=quote.ask,
        at=quote.at,
        is_delayed=quote.is_delayed,
        error=quote.error or "",
    )


def _simulation(spec: BrokerSpec, connection: BrokerConnection, fault: str) -> Simulation:
    from trenddojo.brokers.simulator.client import MARKET_SEED  # noqa: PLC0415 - only where it is used

    chosen = str(connection.settings.get(LATENCY_MS, ""))
    return Simulation(
        seed=MARKET_SEED,
        is_always_open=is_always_open(connection.settings),
        answers_after=f"{chosen or round(spec.profile.latency_seconds * 1000)} ms",
        fault=fault,
    )


def _has_several(spec: BrokerSpec, mode: Mode) -> bool:
    return spec.capabilities.has_several_accounts and mode is not Mode.MOCK


def _again(connection: BrokerConnection) -> str:
    """The form that makes this connection once more, with its settings: nothing else may stand in an address."""
    settings = {PREFIX + name: str(value) for name, value in connection.settings.items()}
    known: dict[str, Any] = {"broker": connection.broker, "mode": connection.mode, "name": connection.name, **settings}
    return url_for("brokers.index", **known, _anchor="connect")


def _has_secrets(spec: BrokerSpec, mode: Mode) -> bool:
    return any(not field.is_setting for field in spec.fields_for(mode))
