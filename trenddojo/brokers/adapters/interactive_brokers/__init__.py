"""Interactive Brokers: many kinds of instruments and several accounts, through a gateway on this server."""

from trenddojo.brokers.simulator.fields import SIMULATION_FIELDS
from trenddojo.brokers.simulator.profile import IdFormat, Profile
from trenddojo.brokers.spec import BrokerSpec, Capabilities, Endpoint, RateLimits, SignIn
from trenddojo.domain.commissions import ibkr_fixed, ibkr_shares
from trenddojo.domain.orders import OrderClass, OrderStatus, OrderType, TimeInForce
from trenddojo.domain.terms import AssetType, Mode

SPEC = BrokerSpec(
    name="interactive_brokers",
    label="Interactive Brokers",
    aliases=("ibkr", "ib"),
    sign_in=SignIn.FIELDS,
    sign_in_label="gateway",
    modes=frozenset({Mode.MOCK}),
    capabilities=Capabilities(
        asset_types=frozenset(AssetType),
        order_types=frozenset(OrderType),
        times_in_force=frozenset(TimeInForce),
        order_classes=frozenset(OrderClass),
        entries_with_exits=frozenset(OrderType) - {OrderType.TRAILING_STOP},
        has_several_accounts=True,
    ),
    profile=Profile(
        commission=ibkr_shares,
        latency_seconds=0.05,
        id_format=IdFormat.INTEGER,
        words={
            OrderStatus.PENDING: "PendingSubmit",
            OrderStatus.ACCEPTED: "Submitted",
            OrderStatus.PARTIALLY_FILLED: "Submitted",
            OrderStatus.FILLED: "Filled",
            OrderStatus.CANCELLED: "Cancelled",
            OrderStatus.REJECTED: "Inactive",
            OrderStatus.EXPIRED: "Cancelled",
        },
        held_word="PreSubmitted",
    ),
    fields=SIMULATION_FIELDS,
    limits=RateLimits(by_endpoint={Endpoint.ORDERS: 50, Endpoint.POSITIONS: 30, Endpoint.ACCOUNT: 10}, otherwise=60),
    commission=ibkr_fixed,
)
