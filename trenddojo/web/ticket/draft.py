"""A half-typed ticket: what can be said of it already, and what is wrong or missing."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from trenddojo.services.errors import Invalid
from trenddojo.services.inputs import parse
from trenddojo.services.inputs.kinds import is_blank
from trenddojo.services.inputs.plans import PlanChange, SizingInput

_OPTIONAL = frozenset({"target_1", "target_2", "initial_margin"})
"""Fields without which there is still something to size."""


@dataclass(frozen=True, slots=True)
class Draft:
    """`typed` holds the fields that can be read; `given` is there once they can be sized.

    `errors` concern fields that have been typed in only; `missing` names the others that sizing needs.
    """

    typed: PlanChange
    given: SizingInput | None
    errors: Mapping[str, str]
    missing: tuple[str, ...]


def read(values: Mapping[str, Any]) -> Draft:
    """Read what stands in the ticket's fields so far."""
    filled = {name: values[name] for name in SizingInput.model_fields if not is_blank(values.get(name))}
    typed, errors = _readable(filled)
    good = {name: value for name, value in filled.items() if name not in errors}
    given, found = _sizable(good)
    misplaced = {name: sentence for name, sentence in found.items() if name in good}
    missing = tuple(name for name in found if name not in filled)
    return Draft(typed, given, {**misplaced, **errors}, missing)


def _readable(filled: Mapping[str, Any]) -> tuple[PlanChange, Mapping[str, str]]:
    try:
        return parse(PlanChange, dict(filled)), {}
    except Invalid as refusal:
        good = {name: value for name, value in filled.items() if name not in refusal.fields}
        return parse(PlanChange, good), refusal.fields


def _sizable(good: Mapping[str, Any]) -> tuple[SizingInput | None, Mapping[str, str]]:
    """The input to size, if need be without an optional field that does not fit the others."""
    try:
        return parse(SizingInput, dict(good)), {}
    except Invalid as refusal:
        if not refusal.fields.keys() <= _OPTIONAL:
            return None, refusal.fields
        rest = {name: value for name, value in good.items() if name not in refusal.fields}
        return _sizable(rest)[0], refusal.fields
