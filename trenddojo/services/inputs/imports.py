"""What is said of a statement that is brought in: how it is read, and what is assumed of trades without a stop."""

from collections.abc import Mapping
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, ValidationInfo

from trenddojo.services.inputs import kinds
from trenddojo.services.inputs.base import Input
from trenddojo.services.inputs.types import Checked, Day, OptionalCurrency, OptionalDay
from trenddojo.statements.format import DateOrder

_MOST_COLUMNS, _LONGEST_COLUMN = 40, 200
_WHOLE = Decimal(100)
_BLANK = BeforeValidator(lambda value: None if kinds.is_blank(value) else value)


class StopKind(StrEnum):
    """How far from its entry the stop of a trade from history is assumed to have been.

    So many percent of the entry, so many average true ranges, or where so much of the account's currency was at risk.
    """

    PERCENT = "percent"
    ATR = "atr"
    FIXED_RISK = "fixed_risk"


class StopRule(Input):
    """A stop to assume: `value` is in percent of the entry, in ranges, or in the account's currency."""

    kind: StopKind
    value: Annotated[Decimal, kinds.number(2, "0", "1000000", above=True)]


def _columns() -> kinds.Kind:
    """Our fields by the names of the file's columns; a field that was left empty is left out."""

    def read(value: Any, _info: ValidationInfo) -> dict[str, str]:
        if not isinstance(value, Mapping) or len(value) > _MOST_COLUMNS:
            raise kinds.refuse("Send an object of fields with the names of their columns.")
        if not all(isinstance(one, str) and _is_short(one) and _is_short(name) for name, one in value.items()):
            raise kinds.refuse(f"Each must be the name of a column, of up to {_LONGEST_COLUMN} characters.")
        return {name: one.strip() for name, one in value.items() if one.strip()}

    one = {"type": "string", "maxLength": _LONGEST_COLUMN}
    return kinds.Kind(read, {"type": "object", "additionalProperties": one})


def _is_short(text: str) -> bool:
    return len(text) <= _LONGEST_COLUMN and not kinds.has_unkeepable(text)


def rule(value: Any) -> Any:
    """A rule as an object, or none; whatever is wrong within it is told by its own field."""
    if kinds.is_blank(value):
        return None
    if not isinstance(value, Mapping | StopRule):
        raise kinds.refuse('Send an object such as {"kind": "percent", "value": "5"}.')
    return value


class ImportOptions(Input):
    """How a statement is read, and what is assumed of what it does not tell.

    `zone` is that of its clock times where they name none, and `currency` counts where it tells none; left empty, they
    are the account's. `date_order` is how it writes dates such as 03/04/2024, and `columns` names the columns of our
    fields, in a file of no known format. `account` is the broker's name of the account, where the file holds several.
    `stop_rule` gives trades a stop to count R from; `expire_options` ends options that were held to their expiry.
    `since` is the first day that a broker is asked for.
    """

    zone: Annotated[Annotated[str, kinds.time_zone()] | None, _BLANK] = None
    date_order: Annotated[DateOrder | None, _BLANK] = None
    currency: OptionalCurrency = None
    columns: Annotated[dict[str, str], _columns()] = Field(default_factory=dict)
    account: Annotated[str, kinds.text(0, 200)] = ""
    stop_rule: Annotated[StopRule | None, BeforeValidator(rule)] = None
    expire_options: Checked = False
    since: OptionalDay = None

    def problems(self) -> Mapping[str, str]:
        """A stop that would lie at or beyond zero."""
        rule = self.stop_rule
        if rule is not None and rule.kind is StopKind.PERCENT and rule.value >= _WHOLE:
            return {"stop_rule.value": "Must be below 100 percent."}
        return {}

    @property
    def as_json(self) -> dict[str, Any]:
        """The options as they are kept, without those that were left open."""
        return self.model_dump(mode="json", exclude_defaults=True)


class BrokerImportInput(Input):
    """What a broker is asked for: an account's past from the day `since` on."""

    since: Day


READ_BY = frozenset({"zone", "date_order", "currency", "columns", "account", "since"})
"""The options that change how a statement is read, and not only what is made of it."""
