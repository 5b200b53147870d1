"""Whether the process lives, and whether it can serve."""

from flask import Blueprint, Response, current_app, jsonify, make_response

from trenddojo.runtime import runtime
from trenddojo.services import jobs
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
    """The database answers too, and where this process runs the jobs, somebody owns the brokers; 503 otherwise."""
    database = "ok" if is_reachable() else "unreachable"
    lease = _lease() if database == "ok" else "unknown"
    is_ready = database == "ok" and lease != "free"
    answer = jsonify(status="ok" if is_ready else "unavailable", database=database, lease=lease)
    return make_response(answer, 200 if is_ready else 503)


def _lease() -> str:
    if "scheduler" not in current_app.extensions:
        return "no scheduler in this process"
    return "held" if jobs.is_owned(runtime().clock()) else "free"
