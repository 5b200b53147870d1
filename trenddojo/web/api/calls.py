"""One call of an operation: matched, allowed, read, run once, answered."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, cast
from uuid import uuid4

from flask import Response, g, jsonify, make_response, request
from werkzeug.routing import Map, Rule

from trenddojo.services import idempotency
from trenddojo.services.errors import Invalid, ServiceError
from trenddojo.services.idempotency import Answer, Repeatable
from trenddojo.store.origin import name_act
from trenddojo.web import deps
from trenddojo.web.api import access, reading
from trenddojo.web.api.operations import Operation
from trenddojo.web.api.table import OPERATIONS

REPLAYED = "Idempotency-Replayed"
_OPERATIONS = Map([Rule(one.path, methods=[one.method], endpoint=cast(str, one)) for one in OPERATIONS]).bind("")


def serve(path: str) -> Response:
    """The answer to this request at `path` below /api.

    Raises NotFound and MethodNotAllowed for what is no operation, and whatever stands against the call.
    """
    found, arguments = _OPERATIONS.match(path, request.method)
    operation = cast(Operation, found)
    access.require(operation.scope)
    name_act(operation.name)
    with _refusing(operation):
        return _answered(operation, arguments)


@contextmanager
def _refusing(operation: Operation) -> Iterator[None]:
    """What is wrong with the input gets the status that the operation has for it."""
    try:
        yield
    except Invalid as error:
        if error.status == Invalid.status:
            error.status = operation.bad_input
        raise


def _answered(operation: Operation, found: Mapping[str, Any]) -> Response:
    repeatable = reading.repeatable(deps.user().id) if operation.is_repeatable else None
    g.key = repeatable.id if repeatable else uuid4()
    arguments = {**found, **_inputs(operation)}
    if repeatable:
        return (_sent_once if operation.is_keyed else _once)(operation, arguments, repeatable)
    return _response(_run(operation, arguments))


def _inputs(operation: Operation) -> dict[str, Any]:
    query = reading.query(operation.asks)
    inputs: dict[str, Any] = {"query": query} if operation.asks else {}
    if operation.takes_file:
        return {**inputs, "file": reading.file()}
    return {**inputs, "body": reading.body(operation.takes)} if operation.takes else inputs


def _once(operation: Operation, arguments: dict[str, Any], repeatable: Repeatable) -> Response:
    if (before := idempotency.claim(repeatable, deps.now())) is not None:
        reply = _response(before)
        reply.headers[REPLAYED] = "true"
        return reply
    answer = _run(operation, arguments)
    idempotency.keep(repeatable, answer, deps.now())
    return _response(answer)


def _sent_once(operation: Operation, arguments: dict[str, Any], repeatable: Repeatable) -> Response:
    """The same where a broker is asked: no transaction is open then, and the service finds the first by its key.

    The answer is made anew each time, because what was sent goes on. A refusal lets the key go for a mended request.
    """
    is_first = idempotency.reserve(repeatable, deps.now())
    try:
        reply = _response(_run(operation, arguments))
    except ServiceError:
        idempotency.let_go(repeatable)
        raise
    if not is_first:
        reply.headers[REPLAYED] = "true"
    return reply


def _run(operation: Operation, arguments: dict[str, Any]) -> Answer:
    output = operation.run(**arguments)
    return Answer(operation.status, output.as_json() if output else {})


def _response(answer: Answer) -> Response:
    return make_response(jsonify(answer.body) if answer.body else "", answer.status)
