"""The System page: how the recurring jobs go, whether the parts work, and which versions run."""

from datetime import datetime
from typing import Any, Protocol, cast

from flask import Blueprint, current_app, render_template, url_for
from werkzeug.wrappers import Response

from trenddojo.domain.terms import Role
from trenddojo.services import jobs
from trenddojo.services.errors import Conflict, Forbidden
from trenddojo.web import deps, frame, htmx
from trenddojo.web.session import require_sign_in
from trenddojo.web.system import views

room = Blueprint("system", __name__, url_prefix="/system")
room.before_request(require_sign_in)


class _Scheduler(Protocol):
    """What the page asks of the process's scheduler (trenddojo.jobs)."""

    @property
    def is_running(self) -> bool: ...

    def run_now(self, name: str, now: datetime) -> None: ...


@room.get("")
def index() -> str:
    """Jobs, health and versions."""
    health = views.health(jobs.owner(), deps.now(), _scheduler() is not None)
    return frame.page("system/page.html", nav="system", health=health, versions=views.versions(), **_jobs())


@room.get("/jobs")
def table() -> str:
    """The table of jobs alone, for the page that watches it."""
    return render_template("system/_jobs.html", **_jobs())


@room.post("/jobs/<name>/run")
def run(name: str) -> Response:
    """Let a job come at once."""
    if deps.user().role is not Role.ADMIN:
        raise Forbidden("Only an admin may start a job.")
    scheduler = _scheduler()
    if scheduler is None:
        raise Conflict("The scheduler does not run in this process.")
    scheduler.run_now(name, deps.now())
    return htmx.go(url_for("system.index"), toast="Started.")


def _jobs() -> dict[str, Any]:
    may_run = deps.user().role is Role.ADMIN and _scheduler() is not None
    return {"rows": views.job_rows(jobs.listed()), "now": deps.now(), "may_run": may_run}


def _scheduler() -> _Scheduler | None:
    found = cast("_Scheduler | None", current_app.extensions.get("scheduler"))
    return found if found is not None and found.is_running else None
