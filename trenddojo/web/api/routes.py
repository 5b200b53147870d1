"""The API's room: every call, the OpenAPI document, and the page that shows it.

The operations and their models are put together at the first call, because a start should not wait for them.
"""

from uuid import UUID

from flask import Blueprint, Response, jsonify, render_template, request

from trenddojo.web.security import CONNECT, UPLOAD, csrf, limiter

room = Blueprint("api", __name__, url_prefix="/api")
csrf.exempt(room)  # a token proves itself; access.py asks browsers for theirs
_METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]


@room.get("/openapi.json")
def openapi() -> Response:
    """The description that programs read."""
    from trenddojo.web.api.openapi import document  # noqa: PLC0415 - see the top

    return jsonify(document())


@room.get("/docs")
def docs() -> str:
    """The description that people read."""
    from trenddojo.web.api.docs import guide  # noqa: PLC0415 - see the top

    return render_template("api/docs.html", guide=guide(request.url_root.rstrip("/")))


@room.post("/brokers/<broker>/connect")
@limiter.limit(CONNECT)
def connect(broker: str) -> Response:
    """This call and the next have limits of their own, because each asks a broker with credentials to be tried."""
    return call(f"brokers/{broker}/connect")


@room.post("/brokers/<broker>/test")
@limiter.limit(CONNECT)
def test(broker: str) -> Response:
    """Try credentials out, and keep nothing."""
    return call(f"brokers/{broker}/test")


@room.post("/accounts/<uuid:account_id>/imports")
@limiter.limit(UPLOAD)
def bring_statement(account_id: UUID) -> Response:
    """A statement, which may be larger than anything else that is sent."""
    return call(f"accounts/{account_id}/imports")


@room.route("/<path:path>", methods=_METHODS)
def call(path: str) -> Response:
    """Whatever the table of operations holds."""
    from trenddojo.web.api.calls import serve  # noqa: PLC0415 - see the top

    return serve(f"/{path}")


@room.after_request
def challenge(answer: Response) -> Response:
    """Say how to authenticate, where nobody did."""
    if answer.status_code == 401:
        answer.headers["WWW-Authenticate"] = 'Bearer realm="TrendDojo"'
    return answer
