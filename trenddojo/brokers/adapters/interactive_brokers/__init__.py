"""Interactive Brokers: many kinds of instruments and several accounts, through a gateway on this server."""

from trenddojo.brokers.adapters.interactive_brokers.places import misset
from trenddojo.brokers.adapters.interactive_brokers.setup import NEXT_STEPS, SETUP
from trenddojo.brokers.base import BrokerClient
from trenddojo.brokers.hosts import LOOPBACK
from trenddojo.brokers.simulator.fields import SIMULATION_FIELDS
from trenddojo.brokers.simulator.profile import IdFormat, Profile
from trenddojo.brokers.spec import (
    BarHistory,
    BrokerSpec,
    Building,
    Capabilities,
    CredentialField,
    Endpoint,
    FieldKind,
    RateLimits,
    SignIn,
)
from trenddojo.domain.commissions import ibkr_fixed, ibkr_shares
from trenddojo.domain.orders import OrderClass, OrderStatus, OrderType, TimeInForce
from trenddojo.domain.terms import AssetType, Mode


def _build(building: Building) -> BrokerClient:
    from trenddojo.brokers.adapters.interactive_brokers.client import (  # noqa: PLC0415 - only where it is used
        InteractiveBrokersClient,
    )

    return InteractiveBrokersClient(SPEC, building)


SPEC = BrokerSpec(
    name="interactive_brokers",
    label="Interactive Brokers",
    aliases=("ibkr", "ib"),
    sign_in=SignIn.FIELDS,
    sign_in_label="gateway",
    modes=frozenset(Mode),
    capabilities=Capabilities(
        asset_types=frozenset(AssetType),
        order_types=frozenset(OrderType),
        times_in_force=frozenset(TimeInForce),
        order_classes=frozenset(OrderClass),
        entries_with_exits=frozenset(OrderType) - {OrderType.TRAILING_STOP},
        has_several_accounts=True,
        has_stream=True,
        has_extended_hours=True,
        bars=BarHistory(asset_types=frozenset({AssetType.STOCK, AssetType.ETF}), requests_a_minute=4),
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
    fields=(
        CredentialField(
            name="host",
            label="Gateway host",
            message="A host is a name or an address, such as 127.0.0.1.",
            pattern=r"[A-Za-z0-9.:-]{1,253}",
            hint="Where TWS or IB Gateway runs. Empty: this server.",
            is_setting=True,
            is_optional=True,
            variable="IBKR_HOST",
        ),
        CredentialField(
            name="port",
            label="Port",
            message="A port is a whole number up to 65535.",
            pattern=r"(?!0)\d{1,4}|[1-5]\d{4}|6[0-4]\d{3}|65[0-4]\d\d|655[0-2]\d|6553[0-5]",
            kind=FieldKind.NUMBER,
            hint="TWS: 7497 for paper, 7496 for live, which is what an empty field means. IB Gateway: 4002 and 4001.",
            is_setting=True,
            is_optional=True,
            variable="IBKR_PORT",
        ),
        CredentialField(
            name="client_id",
            label="Client ID",
            message="A client ID is a whole number up to 999999.",
            pattern=r"\d{1,6}",
            kind=FieldKind.NUMBER,
            hint="Of this program alone, and always the same: only it can change its orders. Empty: 1.",
            is_setting=True,
            is_optional=True,
            variable="IBKR_CLIENT_ID",
        ),
        *SIMULATION_FIELDS,
    ),
    setup=SETUP,
    next_steps=NEXT_STEPS,
    admits_one=True,
    hosts={Mode.PAPER: LOOPBACK, Mode.LIVE: LOOPBACK},
    limits=RateLimits(by_endpoint={Endpoint.ORDERS: 50, Endpoint.POSITIONS: 30, Endpoint.ACCOUNT: 10}, otherwise=60),
    commission=ibkr_fixed,
    build=_build,
    misset=misset,
)
