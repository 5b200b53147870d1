"""Alpaca: shares and crypto with API keys."""

from trenddojo.brokers.simulator.fields import SIMULATION_FIELDS
from trenddojo.brokers.simulator.profile import IdFormat, Profile
from trenddojo.brokers.spec import BrokerSpec, Capabilities, Endpoint, RateLimits, SignIn
from trenddojo.domain.commissions import FREE, alpaca
from trenddojo.domain.orders import OrderClass, OrderStatus, OrderType, TimeInForce
from trenddojo.domain.terms import AssetType, Mode

SPEC = BrokerSpec(
    name="alpaca",
    label="Alpaca",
    sign_in=SignIn.FIELDS,
    sign_in_label="API keys",
    modes=frozenset({Mode.MOCK}),
    capabilities=Capabilities(
        asset_types=frozenset({AssetType.STOCK, AssetType.ETF, AssetType.CRYPTO}),
        order_types=frozenset(OrderType),
        times_in_force=frozenset(TimeInForce),
        order_classes=frozenset(OrderClass),
        entries_with_exits=frozenset({OrderType.MARKET, OrderType.LIMIT}),
        fraction_places=9,
        fractions_are_simple=True,
    ),
    profile=Profile(
        commission=FREE,
        id_format=IdFormat.UUID,
        words={OrderStatus.PENDING: "pending_new", OrderStatus.ACCEPTED: "new", OrderStatus.CANCELLED: "canceled"},
        held_word="held",
        exits_wait_for_all=True,
        replaces_with_new_id=True,
    ),
    fields=SIMULATION_FIELDS,
    limits=RateLimits(
        by_endpoint={Endpoint.ORDERS: 200, Endpoint.POSITIONS: 100, Endpoint.ACCOUNT: 60}, otherwise=60, overall=200
    ),
    commission=alpaca,
)
