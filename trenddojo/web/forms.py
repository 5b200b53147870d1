"""Forms between the browser and the inputs: read once, and shown again with what was typed and what was wrong."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar
from uuid import uuid4
from zoneinfo import ZoneInfo

from flask import request

from trenddojo.services.errors import FORM
from trenddojo.services.inputs import Input, parse

_T = TypeVar("_T", bound=Input)


@dataclass(frozen=True, slots=True)
class Form:
    """A form as it is shown: `values` by field as text, `errors` by field as sentences."""

    values: Mapping[str, Any] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)

    def value(self, name: str) -> Any:
        """What stands in a field."""
        return self.values.get(name, "")

    def error(self, name: str) -> str:
        """What is wrong with a field, or nothing."""
        return self.errors.get(name, "")

    @property
    def general(self) -> str:
        """What is wrong with the whole, or nothing."""
        return self.errors.get(FORM, "")


def typed() -> dict[str, Any]:
    """What the browser sent, by field; fields sent several times become lists."""
    return {
        name: values if len(values) > 1 else values[0]
        for name, values in request.form.to_dict(flat=False).items()
        if name != "csrf_token"
    }


def read(model: type[_T], zone: ZoneInfo | None = None, **fixed: Any) -> _T:
    """The sent form as a `model`; fields that the model does not have are left out.

    Raises Invalid with one sentence for each bad field.
    """
    sent = {name: value for name, value in typed().items() if name in model.model_fields}
    return parse(model, {**sent, **fixed}, zone)


def again(errors: Mapping[str, str]) -> Form:
    """The form that was sent, with its errors."""
    return Form(typed(), errors)


def fresh_key() -> str:
    """A key for a form that sends something once."""
    return str(uuid4())
