"""The document says what the API does."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.web.api.desk import Desk, Program
from trenddojo.services.inputs import parse
from trenddojo.web.api import examples
from trenddojo.web.api.openapi import document
from trenddojo.web.api.operations import Operation
from trenddojo.web.api.table import OPERATIONS

SPECIFICATION = Path(__file__).parents[3] / "docs" / "API_SPECIFICATION.md"


@pytest.fixture
def served(app: Flask) -> Any:
    reply = app.test_client().get("/api/openapi.json")
    assert reply.status_code == 200
    return reply.get_json()


def test_it_is_valid(served: Any) -> None:
    import openapi_spec_validator as validator

    validator.validate(served)


def test_it_holds_every_operation_once(served: Any) -> None:
    found = [(method.upper(), path) for path, methods in served["paths"].items() for method in methods]
    assert sorted(found) == sorted((one.method, one.shown_path) for one in OPERATIONS)
    assert len({one.name for one in OPERATIONS}) == len(OPERATIONS)


def test_every_operation_says_what_it_does() -> None:
    for operation in OPERATIONS:
        assert len(operation.summary) > 8, operation.name
        assert operation.summary[0].isupper(), operation.name


def test_every_reference_leads_somewhere(served: Any) -> None:
    for kind, name in re.findall(r'"#/components/(\w+)/(\w+)"', json.dumps(served)):
        assert name in served["components"][kind]


def test_the_forms_key_is_not_in_it(served: Any) -> None:
    for name, schema in served["components"]["schemas"].items():
        assert "key" not in schema.get("properties", {}), name
        assert "`key`" not in schema.get("description", ""), name


def test_a_change_has_no_defaults(served: Any) -> None:
    for name in ("TradeChange", "AccountChange", "FillChange"):
        assert all("default" not in field for field in served["components"]["schemas"][name]["properties"].values())


@pytest.mark.parametrize("operation", [one for one in OPERATIONS if one.takes], ids=lambda one: one.name)
def test_the_example_is_accepted(operation: Operation) -> None:
    assert operation.takes
    parse(operation.takes, dict(examples.BODIES[operation.name]))


def test_no_example_is_left_over() -> None:
    taking = {one.name for one in OPERATIONS if one.takes}
    asking = {one.name for one in OPERATIONS if one.asks}
    assert set(examples.BODIES) == taking
    assert set(examples.QUERIES) <= asking


@pytest.mark.parametrize("operation", [one for one in OPERATIONS if one.gives], ids=lambda one: one.name)
def test_the_answer_is_as_described(program: Program, desk: Desk, operation: Operation) -> None:
    query = "&".join(f"{name}={value}" for name, value in desk.query_of(operation).items())
    reply = program.call(operation.method, f"{desk.path_of(operation)}?{query}", desk.body_of(operation))
    assert operation.gives
    check(reply.get_json(), {"$ref": f"#/components/schemas/{operation.gives.__name__}"}, operation.name)


def check(value: Any, schema: dict[str, Any], where: str) -> None:
    """Hold a value against a schema: references, alternatives, fields, lists, words and decimals."""
    if "$ref" in schema:
        return check(value, document()["components"]["schemas"][schema["$ref"].rpartition("/")[2]], where)
    if "anyOf" in schema:
        if value is not None:
            check(value, next(one for one in schema["anyOf"] if one.get("type") != "null"), where)
        return None
    match schema["type"]:
        case "object" if "properties" not in schema:
            assert isinstance(value, dict), where  # whatever a broker said
        case "object":
            assert set(value) == set(schema["properties"]), where
            for name, field in schema["properties"].items():
                check(value[name], field, f"{where}.{name}")
        case "array":
            for one in value:
                check(one, schema["items"], f"{where}[]")
        case "string":
            assert isinstance(value, str), where
            assert value in schema.get("enum", [value]), where
            check_format(value, schema.get("format", ""), where)
        case kind:
            assert isinstance(value, {"integer": int, "boolean": bool}[kind]), where
    return None


def check_format(value: str, form: str, where: str) -> None:
    patterns = {
        "decimal": r"-?\d+(\.\d+)?",
        "date-time": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z",
        "date": r"\d{4}-\d\d-\d\d",
        "uuid": r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}",
    }
    assert re.fullmatch(patterns.get(form, ".*"), value, re.DOTALL), (where, value)


class TestGuide:
    def test_it_shows_every_operation_to_anybody(self, app: Flask) -> None:
        page = app.test_client().get("/api/docs").get_data(as_text=True)
        for operation in OPERATIONS:
            assert f'id="{operation.name}"' in page
            assert f'href="#{operation.name}"' in page
            assert operation.shown_path in page

    def test_every_link_within_it_leads_somewhere(self, client: FlaskClient) -> None:
        page = client.get("/api/docs").get_data(as_text=True)
        ids = re.findall(r'\bid="([^"]+)"', page)
        assert len(ids) == len(set(ids))
        assert set(re.findall(r'href="#([^"]+)"', page)) <= set(ids)

    def test_it_says_limits_and_choices(self, client: FlaskClient) -> None:
        page = client.get("/api/docs").get_data(as_text=True)
        assert "above 0 to 10000000, at most 6 decimal places" in page
        assert "stop_loss, target, manual, trailing_stop" in page
        assert "curl -X POST" in page
        assert "style=" not in page
        assert "<script>" not in page


class TestSpecification:
    def test_it_lists_every_operation(self) -> None:
        text = SPECIFICATION.read_text(encoding="utf-8")
        for one in OPERATIONS:
            assert f"| {one.method} | `{one.shown_path}` | {one.scope} | {one.summary} |" in text

    def test_it_lists_nothing_else(self) -> None:
        rows = re.findall(
            r"^\| (?:GET|POST|PUT|PATCH|DELETE) \| `", SPECIFICATION.read_text(encoding="utf-8"), re.MULTILINE
        )
        assert len(rows) == len(OPERATIONS)


def test_a_start_does_not_wait_for_the_api() -> None:
    probe = "import sys; import trenddojo.factory; print('trenddojo.web.api.table' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", probe], cwd=SPECIFICATION.parents[1], capture_output=True, check=True)
    assert done.stdout.strip() == b"False"
