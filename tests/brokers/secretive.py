"""A broker for tests that asks for secrets in every mode that it has. Its mock mode is the simulated exchange."""

from trenddojo.brokers.base import BrokerClient
from trenddojo.brokers.errors import BrokerError, BrokerErrorCode
from trenddojo.brokers.simulator.fields import SIMULATION_FIELDS
from trenddojo.brokers.simulator.profile import Profile
from trenddojo.brokers.spec import BrokerSpec, Building, Capabilities, CredentialField, FieldKind, SignIn
from trenddojo.domain.commissions import FREE
from trenddojo.domain.orders import OrderClass, OrderType, TimeInForce
from trenddojo.domain.terms import AssetType, Mode

NAME = "secretive"
ALWAYS = frozenset(Mode)


def refusing(building: Building) -> BrokerClient:
    """Every mode but mock: the broker does not take these credentials, whatever they are."""
    code = BrokerErrorCode.AUTHENTICATION_FAILED
    raise BrokerError("Secretive does not accept these keys.", code, NAME, {"connection": building.connection})


SPEC = BrokerSpec(
    name=NAME,
    label="Secretive",
    sign_in=SignIn.FIELDS,
    sign_in_label="Everything it can think of",
    modes=ALWAYS,
    capabilities=Capabilities(
        asset_types=frozenset({AssetType.STOCK}),
        order_types=frozenset(OrderType),
        times_in_force=frozenset(TimeInForce),
        order_classes=frozenset(OrderClass),
    ),
    profile=Profile(commission=FREE),
    fields=(
        CredentialField(name="key", label="Key", message="Enter the key.", modes=ALWAYS),
        CredentialField(name="secret", label="Secret", message="Bad.", kind=FieldKind.SECRET, modes=ALWAYS),
        CredentialField(
            name="phrase", label="Phrase", message="Bad.", kind=FieldKind.SECRET, is_optional=True, modes=ALWAYS
        ),
        CredentialField(name="region", label="Region", message="Bad.", is_setting=True, default="us", modes=ALWAYS),
        *SIMULATION_FIELDS,
    ),
    build=refusing,
)
