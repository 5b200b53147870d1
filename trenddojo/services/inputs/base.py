"""How input is validated, and how each refusal becomes one sentence by its field."""

from collections.abc import Mapping
from typing import Any, ClassVar, TypeVar
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import ErrorDetails

from trenddojo.services.errors import FORM, Invalid


class Input(BaseModel):
    """A validated, immutable request. `problems` adds what several fields decide together.

    Validators are built at a model's first use: all of them at once would double the time of a start.
    """

    model_config: ClassVar[ConfigDict] = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    def problems(self) -> Mapping[str, str]:
        """One sentence for each field that does not fit the others."""
        return {}


_T = TypeVar("_T", bound=Input)


def parse(model: type[_T], data: Any, zone: ZoneInfo | None = None) -> _T:
    """`data` as a `model`; local times without an offset are read in `zone`.

    Raises Invalid with one sentence for each bad field.
    """
    try:
        parsed = model.model_validate(data, context={"zone": zone})
    except ValidationError as error:
        raise Invalid(_sentences(error.errors())) from None
    if problems := parsed.problems():
        raise Invalid(problems)
    return parsed


def _sentences(errors: list[ErrorDetails]) -> dict[str, str]:
    found: dict[str, str] = {}
    for error in errors:
        place = ".".join(str(part) for part in error["loc"]) or FORM
        found.setdefault(place, _sentence(error))
    return found


def _sentence(error: ErrorDetails) -> str:
    context = error.get("ctx", {})
    match error["type"]:
        case "field":
            return error["msg"]
        case "missing":
            return "This is required."
        case "extra_forbidden":
            return "There is no such field."
        case "enum" | "literal_error":
            return f"Choose one of {context['expected']}."
        case "string_type":
            return "Must be text."
        case "too_long":
            return f"At most {context['max_length']} of them."
        case "model_type" | "model_attributes_type" | "dict_type":
            return "Must be an object with fields."
        case "list_type":
            return "Must be a list."
        case "bool_parsing" | "bool_type":
            return "Must be true or false."
        case _:
            return f"{error['msg']}."
