"""The simulated broker: no account anywhere, every ability, and the account's own fees as the commission estimate."""

from trenddojo.brokers.simulator.fields import SIMULATION_FIELDS
from trenddojo.brokers.simulator.profile import IdFormat, Profile
from trenddojo.brokers.spec import BarHistory, BrokerSpec, Capabilities, SignIn
from trenddojo.domain.commissions import FREE
from trenddojo.domain.orders import OrderClass, OrderType, TimeInForce
from trenddojo.domain.terms import AssetType, Mode

SPEC = BrokerSpec(
    name="simulated",
    label="Simulated",
    aliases=("paper",),
    sign_in=SignIn.NONE,
    sign_in_label="no account",
    modes=frozenset({Mode.MOCK}),
    capabilities=Capabilities(
        asset_types=frozenset({AssetType.STOCK, AssetType.ETF}),
        order_types=frozenset(OrderType),
        times_in_force=frozenset(TimeInForce),
        order_classes=frozenset(OrderClass),
        entries_with_exits=frozenset(OrderType) - {OrderType.TRAILING_STOP},
        bars=BarHistory(asset_types=frozenset({AssetType.STOCK, AssetType.ETF}), requests_a_minute=20),
    ),
    profile=Profile(commission=FREE, id_format=IdFormat.NAMED),
    fields=SIMULATION_FIELDS,
)
