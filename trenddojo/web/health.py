"""Whether the process lives, and whether it can serve."""

from flask import Blueprint, Response, jsonify, make_response

from trenddojo.store.database import is_reachable
from trenddojo.web.security import limiter

room = Blueprint("health", __name__)


@room.get("/healthz")
@limiter.exempt
def alive() -> Response:
    """The process answers."""
    return jsonify(status="ok")


@room.get("/readyz")
@limiter.exempt
def ready() -> Response:
    """The database answers too; 503 otherwise."""
    if is_reachable():
        return jsonify(status="ok", database="ok")
    return make_response(jsonify(status="unavailable", database="unreachable"), 503)
