"""The OpenAPI document, made from the table of operations and the models that validate and answer."""

from functools import cache
from typing import Any, Literal

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, models_json_schema

from trenddojo.domain.terms import TokenScope
from trenddojo.services.idempotency import HEADER
from trenddojo.services.inputs import Input
from trenddojo.web.api.operations import Operation
from trenddojo.web.api.reading import KEY
from trenddojo.web.api.table import GROUPS, OPERATIONS

VERSION = "1.0.0"
_Model = tuple[type[BaseModel], Literal["validation", "serialization"]]
_REFERENCE = "#/components/schemas/{model}"
SCOPES = {
    TokenScope.READ: "Look at everything that its owner may see.",
    TokenScope.TRADE: "Also plan, record and correct trades, notes and cash, and ask a broker anew.",
    TokenScope.ADMIN: "Also change accounts, their limits and their members, and connect brokers, where its owner may.",
}
REFUSALS = {
    "400": "The body is not JSON.",
    "401": "No token that holds, and nobody signed in.",
    "403": "The token's scope or the person's right does not reach that far.",
    "404": "There is nothing here, or it is not yours to see.",
    "409": "Its state does not allow that, or it changed meanwhile.",
    "413": "More than 1 MiB, or than the operator allows of a file.",
    "415": "Not application/json.",
    "422": "A field is wrong; `fields` has a sentence for each.",
    "429": "Too many requests; Retry-After says how many seconds to wait.",
    "502": "The broker refused, failed, or could not be asked; `code` is one of the brokers' codes.",
    "504": "The broker did not answer in time.",
}
ABOUT = (
    "What the desk does with accounts, risk, sizing, trades, fills, stops, notes, cash, reports and brokers, for "
    "programs.",
    "Decimals are strings of plain digits, such as `146.20`. Moments are ISO 8601 with their offset from UTC, and "
    "answered in UTC with `Z`. Lists give `items` and `next`, the address of the page that follows, or null.",
    f"Every POST that makes something takes the header `{HEADER}`: the same request with the same key is done once, "
    "and a repeated one gets the first answer again with `Idempotency-Replayed: true`. A key is kept for 48 hours.",
)


_FILE = {"type": "string", "format": "binary"}


class _Schemas(GenerateJsonSchema):
    """Pydantic's schemas without a title for each field, which only repeats its name."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False


@cache
def document() -> dict[str, Any]:
    """The API as OpenAPI 3.1, built at the first request for it; read it, do not change it."""
    return {
        "openapi": "3.1.0",
        "info": {"title": "TrendDojo", "version": VERSION, "description": "\n\n".join(ABOUT)},
        "servers": [{"url": "/"}],
        "security": [{"token": []}, {"session": []}],
        "tags": [{"name": group.name} for group in GROUPS],
        "paths": _paths(),
        "components": {"securitySchemes": _security(), "schemas": _schemas(), "responses": _responses()},
    }


def _paths() -> dict[str, Any]:
    paths: dict[str, Any] = {}
    for operation in OPERATIONS:
        paths.setdefault(operation.shown_path, {})[operation.method.lower()] = _operation(operation)
    return paths


def _operation(operation: Operation) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "operationId": operation.name,
        "tags": [operation.group],
        "summary": operation.summary,
        "description": f"{operation.description}\n\nScope: `{operation.scope}`.".strip(),
        "x-scope": operation.scope.value,
        "parameters": _parameters(operation),
        "responses": _answers(operation),
    }
    if operation.takes:
        shown["requestBody"] = {"required": True, "content": _content(operation.takes)}
    if operation.takes_file:
        shown["requestBody"] = {"required": True, "content": {"application/octet-stream": {"schema": _FILE}}}
    return shown


def _parameters(operation: Operation) -> list[dict[str, Any]]:
    identity = {"type": "string", "format": "uuid"}
    found = [{"name": name, "in": "path", "required": True, "schema": identity} for name in operation.ids]
    found += [{"name": name, "in": "path", "required": True, "schema": {"type": "string"}} for name in operation.words]
    if operation.asks:
        found += _asked(operation.asks)
    if operation.is_repeatable:
        text = {"type": "string", "minLength": 1, "maxLength": 255}
        told = "Makes a repeated request do nothing more than the first."
        found.append({"name": HEADER, "in": "header", "required": False, "description": told, "schema": text})
    return found


def _asked(model: type[Input]) -> list[dict[str, Any]]:
    schema = model.model_json_schema(ref_template=_REFERENCE, schema_generator=_Schemas)
    required = schema.get("required", [])
    return [
        {"name": name, "in": "query", "required": name in required, "schema": field}
        for name, field in schema["properties"].items()
    ]


def _answers(operation: Operation) -> dict[str, Any]:
    refusals = {status: {"$ref": f"#/components/responses/{status}"} for status in _refusals(operation)}
    answer: dict[str, Any] = {"description": "Done."}
    if operation.gives:
        answer["content"] = _content(operation.gives)
    return {str(operation.status): answer, **refusals}


def _refusals(operation: Operation) -> list[str]:
    reading = [] if operation.takes or operation.takes_file else ["400", "413", "415"]
    changing = [] if operation.method != "GET" else ["409"]
    asking = [] if operation.asks_broker else ["502", "504"]
    return [status for status in REFUSALS if status not in (*reading, *changing, *asking)]


def _content(model: type[BaseModel]) -> dict[str, Any]:
    return {"application/json": {"schema": {"$ref": _REFERENCE.format(model=model.__name__)}}}


def _schemas() -> dict[str, Any]:
    """The models of all bodies, queries and answers, and whatever they are made of."""
    inputs = dict.fromkeys(model for one in OPERATIONS for model in (one.takes, one.asks) if model)
    outputs = dict.fromkeys(one.gives for one in OPERATIONS if one.gives)
    read: list[_Model] = [(model, "validation") for model in inputs]
    written: list[_Model] = [(model, "serialization") for model in outputs]
    models = [*read, *written]
    _, found = models_json_schema(models, ref_template=_REFERENCE, schema_generator=_Schemas)
    changes = {one.takes.__name__ for one in OPERATIONS if one.takes and one.method == "PATCH"}
    schemas = {name: _sent(schema, name in changes) for name, schema in found["$defs"].items()}
    return {**schemas, "Refusal": _REFUSAL}


def _sent(schema: dict[str, Any], is_change: bool) -> dict[str, Any]:
    """A model as programs send it: without the forms' key, and a change without defaults, as what is left out stays."""
    fields = {name: field for name, field in schema.get("properties", {}).items() if name != KEY}
    if is_change:
        fields = {name: _without_default(field) for name, field in fields.items()}
    return {**schema, "properties": fields} if fields else schema


def _without_default(field: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in field.items() if key != "default"}


_REFUSAL = {
    "type": "object",
    "description": "Why a request was not done. `code` is for programs, `message` for people; `fields` has a sentence "
    "for each field that is wrong, under `form` for the request as a whole.",
    "required": ["error"],
    "properties": {
        "error": {
            "type": "object",
            "required": ["code", "message", "fields"],
            "properties": {
                "code": {"type": "string"},
                "message": {"type": "string"},
                "fields": {"type": "object", "additionalProperties": {"type": "string"}},
            },
        }
    },
}


def _responses() -> dict[str, Any]:
    content = {"application/json": {"schema": {"$ref": _REFERENCE.format(model="Refusal")}}}
    return {status: {"description": told, "content": content} for status, told in REFUSALS.items()}


def _security() -> dict[str, Any]:
    scopes = " ".join(f"`{scope}`: {told}" for scope, told in SCOPES.items())
    session = "The browser's session. Requests that change something also send the page's X-CSRFToken."
    return {
        "token": {"type": "http", "scheme": "bearer", "description": f"A personal token. {scopes}"},
        "session": {"type": "apiKey", "in": "cookie", "name": "session", "description": session},
    }
