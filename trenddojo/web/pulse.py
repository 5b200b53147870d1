"""The pulse: an open page asks every 1.5 seconds what changed, and only the parts that follow it are fetched anew.

With orders followed every second in mock mode, a fill is on the screen within three.

A held connection for each open page would starve a server of few threads; this costs about a millisecond.
"""

import json
import re

from flask import Blueprint, Response, g, make_response, request, session
from flask_login import login_required

from trenddojo.services import topics
from trenddojo.services.errors import Invalid
from trenddojo.web import activity, deps
from trenddojo.web.htmx import TRIGGER
from trenddojo.web.security import limiter

room = Blueprint("pulse", __name__)

BEATS = "300 per minute"
"""Ten pages in view at once; pages out of view do not ask."""
_VERSION = re.compile(r"[0-9]{1,15}")


@room.get("/pulse")
@limiter.limit(BEATS)
@login_required  # type: ignore[untyped-decorator]
def beat() -> Response:
    """204 where nothing changed since the version `seen`; else 200, the names in HX-Trigger, the version beside it."""
    version, names = topics.changed_since(deps.user(), _seen())
    if not names:
        return make_response("", 204, {activity.HEADER: str(version)})
    events = json.dumps(dict.fromkeys(names))
    return make_response("", 200, {TRIGGER: events, activity.HEADER: str(version)})


def _seen() -> int:
    sent = request.args.get("seen", "")
    if not _VERSION.fullmatch(sent):
        raise Invalid({"seen": "Send the version that the page has seen, a whole number."})
    return int(sent)


@room.before_app_request
def note_version() -> None:
    """Take the version before a page is drawn, so that nothing that changes meanwhile is missed."""
    if request.method == "GET" and "_user_id" in session and request.blueprint not in _WITHOUT_PAGES:
        g.pulse = topics.present()


_WITHOUT_PAGES = (None, "api", "health", "pulse")
