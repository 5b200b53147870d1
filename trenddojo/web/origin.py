"""Tells the audit log from where an act comes; who acts is said where a session or a token is recognised."""

from flask import Flask, request

from trenddojo.store.models import Source
from trenddojo.store.origin import NOBODY, Origin, set_origin

API = "/api/"


def init(app: Flask) -> None:
    """Begin every request of `app` with its origin, and end it without one."""
    app.before_request(_begin)
    app.teardown_request(_end)


def _begin() -> None:
    source = Source.API if request.path.startswith(API) else Source.BROWSER
    set_origin(Origin(source, request.endpoint or "", NOBODY, request.remote_addr or ""))


def _end(_error: BaseException | None) -> None:
    set_origin(None)
