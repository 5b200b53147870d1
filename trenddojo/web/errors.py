"""Each refusal gets its status once: a page for a browser, a toast for htmx, JSON for a program."""

from collections.abc import Mapping
from typing import Any

from flask import Flask, Response, jsonify, make_response, render_template, request
from flask_limiter import RateLimitExceeded
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from trenddojo.services.errors import Invalid, ServiceError
from trenddojo.services.faults import Refused
from trenddojo.services.orders.permits import Denied
from trenddojo.store.database import discard
from trenddojo.web.htmx import fragment, is_htmx

TITLES = {
    400: "That request could not be read",
    401: "Sign in first",
    403: "Not allowed",
    404: "Not found",
    405: "Not possible here",
    409: "It changed meanwhile",
    413: "Too much at once",
    415: "Wrong kind of content",
    422: "Please look again",
    429: "Too many requests",
    500: "Something broke",
    503: "Busy",
}
_CODES = {401: "AUTHENTICATION_FAILED", 403: "FORBIDDEN", 404: "NOT_FOUND", 429: "RATE_LIMIT_EXCEEDED", 500: "INTERNAL"}


def init(app: Flask) -> None:
    """Register the translations on `app`."""
    app.register_error_handler(ServiceError, _service)
    app.register_error_handler(CSRFError, _csrf)
    app.register_error_handler(RateLimitExceeded, _too_many)
    app.register_error_handler(HTTPException, _http)


def answer(
    status: int,
    message: str,
    code: str = "",
    fields: dict[str, str] | None = None,
    details: Mapping[str, Any] | None = None,
) -> Response:
    """The refusal in the form that the client reads; `details` are facts for a program."""
    if request.path.startswith("/api/"):
        error: dict[str, Any] = {"code": code or _CODES.get(status, "INVALID_REQUEST"), "message": message}
        error["fields"] = fields or {}
        if details:
            error["details"] = dict(details)
        return make_response(jsonify(error=error), status)
    if is_htmx():
        return fragment("", status, toast={"text": message, "kind": "warn"})
    title = TITLES.get(status, "It did not work")
    return make_response(render_template("error.html", title=title, message=message, status=status), status)


def _service(error: ServiceError) -> Response:
    discard()
    fields = error.fields if isinstance(error, Invalid) else None
    details = error.details if isinstance(error, Denied | Refused) else None
    return answer(error.status, error.message, error.code, fields, details)


def _csrf(error: CSRFError) -> Response:
    return answer(400, "This form is from an older session. Load the page again, then repeat it.", "CSRF")


def _too_many(error: RateLimitExceeded) -> Response:
    seconds = error.limit.limit.get_expiry()
    reply = answer(429, f"Too many requests: {error.limit.limit} allowed. Wait a moment, then try again.")
    reply.headers.setdefault("Retry-After", str(seconds))
    return reply


def unavailable(_error: Exception) -> Response:
    """The database did not answer in time; nothing was changed."""
    discard()
    reply = answer(503, "The database is busy or not reachable. Nothing was changed; try again.", "UNAVAILABLE")
    reply.headers["Retry-After"] = "5"
    return reply


def no_room(_error: Exception) -> Response:
    """The server's disk took no more of a file."""
    return answer(413, "There is no room for it on the server's disk. Nothing was kept; tell whoever runs it.")


def _http(error: HTTPException) -> Response:
    status = error.code or 500
    if 300 <= status < 400:
        return make_response(error.get_response())
    told = {
        404: "There is nothing here, or it is not yours to see.",
        413: "This is more than can be taken at once. Nothing was kept; send less at a time.",
        500: "It is logged. Nothing was half saved.",
    }
    reply = answer(status, told.get(status, error.description or TITLES.get(status, "")))
    if isinstance(error, MethodNotAllowed) and error.valid_methods:
        reply.headers["Allow"] = ", ".join(error.valid_methods)
    return reply
