"""A person's own settings: who they are, their password and sessions, their tokens, the theme."""

from typing import Any
from uuid import UUID, uuid4

from flask import Blueprint, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from trenddojo.services import access, people, tokens
from trenddojo.services.errors import Invalid
from trenddojo.services.inputs.people import OwnProfileInput, PasswordChangeInput, TokenInput
from trenddojo.store.people import tokens_of
from trenddojo.web import deps, forms, frame, htmx, paths, zones
from trenddojo.web.security import SIGN_IN, limiter
from trenddojo.web.session import begin, require_sign_in
from trenddojo.web.settings import views
from trenddojo.web.shell import Theme

room = Blueprint("settings", __name__)
room.before_request(require_sign_in)

_A_YEAR = 365 * 24 * 3600

Answer = AnyResponse | str | tuple[str, int]


def _page(name: str, **context: Any) -> str:
    return frame.page(f"settings/{name}.html", nav="settings", **context)


# ---- profile


@room.get("/settings")
def index() -> Answer:
    """Name, e-mail, time zone and the currency of totals."""
    return _profile(views.filled(deps.user()))


@room.post("/settings")
def save_profile() -> Answer:
    """Change them."""
    try:
        people.update_profile(deps.user(), forms.read(OwnProfileInput))
    except Invalid as error:
        return _profile(forms.again(error.fields)), error.status
    return htmx.go(url_for("settings.index"), toast="Profile saved.")


def _profile(form: forms.Form) -> str:
    return _page("index", form=form, zones=zones.options(form.value("time_zone")), profile=views.profile(deps.user()))


# ---- security


@room.get("/settings/security")
def security() -> Answer:
    """The password and the sessions."""
    return _page("security", form=forms.Form(), limits=deps.config())


@room.post("/settings/security")
@limiter.limit(SIGN_IN)
def change_password() -> Answer:
    """A new password; this browser stays signed in, every other one does not."""
    user = deps.user()
    try:
        access.change_password(user, forms.read(PasswordChangeInput))
    except Invalid as error:
        return _page("security", form=forms.again(error.fields), limits=deps.config()), error.status
    begin(user)
    return htmx.go(url_for("settings.security"), toast="Password changed. Other browsers are signed out.")


@room.post("/settings/sign-out-everywhere")
def sign_out_everywhere() -> Answer:
    """End the sessions of all other browsers; this one stays signed in."""
    access.sign_out_everywhere(deps.user())
    begin(deps.user())
    return htmx.go(url_for("settings.security"), toast="Every other browser is signed out.")


# ---- API tokens


@room.get("/settings/tokens", endpoint="tokens")
def list_tokens() -> Answer:
    """The person's tokens, and the form for another."""
    return _tokens(forms.Form({"scope": "read", "days": "90"}))


@room.post("/settings/tokens")
def create_token() -> Answer:
    """Make a token, and show its secret this once."""
    try:
        token, secret = tokens.create_token(deps.user(), forms.read(TokenInput), deps.now())
    except Invalid as error:
        return _tokens(forms.again(error.fields)), error.status
    return _tokens(forms.Form({"scope": "read", "days": "90"}), made=views.Made(token.name, secret))


@room.post("/settings/tokens/<uuid:token_id>/revoke")
def revoke_token(token_id: UUID) -> Answer:
    """End a token at once."""
    token = tokens.revoke_token(deps.user(), token_id, deps.now())
    return htmx.go(url_for("settings.tokens"), toast=f"{token.name} is revoked.")


def _tokens(form: forms.Form, made: views.Made | None = None) -> str:
    rows = [views.token_row(token, deps.now()) for token in tokens_of(deps.user().id)]
    scopes = views.scopes(deps.user())
    return _page("tokens", form=form, made=made, rows=rows, scopes=scopes, key=uuid4().hex, now=deps.now())


# ---- theme


@room.post("/settings/theme")
def theme() -> AnyResponse:
    """Keep the theme on this device, and go back to where the person was."""
    chosen = request.form.get("theme", "")
    if chosen not in set(Theme):
        raise Invalid({"theme": f"Choose one of {', '.join(Theme)}."})
    answer = htmx.go(paths.referring(url_for("settings.index")))
    # The page's script sets the same cookie at once, so it is open to scripts.
    secure = deps.config().production
    answer.set_cookie("theme", chosen, max_age=_A_YEAR, secure=secure, httponly=False, samesite="Lax")
    return answer
