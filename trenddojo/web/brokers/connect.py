"""The connect form, drawn from the brokers' specs alone: who there is, in which modes, and what each asks for."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from flask import request

from trenddojo.brokers.errors import BrokerErrorCode
from trenddojo.brokers.ports import Purpose
from trenddojo.brokers.registry import UnknownBroker, spec_of, specs
from trenddojo.brokers.spec import BrokerSpec, CredentialField, FieldKind, SetupStep
from trenddojo.brokers.types import AccountInfo
from trenddojo.config import Config
from trenddojo.domain.terms import Mode
from trenddojo.services import modes, operator_keys
from trenddojo.services.connection_forms import default_name
from trenddojo.services.connections import Tried
from trenddojo.services.errors import FORM, Invalid
from trenddojo.services.faults import Refused
from trenddojo.services.inputs import parse
from trenddojo.services.inputs.brokers import ConnectInput, CredentialsInput
from trenddojo.store.models import BrokerConnection
from trenddojo.web.frame import mode_of

PREFIX = "field-"
"""What the names of a broker's own fields begin with in the form, so that they meet none of ours."""
FOUND, TICKED = "found", "account"
"""What accounts that a test found are sent as, those that may be chosen and those that are."""
KEPT_NOTHING = "Nothing was kept."
CHECK = f"{KEPT_NOTHING} Check these there, then try again."
"""The next step where nobody answered, with what to do there beside it."""
_ORDER = (Mode.MOCK, Mode.PAPER, Mode.LIVE)


@dataclass(frozen=True, slots=True)
class Choice:
    """A broker or a mode to choose; `why_not` says why it cannot be chosen."""

    value: str
    label: str
    note: str
    is_chosen: bool
    why_not: str = ""


@dataclass(frozen=True, slots=True)
class FieldView:
    """A field as it is drawn. Only a setting has a value: what is kept encrypted is never shown again.

    `options` are what a choice offers, each with its value and label.
    """

    name: str
    label: str
    kind: FieldKind
    hint: str
    value: str
    error: str
    is_required: bool
    is_setting: bool
    options: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True, slots=True)
class Failure:
    """What the broker said, and what to do about it; `is_unanswered` where nobody is there to ask."""

    what: str
    next_step: str
    is_unanswered: bool = False


@dataclass(frozen=True, slots=True)
class AccountChoice:
    """An account that a test found. `info` is what the broker told of it, None where what was found is shown again.

    `is_known`: it is connected already, and stays.
    """

    number: str
    info: AccountInfo | None
    is_chosen: bool
    is_known: bool


@dataclass(frozen=True, slots=True)
class ConnectForm:
    """The form for one broker and mode. `setup` is what to do elsewhere first; `is_again` where the connection exists.

    `is_tried` right after a test that went well; `accounts` are what it or the one before it found.
    """

    brokers: Sequence[Choice]
    modes: Sequence[Choice]
    broker: str
    label: str
    mode: Mode
    name: str
    is_again: bool
    fields: Sequence[FieldView]
    setup: Sequence[SetupStep]
    errors: Mapping[str, str] = field(default_factory=dict)
    failure: Failure | None = None
    accounts: Sequence[AccountChoice] = ()
    is_tried: bool = False

    @property
    def is_choice(self) -> bool:
        """Whether there are accounts to choose among."""
        return len(self.accounts) > 1 or any(one.info is None for one in self.accounts)

    @property
    def has_secrets(self) -> bool:
        """Whether anything that is entered is to be kept encrypted."""
        return not all(one.is_setting for one in self.fields)

    @property
    def sentences(self) -> Sequence[str]:
        """What is wrong, each with the field that it concerns."""
        labels = {one.name: one.label for one in self.fields} | {"name": "Name", "mode": "Mode", "broker": "Broker"}
        return [f"{labels[name]}: {told}" if name in labels else told for name, told in self.errors.items()]


@dataclass(frozen=True, slots=True)
class Setting:
    """What decides the form beside what is asked: the server's switches, the lock, and the person's connections."""

    config: Config
    is_unlocked: bool
    connections: Sequence[BrokerConnection]

    @property
    def taken(self) -> frozenset[str]:
        """The names that connections have."""
        return frozenset(one.name for one in self.connections)

    def has(self, spec: BrokerSpec, mode: Mode, name: str) -> bool:
        """Whether this is a connection that there is."""
        return any((one.broker, one.mode, one.name) == (spec.name, mode, name) for one in self.connections)


def drawn(
    setting: Setting,
    asked: Mapping[str, str],
    *,
    refusal: Invalid | Refused | None = None,
    tried: Tried | None = None,
) -> ConnectForm:
    """The form for the broker and mode that are asked for, or those that go before; with what stood against it, or what
    a test found. Raises Invalid for no broker."""
    spec = _spec(asked.get("broker", ""))
    why_not = {mode: _why_not(setting, mode) for mode in _ORDER if mode in spec.modes}
    mode = _mode(asked.get("mode", ""), why_not, setting.config)
    name = asked.get("name") or _free(default_name(spec, mode), setting.taken)
    errors, told = wrong(refusal, spec, mode)
    unsent = "" if request.method == "POST" else None  # a box that is not ticked is not sent
    return ConnectForm(
        brokers=[Choice(one.name, one.label, one.sign_in_label, one is spec) for one in specs()],
        modes=[
            Choice(one.value, mode_of(one).capitalize(), "", one is mode, sentence) for one, sentence in why_not.items()
        ],
        broker=spec.name,
        label=spec.label,
        mode=mode,
        name=name,
        is_again=setting.has(spec, mode, name),
        fields=_fields(spec, mode, lambda one: asked.get(PREFIX + one.name, unsent), errors),
        setup=spec.setup_for(mode),
        errors=errors,
        failure=told,
        accounts=_choices(tried),
        is_tried=tried is not None,
    )


def entered(*, is_test: bool = False) -> ConnectInput:
    """The sent form; a test is of all accounts. Raises Invalid."""
    form = request.form
    spec = _spec(form.get("broker", ""))
    mode = next((one for one in _ORDER if one.value == form.get("mode")), Mode.MOCK)
    given = {
        "broker": spec.name,
        "mode": form.get("mode"),
        "name": form.get("name", ""),
        "credentials": _sent(spec, mode),
        "accounts": _ticked() if FOUND in form and not is_test else None,
    }
    return parse(ConnectInput, given)


def typed() -> dict[str, str]:
    """What was typed, to be shown again."""
    return {name: value for name, value in request.form.items() if name != "csrf_token"}


def failure(error: Refused) -> Failure:
    """A broker's refusal as the form shows it."""
    what = error.message.removesuffix(error.next_step).strip()
    return Failure(what, error.next_step, is_unanswered=error.code == BrokerErrorCode.GATEWAY_NOT_RUNNING)


def wrong(error: Invalid | Refused | None, spec: BrokerSpec, mode: Mode) -> tuple[Mapping[str, str], Failure | None]:
    """What stands against a form: sentences by its fields, or what the broker said of none of them."""
    if error is None:
        return {}, None
    if isinstance(error, Invalid):
        return error.fields, None
    told, name = failure(error), error.details.get("field", "")
    if any(one.name == name for one in spec.fields_for(mode)):
        return {name: told.what}, None
    if told.is_unanswered and spec.setup_for(mode):
        return {}, replace(told, next_step=CHECK)
    return {}, replace(told, next_step=KEPT_NOTHING) if error.code == BrokerErrorCode.ORDER_REJECTED else told


# ---- other keys for a connection that there is


def keys_drawn(
    spec: BrokerSpec, connection: BrokerConnection, typed: Mapping[str, str], errors: Mapping[str, str]
) -> list[FieldView]:
    """The fields of a connection: settings as they are or were typed, secrets empty.

    A setting that was kept and is taken no more says so.
    """
    kept = {name: str(value) for name, value in connection.settings.items()}
    values = typed or {PREFIX + name: value for name, value in kept.items()}
    told = errors if typed else _outdated(spec, connection.mode, kept)
    return _fields(spec, connection.mode, lambda one: values.get(PREFIX + one.name, ""), told)


def keys_entered(spec: BrokerSpec, mode: Mode) -> dict[str, str]:
    """What was sent, every field of the form: one that was emptied is cleared. Raises Invalid."""
    sent = _sent(spec, mode)
    found = parse(CredentialsInput, {"credentials": sent}).credentials
    return {name: found.get(name, "") for name in sent}


# ---- parts


def _spec(name: str) -> BrokerSpec:
    try:
        return spec_of(name) if name else specs()[0]
    except UnknownBroker:
        raise Invalid({"broker": "This broker is not supported."}) from None


def _ticked() -> list[str]:
    return request.form.getlist(TICKED)


def _choices(tried: Tried | None) -> list[AccountChoice]:
    """The accounts that a test found, or those that the one before it had: chosen unless they were not."""
    found, ticked = request.form.getlist(FOUND), _ticked()
    if tried is None:
        known = [one for one in ticked if one not in found]
        return [AccountChoice(one, None, one in ticked, is_known=one in known) for one in (*known, *found)]
    left = set(found) - set(ticked)
    return [
        AccountChoice(one.account_id, one, one.account_id not in left, is_known=one.account_id in tried.known)
        for one in tried.accounts
    ]


def _why_not(setting: Setting, mode: Mode) -> str:
    return modes.allowed(setting.config, mode, Purpose.TRADE, setting.is_unlocked)


def _mode(asked: str, why_not: Mapping[Mode, str], config: Config) -> Mode:
    """The mode that was asked for, else the server's usual one, else the simulated one; none that is not allowed."""
    allowed = [mode for mode, sentence in why_not.items() if not sentence]
    usual = config.default_broker_mode if config.enable_broker_integrations else Mode.MOCK
    wanted = [mode for mode in allowed if mode.value == asked] + [mode for mode in allowed if mode is usual]
    return [*wanted, *allowed, *why_not][0]


def _free(name: str, taken: frozenset[str]) -> str:
    """`name`, with a number after it where a connection has it already."""
    numbered = (f"{name} {number}" if number > 1 else name for number in range(1, len(taken) + 2))
    return next(one for one in numbered if one not in taken)


def _fields(
    spec: BrokerSpec, mode: Mode, typed: Callable[[CredentialField], str | None], errors: Mapping[str, str]
) -> list[FieldView]:
    """The fields of a broker's form; those that the operator's keys stand in for may stay empty."""
    lent = operator_keys.standing_in(spec, mode)
    return [_field(one, typed(one), errors, is_lent=one.name in lent) for one in spec.fields_for(mode)]


def _outdated(spec: BrokerSpec, mode: Mode, kept: Mapping[str, str]) -> dict[str, str]:
    """One sentence for each kept setting that its field would refuse today."""
    return {one.name: one.problem(kept[one.name]) for one in spec.fields_for(mode) if kept.get(one.name)}


def _field(one: CredentialField, typed: str | None, errors: Mapping[str, str], *, is_lent: bool) -> FieldView:
    shown = _shown(one, typed)
    return FieldView(
        name=one.name,
        label=one.label,
        kind=one.kind,
        hint=f"Leave it empty for the server's own ({one.variable})." if is_lent else one.hint,
        value=shown if one.is_setting else "",
        error=errors.get(one.name, ""),
        is_required=not one.is_optional and not is_lent and one.kind is not FieldKind.CHECK,
        is_setting=one.is_setting,
        options=_options(one, shown),
    )


def _shown(one: CredentialField, typed: str | None) -> str:
    """What was typed; the default where nothing was, and in a choice also where it was left empty."""
    left_out = typed is None or (one.kind is FieldKind.CHOICE and not typed)
    return one.default if left_out else typed or ""


def _options(one: CredentialField, shown: str) -> list[tuple[str, str]]:
    """What a choice offers: nothing chosen where it has no default, and what was sent but cannot be chosen."""
    if one.kind is not FieldKind.CHOICE:
        return []
    offered = [(choice.value, choice.label) for choice in one.choices]
    is_unknown = bool(shown) and shown not in dict(offered)
    return [
        *([] if one.default else [("", "Choose")]),
        *offered,
        *([(shown, f"{shown} (not offered)")] if is_unknown else []),
    ]


def _sent(spec: BrokerSpec, mode: Mode) -> dict[str, str]:
    return {one.name: request.form.get(PREFIX + one.name, "").strip() for one in spec.fields_for(mode)}


def general(errors: Mapping[str, str]) -> Mapping[str, str]:
    """What concerns no field of the form: the account of the credentials, the mode, the form as a whole."""
    told = [errors[name] for name in (FORM, "account", "mode", "broker", "credentials") if name in errors]
    return {FORM: " ".join(told)} if told else {}
