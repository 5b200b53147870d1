"""Alerts: the list, the bell, and having seen them."""

from uuid import UUID

from flask import Blueprint, render_template, request, url_for
from werkzeug.wrappers import Response

from trenddojo.services import alerts
from trenddojo.services.errors import NotFound
from trenddojo.web import deps, frame, htmx
from trenddojo.web.alerts import views
from trenddojo.web.session import require_sign_in

room = Blueprint("alerts", __name__, url_prefix="/alerts")
room.before_request(require_sign_in)


@room.get("")
def index() -> str:
    """The person's alerts, newest first; `before` is the alert that the page before ended with."""
    found = alerts.alerts_of(deps.user(), _before())
    return frame.page(
        "alerts/page.html",
        nav="",
        rows=[views.alert_row(alert) for alert in found.alerts],
        newest=url_for("alerts.index") if request.args.get("before") else "",
        older=url_for("alerts.index", before=found.next) if found.next else "",
        now=deps.now(),
    )


def _before() -> UUID | None:
    sent = request.args.get("before")
    try:
        return UUID(sent) if sent else None
    except ValueError:
        raise NotFound from None


@room.get("/bell")
def bell() -> str:
    """The bell of the page's bar."""
    return render_template("alerts/_bell.html", bell=frame.bell())


@room.post("/read")
def read() -> Response:
    """Take note of all of them."""
    alerts.mark_read(deps.user(), deps.now())
    return htmx.go(url_for("alerts.index"))
