"""How htmx is spoken: fragments for its requests, redirects and toasts by its headers."""

import json
from typing import Any
from urllib.parse import urlsplit

from flask import Response, flash, make_response, redirect, request

REDIRECT, REFRESH, TRIGGER = "HX-Redirect", "HX-Refresh", "HX-Trigger"


def is_htmx() -> bool:
    """Whether htmx asks for a fragment (a restored history entry wants the whole page)."""
    return request.headers.get("HX-Request") == "true" and request.headers.get("HX-History-Restore-Request") != "true"


def go(url: str, toast: str = "", *, undo: str = "") -> Response:
    """Send the browser to `url`, by whichever way it asked, with a toast to show there."""
    if toast:
        flash(json.dumps({"text": toast, "undo": undo}), "toast")
    if not is_htmx():
        return make_response(redirect(url, code=303))
    answer = make_response("")
    answer.headers[REDIRECT] = url
    if "#" in url and _is_here(url):
        answer.headers[REFRESH] = "true"  # to a place on the same page a browser only scrolls
    return answer


def _is_here(url: str) -> bool:
    """Whether the browser shows this page already, as far as it says."""
    shown = urlsplit(request.headers.get("HX-Current-URL", url))
    there = urlsplit(url)
    return (shown.path, shown.query) == (there.path, there.query)


def fragment(html: str, status: int = 200, **triggers: Any) -> Response:
    """A piece of a page; `triggers` are events for it, such as toast={"text": "Stop moved to 206.00."}."""
    answer = make_response(html, status)
    if triggers:
        answer.headers[TRIGGER] = json.dumps(triggers)
    return answer
