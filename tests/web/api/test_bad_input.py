"""Every field of every operation with every kind of bad value: a refusal that names the field, never a fault."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import pytest

from tests.web.api.desk import Desk, Program
from trenddojo.web.api.openapi import document
from trenddojo.web.api.operations import Operation
from trenddojo.web.api.table import OPERATIONS
from trenddojo.web.security import limiter

NEVER_GOOD: list[Any] = [
    float("nan"),
    float("inf"),
    -1.5,
    True,
    [1],
    [[]],
    {"a": 1},
    "a\0b",
    "\ud800",
    "x" * 10_000,
]
BY_FORMAT: dict[str, list[Any]] = {
    "decimal": ["NaN", "1e400", "1e2", "-1e-400", "Infinity", "abc", "\u0661\u0662", "1.12345678901", "9" * 30, "1,2"],
    "integer": ["NaN", "1e400", "1.5", "abc", "\u0665", "999999999999", "-1"],
    "date": [
        "2026-02-30",
        "19.11.2026",
        "\u0662\u0660\u0662\u0666-11-19",
        "9999-12-31",
        "0001-01-01",
        "2026-11-19T10:00Z",
    ],
    "date-time": ["2026-11-19", "2026-11-19T25:00Z", "2026-11-19T10:00", "2999-01-01T00:00:00Z", "0001-01-01T00:00Z"],
    "boolean": ["maybe", 7, "2"],
    "uuid": ["0", "abc", str(uuid4())],
    "enum": ["nothing", "0"],
    "string": [],
    "array": [["x" * 31], "x" * 31],
    "object": [],
}
EMPTY: list[Any] = ["", "   ", None]
AT_LEAST = {"above 0": ["0", "-1", "-0.01"], "from 0": ["-1"], "from -": []}

WITH_BODY = [operation for operation in OPERATIONS if operation.takes]
WITH_QUERY = [operation for operation in OPERATIONS if operation.asks]


def field_schemas(operation: Operation) -> dict[str, tuple[dict[str, Any], bool]]:
    """Each field of the operation's body with its schema and whether it is required, as the document says."""
    assert operation.takes
    schema = document()["components"]["schemas"][operation.takes.__name__]
    return {name: (one, name in schema.get("required", [])) for name, one in schema["properties"].items()}


def bad_values(schema: dict[str, Any]) -> list[Any]:
    """What a field of this schema must refuse."""
    inner = next((one for one in schema.get("anyOf", []) if one.get("type") != "null"), schema)
    kind = _kind(inner)
    low = next((values for words, values in AT_LEAST.items() if inner.get("description", "").startswith(words)), [])
    fits = {"object": dict, "boolean": bool}.get(kind, ())
    never_good = [one for one in NEVER_GOOD if not isinstance(one, fits)]
    return [*never_good, *BY_FORMAT[kind], *low]


def _kind(schema: dict[str, Any]) -> str:
    if "$ref" not in schema:
        return str(schema.get("format") or schema["type"])
    named = document()["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return "enum" if "enum" in named else "object"


@pytest.fixture(autouse=True)
def _unlimited(monkeypatch: pytest.MonkeyPatch) -> None:
    """Some operations may be called a few times a minute only."""
    monkeypatch.setattr(limiter, "enabled", False)


@pytest.mark.parametrize("operation", WITH_BODY, ids=lambda one: one.name)
def test_each_field_of_a_body(program: Program, desk: Desk, operation: Operation) -> None:
    good, path, wrong = desk.body_of(operation), desk.path_of(operation), []
    for name, (schema, is_required) in field_schemas(operation).items():
        for value in [*bad_values(schema), *(EMPTY if is_required else [])]:
            reply = program.call(operation.method, path, {**(good or {}), name: value})
            named = reply.get_json()["error"]["fields"] if 400 <= reply.status_code < 500 else {}
            if name not in named:
                wrong.append((name, str(value)[:30], reply.status_code, reply.get_data(as_text=True)[:200]))
    assert not wrong


@pytest.mark.parametrize("operation", WITH_BODY, ids=lambda one: one.name)
def test_each_required_field_left_out(program: Program, desk: Desk, operation: Operation) -> None:
    good, path = desk.body_of(operation) or {}, desk.path_of(operation)
    for name, (_, is_required) in field_schemas(operation).items():
        if is_required:
            reply = program.call(operation.method, path, {key: value for key, value in good.items() if key != name})
            assert reply.status_code == operation.bad_input
            assert reply.get_json()["error"]["fields"] == {name: "This is required."}


@pytest.mark.parametrize("operation", WITH_QUERY, ids=lambda one: one.name)
def test_each_parameter_of_a_query(program: Program, desk: Desk, operation: Operation) -> None:
    path, asked = desk.path_of(operation), desk.query_of(operation)
    for parameter in document()["paths"][operation.shown_path][operation.method.lower()]["parameters"]:
        if parameter["in"] != "query":
            continue
        name, values = parameter["name"], [one for one in bad_values(parameter["schema"]) if isinstance(one, str)]
        for value in values:
            if value == "\ud800":
                continue  # an address is bytes: what is no character arrives as U+FFFD
            others = "".join(f"&{other}={quote(good)}" for other, good in asked.items() if other != name)
            reply = program.call(operation.method, f"{path}?{name}={quote(value)}{others}")
            assert 400 <= reply.status_code < 500, (name, value[:30], reply.get_data(as_text=True)[:200])
            assert name in reply.get_json()["error"]["fields"], (name, value[:30])


@pytest.mark.parametrize("operation", WITH_BODY, ids=lambda one: one.name)
def test_a_field_name_that_is_no_text(program: Program, desk: Desk, operation: Operation) -> None:
    for name in ("\ud800", "a\0b", "", "x" * 10_000):
        body = {**(desk.body_of(operation) or {}), name: 1}
        reply = program.call(operation.method, desk.path_of(operation), body)
        assert reply.status_code == operation.bad_input
        assert reply.get_json()["error"]["fields"]


def test_dates_the_wrong_way_round(program: Program) -> None:
    reply = program.call("GET", "/trades?from=2026-11-19&to=2026-11-18")
    assert (reply.status_code, list(reply.get_json()["error"]["fields"])) == (422, ["to"])


@pytest.mark.parametrize(
    ("prices", "field"),
    [
        ({"stop": "100"}, "stop"),
        ({"stop": "101"}, "stop"),
        ({"direction": "short"}, "stop"),
        ({"target_1": "99"}, "target_1"),
        ({"target_2": "99"}, "target_2"),
    ],
)
@pytest.mark.parametrize("path", ["/sizing", "/trades"])
def test_prices_on_the_wrong_side(program: Program, desk: Desk, path: str, prices: dict[str, str], field: str) -> None:
    plan = {"account_id": desk.account_id, "symbol": "A", "direction": "long", "entry": "100", "stop": "95"}
    assert field in program.post(path, {**plan, **prices}, 422)["error"]["fields"]


def test_a_report_of_no_account_or_the_wrong_way_round(program: Program, desk: Desk) -> None:
    path = f"/reports/performance?account={desk.account_id}"
    for query, field in [("&from=2026-11-19&to=2026-11-18", "to"), ("&from=2026-11-20", "from"), ("&by=luck", "by")]:
        reply = program.call("GET", path + query)
        assert (reply.status_code, list(reply.get_json()["error"]["fields"])) == (422, [field])
    reply = program.call("GET", "/reports/performance")
    assert reply.get_json()["error"]["fields"] == {"account": "This is required."}


def test_a_checklist_item_of_somebody_else_is_named(program: Program, desk: Desk) -> None:
    refused = program.patch(f"/trades/{desk.plan_id}", {"checklist": [str(uuid4())]}, 422)
    assert list(refused["error"]["fields"]) == ["checklist"]


def extremes(schema: dict[str, Any]) -> list[str]:
    """The smallest and the largest decimal that a field allows, none where it is no decimal."""
    inner = next((one for one in schema.get("anyOf", []) if one.get("type") != "null"), schema)
    bounds = re.match(r"(above|from) (\S+) to (\S+), at most (\d+)", inner.get("description", ""))
    if bounds is None:
        return []
    low, places = Decimal(bounds[2]), int(bounds[4])
    return [f"{low + Decimal(1).scaleb(-places) if bounds[1] == 'above' else low:f}", bounds[3]]


@pytest.mark.parametrize("operation", WITH_BODY, ids=lambda one: one.name)
def test_the_smallest_and_largest_numbers_break_nothing(program: Program, desk: Desk, operation: Operation) -> None:
    path, good = desk.path_of(operation), desk.body_of(operation) or {}
    ends = {name: extremes(schema) for name, (schema, _) in field_schemas(operation).items() if extremes(schema)}
    single = [{name: value} for name, values in ends.items() for value in values]
    together = [{name: values[which] for name, values in ends.items()} for which in (0, 1)]
    for change in [*single, *together]:
        reply = program.call(operation.method, path, {**good, **change})
        assert reply.status_code < 500, (change, reply.get_data(as_text=True)[:200])
