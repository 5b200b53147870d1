"""The guide to the API as a page shows it: what the OpenAPI document says, put into words."""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from trenddojo.domain.terms import TokenScope
from trenddojo.services.idempotency import HEADER
from trenddojo.web.api import examples
from trenddojo.web.api.openapi import ABOUT, REFUSALS, SCOPES, document
from trenddojo.web.api.operations import Operation
from trenddojo.web.api.table import GROUPS

_FORMATS = {"uuid": "id", "date": "date", "date-time": "date and time", "decimal": "decimal"}
_NAMES = {"string": "text", "integer": "whole number", "boolean": "true or false", "array": "list", "object": "object"}


@dataclass(frozen=True, slots=True)
class Field:
    """One field or parameter: `kind` and `limits` are its type in words, `model` names what it consists of."""

    name: str
    kind: str
    limits: str
    is_required: bool
    default: str = ""
    model: str = ""


@dataclass(frozen=True, slots=True)
class Call:
    """One operation. `answer` names the model of the answer; it is empty where there is nothing to say."""

    name: str
    method: str
    path: str
    summary: str
    about: str
    scope: str
    parameters: tuple[Field, ...]
    body_about: tuple[str, ...]
    body: tuple[Field, ...]
    status: int
    answer: str
    example: str


@dataclass(frozen=True, slots=True)
class Section:
    """The operations of one resource. `anchor` is its place on the page."""

    name: str
    anchor: str
    calls: tuple[Call, ...]


@dataclass(frozen=True, slots=True)
class Shape:
    """A model that answers or bodies consist of."""

    name: str
    about: tuple[str, ...]
    fields: tuple[Field, ...]


@dataclass(frozen=True, slots=True)
class Guide:
    """The whole page. Texts may hold `code`."""

    about: tuple[str, ...]
    scopes: Mapping[TokenScope, str]
    refusals: Mapping[str, str]
    sections: tuple[Section, ...]
    shapes: tuple[Shape, ...]


def guide(root: str) -> Guide:
    """The guide to an installation at the address `root`."""
    spec = document()
    sections = tuple(
        Section(group.name, _anchor(group.name), tuple(_call(one, spec, root) for one in group.operations))
        for group in GROUPS
    )
    return Guide(
        about=ABOUT,
        scopes=SCOPES,
        refusals=REFUSALS,
        sections=sections,
        shapes=tuple(_shape(name, spec) for name in _answered(sections, spec)),
    )


def _anchor(name: str) -> str:
    return name.lower().replace(" ", "-")


def _call(operation: Operation, spec: Mapping[str, Any], root: str) -> Call:
    shown = spec["paths"][operation.shown_path][operation.method.lower()]
    body = _schema(operation.takes.__name__, spec) if operation.takes else {}
    return Call(
        name=operation.name,
        method=operation.method,
        path=operation.shown_path,
        summary=operation.summary,
        about=operation.description.replace("\n", " "),
        scope=operation.scope.value,
        parameters=tuple(
            _field(one["name"], one["schema"], one["required"], spec, one["in"]) for one in shown["parameters"]
        ),
        body_about=_paragraphs(body),
        body=_fields(body, spec),
        status=operation.status,
        answer=operation.gives.__name__ if operation.gives else "",
        example=_example(operation, root),
    )


def _schema(name: str, spec: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = spec["components"]["schemas"][name]
    return found


def _paragraphs(schema: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(part.replace("\n", " ") for part in schema.get("description", "").split("\n\n") if part)


def _fields(schema: Mapping[str, Any], spec: Mapping[str, Any]) -> tuple[Field, ...]:
    required = schema.get("required", [])
    found = [_field(name, one, name in required, spec) for name, one in schema.get("properties", {}).items()]
    return tuple(sorted(found, key=lambda field: not field.is_required))


def _field(name: str, schema: Mapping[str, Any], is_required: bool, spec: Mapping[str, Any], place: str = "") -> Field:
    inner = _without_null(schema)
    model = _referred(inner.get("items", inner))
    words = _schema(model, spec).get("enum", []) if model else []
    kind = "one of" if words else f"{'list of ' if 'items' in inner else ''}{_kind(inner.get('items', inner))}"
    limits = ", ".join(words) if words else _limits(inner)
    return Field(
        name=name,
        kind=kind,
        limits="; ".join(filter(None, (limits, _PLACES.get(place, "")))),
        is_required=is_required,
        default=_default(schema),
        model="" if words else model,
    )


_PLACES = {"path": "in the path", "query": "in the query", "header": "a header"}


def _without_null(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """Of a field that may be null, what it is otherwise."""
    return next((one for one in schema.get("anyOf", []) if one.get("type") != "null"), schema)


def _referred(schema: Mapping[str, Any]) -> str:
    return str(schema.get("$ref", "")).rpartition("/")[2]


def _kind(schema: Mapping[str, Any]) -> str:
    return _FORMATS.get(schema.get("format", ""), "") or _NAMES.get(schema.get("type", ""), "")


def _limits(schema: Mapping[str, Any]) -> str:
    """What a value has to keep to, in words."""
    found = [schema.get("description", "")]
    if "minimum" in schema:
        found.append(f"{schema['minimum']} to {schema['maximum']}")
    if "maxLength" in schema:
        low = schema.get("minLength", 0)
        found.append(f"{low} to {schema['maxLength']} characters" if low else f"up to {schema['maxLength']} characters")
    if "maxItems" in schema:
        found.append(f"up to {schema['maxItems']}")
    found += [
        f"{name}: {', '.join(one['enum'])}" for name, one in schema.get("properties", {}).items() if "enum" in one
    ]
    if "pattern" in schema and len(schema["pattern"]) < _LONGEST_PATTERN:
        found.append(f"as {schema['pattern'].strip('^$')}")
    return ", ".join(filter(None, found))


_LONGEST_PATTERN = 60


def _default(schema: Mapping[str, Any]) -> str:
    """What a field that is left out has, empty for nothing."""
    default = schema.get("default")
    return "" if default in (None, "", []) else json.dumps(default).strip('"')


def _shape(name: str, spec: Mapping[str, Any]) -> Shape:
    schema = _schema(name, spec)
    return Shape(name, _paragraphs(schema), _fields(schema, spec))


def _answered(sections: Iterable[Section], spec: Mapping[str, Any]) -> list[str]:
    """The models of all answers, and of what they and the bodies consist of, each once, in the order of first use."""
    calls = [call for section in sections for call in section.calls]
    used = [name for call in calls for name in (*(field.model for field in call.body), call.answer)]
    waiting = [name for name in used if name]
    found: dict[str, None] = {}
    while waiting:
        name = waiting.pop(0)
        if name not in found:
            found[name] = None
            waiting += [field.model for field in _fields(_schema(name, spec), spec) if field.model]
    return list(found)


def _example(operation: Operation, root: str) -> str:
    """The operation as a command."""
    path = re.sub(r"\{\w+\}", examples.ID, operation.shown_path)
    query = examples.QUERIES.get(operation.name)
    address = f"{root}{path}?{urlencode(query)}" if query else f"{root}{path}"
    lines = [f"curl -X {operation.method} '{address}'", "-H 'Authorization: Bearer td_...'"]
    if operation.is_repeatable:
        lines.append(f"-H '{HEADER}: a-new-one-each-time'")
    if operation.takes:
        body = json.dumps(examples.BODIES[operation.name], indent=2)
        lines += ["-H 'Content-Type: application/json'", f"-d '{body}'"]
    return " \\\n  ".join(lines)
