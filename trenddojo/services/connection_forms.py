"""What a connect form becomes once it is found good: the broker, the mode, and its fields split by who may see them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import UUID

from trenddojo.brokers.manager import Link, Purpose
from trenddojo.brokers.registry import UnknownBroker, spec_of
from trenddojo.brokers.spec import BrokerSpec, FieldKind
from trenddojo.domain.terms import Mode
from trenddojo.runtime import runtime
from trenddojo.services import modes, operator_keys
from trenddojo.services.errors import Invalid
from trenddojo.services.inputs.brokers import ConnectInput
from trenddojo.store.models import BrokerConnection


@dataclass(frozen=True, slots=True)
class Draft:
    """A connection that may be tried. `settings` are kept in the open, `secrets` encrypted; `lent` is the operator's,
    and kept nowhere."""

    spec: BrokerSpec
    mode: Mode
    name: str
    settings: Mapping[str, str]
    secrets: Mapping[str, str] = field(repr=False)
    lent: Mapping[str, str] = field(default_factory=dict, repr=False)

    def link(self, connection_id: UUID, user_id: UUID) -> Link:
        """What the manager connects."""
        return Link(connection_id, user_id, self.spec.name, self.mode, self.settings)


def drafted(entered: ConnectInput) -> Draft:
    """The connection that is asked for.

    Raises Invalid: `broker` for one that is not supported, `mode` for one that it lacks or that is not allowed now,
    and each bad field of the broker's form by the name that it has within `credentials`.
    """
    spec = _spec(entered.broker)
    mode = _mode(spec, entered.mode)
    return _split(spec, mode, entered.name or default_name(spec, mode), entered.credentials)


def redrafted(connection: BrokerConnection, credentials: Mapping[str, str]) -> Draft:
    """A connection with other credentials; settings that are left out stay. Raises Invalid as `drafted` does."""
    spec = spec_of(connection.broker)
    mode = _mode(spec, connection.mode)
    return _split(spec, mode, connection.name, {**connection.settings, **credentials})


def default_name(spec: BrokerSpec, mode: Mode) -> str:
    """What a connection is called that its owner gave no name, such as "Alpaca simulated"."""
    word = "simulated" if mode is Mode.MOCK else mode.value
    return spec.label if spec.label.casefold() == word else f"{spec.label} {word}"


def _spec(name: str) -> BrokerSpec:
    try:
        return spec_of(name.lower())
    except UnknownBroker:
        raise Invalid({"broker": "This broker is not supported."}) from None


def _mode(spec: BrokerSpec, mode: Mode) -> Mode:
    if mode not in spec.modes:
        raise Invalid({"mode": f"{spec.label} cannot be connected in {mode} mode."})
    if sentence := modes.allowed(runtime().config, mode, Purpose.TRADE, modes.is_unlocked()):
        raise Invalid({"mode": sentence})
    return mode


def _split(spec: BrokerSpec, mode: Mode, name: str, sent: Mapping[str, str]) -> Draft:
    asked = spec.fields_for(mode)
    # A box that is not ticked is not sent, so its default is for the form only.
    defaults = {one.name: one.default for one in asked if one.default and one.kind is not FieldKind.CHECK}
    filled = {**defaults, **{name: value for name, value in sent.items() if value}}
    lent = {name: value for name, value in operator_keys.standing_in(spec, mode).items() if name not in filled}
    if problems := spec.problems(mode, {**lent, **filled}):
        raise Invalid(problems)
    open_names = {one.name for one in asked if one.is_setting}
    settings = {name: value for name, value in filled.items() if name in open_names}
    secrets = {name: value for name, value in filled.items() if name not in open_names}
    return Draft(spec, mode, name, settings, secrets, lent)
