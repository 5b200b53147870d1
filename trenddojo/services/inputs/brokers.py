"""What is asked of a broker connection."""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, ValidationInfo

from trenddojo.domain.terms import Mode
from trenddojo.services.inputs import kinds
from trenddojo.services.inputs.base import Input
from trenddojo.services.inputs.types import Symbol

_MOST_FIELDS, _LONGEST, _MOST_ACCOUNTS, _LONGEST_ID = 30, 4000, 200, 80


def _fields() -> kinds.Kind:
    """The fields of a broker's connect form by name, all as text; a check is "on" or is left out."""

    def read(value: Any, _info: ValidationInfo) -> dict[str, str]:
        if not isinstance(value, Mapping) or len(value) > _MOST_FIELDS:
            raise kinds.refuse("Send an object with the fields of the broker.")
        found = {str(name): _text(name, one) for name, one in value.items()}
        return {name: text for name, text in found.items() if text}

    return kinds.Kind(read, {"type": "object", "additionalProperties": {"type": "string", "maxLength": _LONGEST}})


def _text(name: Any, value: Any) -> str:
    if value is None or isinstance(value, bool):
        return "on" if value else ""
    if not isinstance(value, str | int):
        raise kinds.refuse(f"{name} must be text.")
    text = str(value).strip()
    if len(text) > _LONGEST or kinds.has_unkeepable(text):
        raise kinds.refuse(f"{name} contains what cannot be kept.")
    return text


def _account_ids() -> kinds.Kind:
    """Some accounts of the broker's, by their ids there; none sent means all that there are."""

    def read(value: Any, _info: ValidationInfo) -> list[str] | None:
        if value is None:
            return None
        if not isinstance(value, list):
            raise kinds.refuse("Must be a list of account numbers.")
        if len(value) > _MOST_ACCOUNTS:
            raise kinds.refuse(f"At most {_MOST_ACCOUNTS} of them.")
        if not all(isinstance(one, str) and _is_account_id(one) for one in value):
            raise kinds.refuse(f"Each must be an account number of 1 to {_LONGEST_ID} characters.")
        return [one.strip() for one in value]

    item = {"type": "string", "minLength": 1, "maxLength": _LONGEST_ID}
    some = {"type": "array", "items": item, "maxItems": _MOST_ACCOUNTS}
    return kinds.Kind(read, {"anyOf": [some, {"type": "null"}]})


def _is_account_id(text: str) -> bool:
    return 1 <= len(text.strip()) <= _LONGEST_ID and not kinds.has_unkeepable(text)


Fields = Annotated[dict[str, str], _fields(), Field(repr=False)]
ConnectionName = Annotated[str, kinds.text(0, 60)]
AccountId = Annotated[
    Annotated[str, kinds.text(1, _LONGEST_ID)] | None,
    BeforeValidator(lambda value: None if kinds.is_blank(value) else value),
]
AccountIds = Annotated[list[str] | None, _account_ids()]


class ConnectInput(Input):
    """A connection to make, or to make anew with other credentials.

    Without `name` it is named after its broker. `credentials` are the fields of the broker's form, secrets and settings
    alike. `account` and `accounts` restrict it to one or some accounts of the broker's, by their ids there.
    """

    broker: Annotated[str, kinds.text(1, 60)]
    mode: Mode
    name: ConnectionName = ""
    credentials: Fields = Field(default_factory=dict)
    account: AccountId = None
    accounts: AccountIds = None

    @property
    def wanted(self) -> tuple[str, ...] | None:
        """The accounts that are asked for; None for all that there are."""
        if self.account is not None:
            return (self.account,)
        return None if self.accounts is None else tuple(self.accounts)

    def problems(self) -> Mapping[str, str]:
        """One account and several at once, or none of several."""
        if self.accounts is None:
            return {}
        if self.account is not None:
            return {"accounts": "Send account or accounts, not both."}
        return {} if self.accounts else {"accounts": "Choose at least one account."}


class CredentialsInput(Input):
    """New keys for a connection: the fields of the broker's form that change."""

    credentials: Fields


class WatchInput(Input):
    """A symbol, as the broker spells it."""

    symbol: Symbol
