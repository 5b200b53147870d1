"""Who may call: a personal token within its scope, or a signed-in browser that proves its request is its own."""

from flask import g, request
from flask_login import current_user
from werkzeug.exceptions import Unauthorized

from trenddojo.domain.terms import TokenScope
from trenddojo.services.errors import Forbidden
from trenddojo.store.origin import name_actor
from trenddojo.web import bearer
from trenddojo.web.security import csrf

_SAFE = ("GET", "HEAD")
_WIDTH = (TokenScope.READ, TokenScope.TRADE, TokenScope.ADMIN)
_NOBODY = "Send a personal token as Authorization: Bearer td_..., or sign in."


def require(scope: TokenScope) -> None:
    """Put the caller into `g.user`. A token that is shown decides alone, whatever cookie comes with it.

    Raises Unauthorized for nobody, Forbidden for a token with less than `scope`, CSRFError for a browser's request
    that changes something without the page's token.
    """
    if bearer.HEADER in request.headers:
        _with_token(scope)
    elif current_user.is_authenticated:
        _signed_in()
    else:
        raise Unauthorized(_NOBODY)


def _with_token(scope: TokenScope) -> None:
    shown = bearer.bearer()
    if shown is None:
        raise Unauthorized("This is no token, or it is revoked or expired. Make one under Settings.")
    if _WIDTH.index(shown.token.scope) < _WIDTH.index(scope):
        raise Forbidden(f"This token has the scope {shown.token.scope}; this needs {scope}.")
    if shown.user.must_change_password:
        raise Forbidden("An admin reset your password. Sign in with a browser and choose your own first.")
    g.user = shown.user
    name_actor(shown.user.id, shown.user.name)


def _signed_in() -> None:
    g.user = current_user.user
    if request.method not in _SAFE:
        csrf.protect()
