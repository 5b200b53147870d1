"""Alpaca: shares and crypto with API keys, over REST and websockets."""

from trenddojo.brokers.adapters.alpaca.places import OWN, misset
from trenddojo.brokers.base import BrokerClient
from trenddojo.brokers.simulator.fields import SIMULATION_FIELDS
from trenddojo.brokers.simulator.profile import IdFormat, Profile
from trenddojo.brokers.spec import (
    BarHistory,
    BrokerSpec,
    Building,
    Capabilities,
    CredentialField,
    Endpoint,
    FieldChoice,
    FieldKind,
    PairRules,
    RateLimits,
    SignIn,
)
from trenddojo.domain.commissions import FREE, alpaca
from trenddojo.domain.orders import OrderClass, OrderStatus, OrderType, TimeInForce
from trenddojo.domain.terms import AssetType, Mode


def _build(building: Building) -> BrokerClient:
    from trenddojo.brokers.adapters.alpaca.client import AlpacaClient  # noqa: PLC0415 - only where it is used

    return AlpacaClient(SPEC, building)


SPEC = BrokerSpec(
    name="alpaca",
    label="Alpaca",
    sign_in=SignIn.FIELDS,
    sign_in_label="API keys",
    modes=frozenset(Mode),
    capabilities=Capabilities(
        asset_types=frozenset({AssetType.STOCK, AssetType.ETF, AssetType.CRYPTO}),
        order_types=frozenset(OrderType),
        times_in_force=frozenset(TimeInForce),
        order_classes=frozenset(OrderClass),
        entries_with_exits=frozenset({OrderType.MARKET, OrderType.LIMIT}),
        fraction_places=9,
        fractions_are_simple=True,
        has_stream=True,
        has_extended_hours=True,
        lists_every_exit=False,
        bars=BarHistory(
            asset_types=frozenset({AssetType.STOCK, AssetType.ETF, AssetType.CRYPTO}), requests_a_minute=20
        ),
        pairs=PairRules(
            order_types=frozenset({OrderType.MARKET, OrderType.LIMIT, OrderType.STOP_LIMIT}),
            times_in_force=frozenset({TimeInForce.GTC, TimeInForce.IOC}),
        ),
    ),
    profile=Profile(
        commission=FREE,
        id_format=IdFormat.UUID,
        words={OrderStatus.PENDING: "pending_new", OrderStatus.ACCEPTED: "new", OrderStatus.CANCELLED: "canceled"},
        held_word="held",
        exits_wait_for_all=True,
        replaces_with_new_id=True,
    ),
    fields=(
        CredentialField(
            name="api_key",
            label="API key ID",
            message="A key ID is letters and digits, such as PK2X...",
            pattern=r"[!-~]{4,128}",
            hint="Made on Alpaca's page, for paper or for live trading.",
            variable="ALPACA_API_KEY",
        ),
        CredentialField(
            name="secret_key",
            label="Secret key",
            message="A secret key has no blanks, and is shown by Alpaca once.",
            pattern=r"[!-~]{4,255}",
            kind=FieldKind.SECRET,
            variable="ALPACA_SECRET_KEY",
        ),
        CredentialField(
            name="feed",
            label="Price feed",
            message="Choose one of iex, sip and delayed_sip.",
            kind=FieldKind.CHOICE,
            choices=(
                FieldChoice("iex", "IEX: one exchange, free"),
                FieldChoice("sip", "SIP: all exchanges, needs a subscription"),
                FieldChoice("delayed_sip", "Delayed SIP: all exchanges, 15 minutes late"),
            ),
            hint="Shares only. The prices of crypto are Alpaca's own.",
            default="iex",
            is_setting=True,
            is_optional=True,
        ),
        *SIMULATION_FIELDS,
    ),
    hosts=OWN,
    limits=RateLimits(
        by_endpoint={Endpoint.ORDERS: 200, Endpoint.POSITIONS: 100, Endpoint.ACCOUNT: 60}, otherwise=60, overall=200
    ),
    commission=alpaca,
    build=_build,
    misset=misset,
)
