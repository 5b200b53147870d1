"""Toy: a broker with one key, an address of its own, and a REST API."""

from tests.brokers.toy.toy_broker.client import ToyClient
from tests.brokers.toy.toy_broker.mapping import HELD, WORDS
from trenddojo.brokers.base import BrokerClient
from trenddojo.brokers.simulator.fields import SIMULATION_FIELDS
from trenddojo.brokers.simulator.profile import IdFormat, Profile
from trenddojo.brokers.spec import (
    BrokerSpec,
    Building,
    Capabilities,
    CredentialField,
    Endpoint,
    FieldKind,
    RateLimits,
    SignIn,
)
from trenddojo.domain.commissions import FREE
from trenddojo.domain.orders import OrderClass, OrderType, TimeInForce
from trenddojo.domain.terms import AssetType, Mode


def _build(building: Building) -> BrokerClient:
    return ToyClient(SPEC, building)


SPEC = BrokerSpec(
    name="toy",
    label="Toy",
    aliases=("toy_markets",),
    sign_in=SignIn.FIELDS,
    sign_in_label="API key",
    modes=frozenset({Mode.MOCK, Mode.PAPER}),
    capabilities=Capabilities(
        asset_types=frozenset({AssetType.STOCK, AssetType.ETF}),
        order_types=frozenset({OrderType.MARKET, OrderType.LIMIT, OrderType.STOP}),
        times_in_force=frozenset({TimeInForce.DAY, TimeInForce.GTC}),
        order_classes=frozenset({OrderClass.SIMPLE, OrderClass.BRACKET}),
        entries_with_exits=frozenset({OrderType.MARKET, OrderType.LIMIT}),
    ),
    profile=Profile(
        commission=FREE,
        id_format=IdFormat.INTEGER,
        words={ours: word for word, ours in WORDS.items()},
        held_word=HELD,
    ),
    fields=(
        CredentialField(
            name="key",
            label="API key",
            message="A key is 16 letters and digits.",
            pattern="[A-Za-z0-9]{16}",
            kind=FieldKind.SECRET,
        ),
        CredentialField(
            name="address",
            label="Server",
            message="Enter an address such as http://127.0.0.1:8080.",
            pattern=r"https?://[\w.]+(:\d+)?",
            is_setting=True,
        ),
        *SIMULATION_FIELDS,
    ),
    hosts={Mode.PAPER: frozenset({"127.0.0.1"})},
    limits=RateLimits(by_endpoint={Endpoint.ORDERS: 120}, otherwise=60),
    build=_build,
)
