"""Charles Schwab, which took over TD Ameritrade: shares and options, with a sign-in at the broker's own page."""

from trenddojo.brokers.simulator.fields import SIMULATION_FIELDS
from trenddojo.brokers.simulator.profile import IdFormat, Profile
from trenddojo.brokers.spec import BarHistory, BrokerSpec, Capabilities, RateLimits, SignIn
from trenddojo.domain.commissions import FREE, schwab
from trenddojo.domain.orders import OrderClass, OrderStatus, OrderType, TimeInForce
from trenddojo.domain.terms import AssetType, Mode

SPEC = BrokerSpec(
    name="schwab",
    label="Schwab",
    aliases=("td_ameritrade",),
    sign_in=SignIn.REDIRECT,
    sign_in_label="sign-in",
    modes=frozenset({Mode.MOCK}),
    capabilities=Capabilities(
        asset_types=frozenset({AssetType.STOCK, AssetType.ETF, AssetType.OPTION}),
        order_types=frozenset(OrderType),
        times_in_force=frozenset({TimeInForce.DAY, TimeInForce.GTC, TimeInForce.FOK}),
        order_classes=frozenset(OrderClass),
        entries_with_exits=frozenset(OrderType) - {OrderType.TRAILING_STOP},
        has_several_accounts=True,
        bars=BarHistory(asset_types=frozenset({AssetType.STOCK, AssetType.ETF}), requests_a_minute=20),
    ),
    profile=Profile(
        commission=FREE,
        latency_seconds=0.25,
        id_format=IdFormat.LONG_INTEGER,
        words={
            OrderStatus.PENDING: "PENDING_ACTIVATION",
            OrderStatus.ACCEPTED: "WORKING",
            OrderStatus.PARTIALLY_FILLED: "WORKING",
            OrderStatus.FILLED: "FILLED",
            OrderStatus.CANCELLED: "CANCELED",
            OrderStatus.REJECTED: "REJECTED",
            OrderStatus.EXPIRED: "EXPIRED",
            OrderStatus.REPLACED: "REPLACED",
        },
        held_word="AWAITING_PARENT_ORDER",
        exits_wait_for_all=True,
        replaces_with_new_id=True,
    ),
    fields=SIMULATION_FIELDS,
    limits=RateLimits(otherwise=60, overall=120),
    commission=schwab,
)
