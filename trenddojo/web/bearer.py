"""The personal token that a program shows with its request."""

from typing import cast

from flask import g, request

from trenddojo.services.tokens import Bearer, token_user
from trenddojo.web.deps import now

HEADER = "Authorization"


def bearer() -> Bearer | None:
    """Whoever's token the request shows, asked once a request; None without a token, and for one that does not hold."""
    if "bearer" not in g:
        secret = _shown()
        g.bearer = token_user(secret, now()) if secret else None
    return cast("Bearer | None", g.bearer)


def _shown() -> str | None:
    shown = request.authorization
    return shown.token if shown is not None and shown.type == "bearer" else None
