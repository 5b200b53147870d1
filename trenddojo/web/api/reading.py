"""How a request is read: JSON bodies and queries become inputs, or are refused by the field."""

import hashlib
import json
import re
from typing import Any, cast
from uuid import UUID

from flask import g, request
from werkzeug.exceptions import BadRequest, UnsupportedMediaType

from trenddojo.services.errors import Invalid
from trenddojo.services.idempotency import HEADER, Repeatable
from trenddojo.services.inputs import Input, parse
from trenddojo.store.database import discard
from trenddojo.store.import_files import Incoming
from trenddojo.web import statement_files

KEY = "key"
"""The field by which forms keep a double click from making two things; programs send the header instead."""
_KEY = re.compile(r"[\x21-\x7e]{1,255}")


class NoQuery(Input):
    """What may be asked in the address of an operation that is not asked anything there."""


def query(model: type[Input] | None) -> Input:
    """The address's query. Raises Invalid with a sentence for each parameter that is wrong or unknown."""
    sent = {name: values if len(values) > 1 else values[0] for name, values in request.args.to_dict(flat=False).items()}
    return parse(model or NoQuery, sent)


def key() -> UUID:
    """The id of what this request makes: the same when it is repeated under its key."""
    return cast(UUID, g.key)


def body(model: type[Input]) -> Input:
    """The JSON body; the request's key goes where a model has a field for it.

    Moments need their offset. Raises BadRequest, UnsupportedMediaType, and Invalid with a sentence for each bad field.
    """
    data = _json()
    if KEY not in model.model_fields or not isinstance(data, dict):
        return parse(model, data)
    if KEY in data:
        raise Invalid({KEY: f"There is no such field. Send the header {HEADER}."})
    return parse(model, {**data, KEY: key().hex})


def file() -> Incoming:
    """The body as a file that came in, whatever its type. The database does not wait while it comes."""
    discard()
    return statement_files.body()


def _json() -> Any:
    if not request.is_json:
        raise UnsupportedMediaType("Send JSON, with Content-Type: application/json.")
    try:
        return json.loads(request.get_data())
    except (ValueError, RecursionError):  # not JSON, not text, a number of thousands of digits, or nested too deep
        raise BadRequest("The body is not JSON.") from None


def repeatable(user_id: UUID) -> Repeatable | None:
    """The request under its key, None where it has none. Raises Invalid for a key that cannot be kept."""
    key = request.headers.get(HEADER)
    if key is None:
        return None
    if not _KEY.fullmatch(key):
        raise Invalid({HEADER: "Must be 1 to 255 letters, digits and signs without spaces, such as a UUID."})
    return Repeatable(user_id, key, _fingerprint())


def _fingerprint() -> str:
    parts = (request.method.encode(), request.full_path.encode(), request.get_data())
    return hashlib.sha256(b"\n".join(parts)).hexdigest()
