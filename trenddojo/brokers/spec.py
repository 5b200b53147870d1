"""What a broker is to the rest of the house: one value with its fields, abilities, limits, and how to build it."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from random import Random
from typing import TYPE_CHECKING, Protocol

from trenddojo.brokers.base import BrokerClient
from trenddojo.brokers.errors import REMEDIES, BrokerErrorCode
from trenddojo.brokers.simulator.profile import Profile
from trenddojo.domain.commissions import Commission
from trenddojo.domain.orders import OrderClass, OrderType, TimeInForce
from trenddojo.domain.terms import AssetType, Mode

if TYPE_CHECKING:
    from requests import Session


class SignIn(StrEnum):
    """How a person signs in: not at all, with fields, or at the broker's own page, which leads back here."""

    NONE = "none"
    FIELDS = "fields"
    REDIRECT = "redirect"


class FieldKind(StrEnum):
    """How a field of the connect form is asked for."""

    TEXT = "text"
    SECRET = "secret"  # noqa: S105 - the name of a kind
    NUMBER = "number"
    CHECK = "check"
    CHOICE = "choice"


class Endpoint(StrEnum):
    """What brokers count requests by."""

    ORDERS = "orders"
    POSITIONS = "positions"
    ACCOUNT = "account"
    MARKET = "market"


@dataclass(frozen=True, slots=True)
class FieldChoice:
    """One value that a field takes, and how people read it."""

    value: str
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CredentialField:
    """One field of the connect form. What is sent must match `pattern` as a whole, or `message` says why not.

    A choice has `choices`, and takes the value of one of them instead.
    A setting is kept in the open and shown again; everything else is encrypted and never shown. `modes` are those that
    ask for it. An optional field may stay empty. `variable` is what the operator may have set in its place.
    """

    name: str
    label: str
    message: str
    pattern: str = r"\S.{0,254}"
    kind: FieldKind = FieldKind.TEXT
    choices: tuple[FieldChoice, ...] = ()
    hint: str = ""
    default: str = ""
    is_setting: bool = False
    is_optional: bool = False
    variable: str = ""
    modes: frozenset[Mode] = frozenset({Mode.PAPER, Mode.LIVE})

    def problem(self, value: str) -> str:
        """What is wrong with `value`, or nothing."""
        if not value:
            return "" if self.is_optional or self.kind is FieldKind.CHECK else "This is required."
        return "" if self._takes(value) else self.message

    def _takes(self, value: str) -> bool:
        if self.kind is FieldKind.CHOICE:
            return any(value == one.value for one in self.choices)
        return re.fullmatch(self.pattern, value) is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class SetupStep:
    """Something that a person does outside of here before connecting; `switches` are what to set there, and to what."""

    text: str
    switches: tuple[tuple[str, str], ...] = ()
    modes: frozenset[Mode] = frozenset({Mode.PAPER, Mode.LIVE})


@dataclass(frozen=True, slots=True, kw_only=True)
class PairRules:
    """What a broker takes for a pair of currencies, such as BTC/USD: simple orders of these types and times only."""

    order_types: frozenset[OrderType]
    times_in_force: frozenset[TimeInForce]


@dataclass(frozen=True, slots=True, kw_only=True)
class BarHistory:
    """What past prices a broker tells, of instruments of these types that are listed in the USA in `currency`.

    `requests_a_minute` are those that may be spent on it, so that quotes and orders always have room. `hours_back` and
    `days_back` are how far back, in days, bars of an hour and of a day are asked.
    """

    asset_types: frozenset[AssetType]
    requests_a_minute: int
    currency: str = "USD"
    hours_back: int = 730
    days_back: int = 3650


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """What a broker can do.

    `entries_with_exits` are the types of an entry that may carry its exits. `fraction_places` is how finely shares
    divide: 0 for whole shares only; `fractions_are_simple` where a fraction of a share takes a simple day order.

    `pairs` None: a pair of currencies takes what shares take. `lists_every_exit`: an exit that is not among the open
    orders, nor within one, has ended. `bars` None: no past prices are asked.
    """

    asset_types: frozenset[AssetType]
    order_types: frozenset[OrderType]
    times_in_force: frozenset[TimeInForce]
    order_classes: frozenset[OrderClass]
    entries_with_exits: frozenset[OrderType] = frozenset()
    fraction_places: int = 0
    fractions_are_simple: bool = False
    allows_short: bool = True
    has_several_accounts: bool = False
    has_stream: bool = False
    has_extended_hours: bool = False
    lists_every_exit: bool = True
    pairs: PairRules | None = None
    bars: BarHistory | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RateLimits:
    """Requests in any sixty seconds: by endpoint, `otherwise` for the rest, `overall` where the broker counts all."""

    by_endpoint: Mapping[Endpoint, int] = field(default_factory=dict)
    otherwise: int = 60
    overall: int | None = None

    def of(self, endpoint: Endpoint) -> int:
        """The limit of one endpoint."""
        return self.by_endpoint.get(endpoint, self.otherwise)


class LedgerStore(Protocol):
    """Where a simulated exchange keeps what it would lose in a restart: JSON texts by key."""

    def load(self) -> Mapping[str, str]:
        """Everything that was saved."""

    def save(self, changed: Mapping[str, str]) -> None:
        """Keep these texts, all or none; they replace what stood under their keys."""

    def clear(self) -> None:
        """Forget everything."""


class TokenStore(Protocol):
    """Where a broker that is signed in to by redirect keeps its tokens, encrypted."""

    def read(self) -> Mapping[str, str]:
        """The tokens, empty before the first sign-in."""

    def write(self, tokens: Mapping[str, str]) -> None:
        """Replace them; committed before this returns."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Operator:
    """What whoever runs this server has set for brokers: variables of the environment by name."""

    variables: Mapping[str, str] = field(default_factory=dict, repr=False)
    is_production: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Building:
    """Everything that a client is built from; nothing is reached for.

    `connection` is an opaque id. `transport` makes the one HTTP session of a client. `sleep` takes seconds, as
    `monotonic` tells them.
    """

    connection: str
    mode: Mode
    credentials: Mapping[str, str] = field(repr=False)
    settings: Mapping[str, str]
    clock: Callable[[], datetime]
    sleep: Callable[[float], None]
    transport: Callable[[], Session]
    ledger: LedgerStore
    tokens: TokenStore
    monotonic: Callable[[], float] = time.monotonic
    random: Random = field(default_factory=Random)
    operator: Operator = field(default_factory=Operator)


CommissionModel = Callable[[AssetType, Decimal], Commission | None]
"""(asset type, contract multiplier) -> the estimate for one order, or None where there is no model."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokerSpec:
    """One broker.

    `setup` is what to do elsewhere before connecting, in order. `next_steps` are the person's next steps after errors
    whose usual ones do not fit this broker. `admits_one`: it lets no second client of the same settings in.

    `hosts` are the only names that a mode may reach. `commission` None: the account's own fees are the estimate.
    `profile` makes its mock mode; `build` makes every other one, and is None for a broker without. `misset` answers
    what is wrong with the operator's variables, by name.
    """

    name: str
    label: str
    sign_in: SignIn
    sign_in_label: str
    modes: frozenset[Mode]
    capabilities: Capabilities
    profile: Profile
    aliases: tuple[str, ...] = ()
    fields: tuple[CredentialField, ...] = ()
    setup: tuple[SetupStep, ...] = ()
    next_steps: Mapping[BrokerErrorCode, str] = field(default_factory=dict)
    admits_one: bool = False
    hosts: Mapping[Mode, frozenset[str]] = field(default_factory=dict)
    limits: RateLimits = field(default_factory=RateLimits)
    commission: CommissionModel | None = None
    watched: tuple[str, ...] = ("SPY", "QQQ", "AAPL", "MSFT", "NVDA")
    build: Callable[[Building], BrokerClient] | None = None
    misset: Callable[[Operator], Mapping[str, str]] = lambda _operator: {}

    def fields_for(self, mode: Mode) -> tuple[CredentialField, ...]:
        """The fields that the connect form asks for in one mode."""
        return tuple(one for one in self.fields if mode in one.modes)

    def setup_for(self, mode: Mode) -> tuple[SetupStep, ...]:
        """What to do elsewhere before connecting in one mode."""
        return tuple(one for one in self.setup if mode in one.modes)

    def next_step(self, code: BrokerErrorCode) -> str:
        """What the person does about an error of this broker's."""
        return self.next_steps.get(code) or REMEDIES[code].next_step

    def problems(self, mode: Mode, sent: Mapping[str, str]) -> dict[str, str]:
        """One sentence for each field of `sent` that is missing, bad, or not asked for in this mode."""
        asked = {one.name: one for one in self.fields_for(mode)}
        found = {name: one.problem(sent.get(name, "").strip()) for name, one in asked.items()}
        unknown = {name: "There is no such field." for name in sent if name not in asked}
        return {name: sentence for name, sentence in {**found, **unknown}.items() if sentence}
