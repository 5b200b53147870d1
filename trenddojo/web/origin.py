"""Tells the audit log who acts by this request, and from where."""

from flask import Flask, g, request
from flask_login import current_user

from trenddojo.store.models import Source
from trenddojo.store.origin import NOBODY, Actor, Origin, set_origin

API = "/api/"


def init(app: Flask) -> None:
    """Begin every request of `app` with its origin, and end it without one."""
    app.before_request(_begin)
    app.teardown_request(_end)


def _begin() -> None:
    source = Source.API if request.path.startswith(API) else Source.BROWSER
    set_origin(Origin(source, request.endpoint or "", _who, request.remote_addr or ""))


def _end(_error: BaseException | None) -> None:
    set_origin(None)


def _who() -> Actor:
    """Whoever's token a program shows, else whoever is signed in, else nobody."""
    if "user" in g:
        return Actor(g.user.id, g.user.name)
    return Actor(current_user.user.id, current_user.user.name) if current_user.is_authenticated else NOBODY
