"""Signing in and out."""

from flask import Blueprint, Response, make_response, render_template, request, session, url_for
from flask_limiter import RateLimitExceeded
from flask_limiter.util import get_remote_address
from flask_login import current_user, login_required, logout_user
from werkzeug.wrappers import Response as AnyResponse

from trenddojo.services import access
from trenddojo.services.errors import Invalid
from trenddojo.services.inputs.people import NewPasswordInput
from trenddojo.store import people
from trenddojo.web import deps, errors, forms, htmx, paths
from trenddojo.web.auth.setup import room as setup_room
from trenddojo.web.security import SIGN_IN, limiter
from trenddojo.web.session import begin, ended, login_manager

room = Blueprint("auth", __name__)
room.register_blueprint(setup_room)

_BEFORE_THE_NEW_PASSWORD = {
    *("static", "health.alive", "health.ready"),
    *("auth.sign_in", "auth.try_sign_in", "auth.sign_out", "auth.new_password", "auth.choose_password"),
}


def _typed_account() -> str:
    return f"account {request.form.get('email', '').strip().casefold()}"


@room.get("/sign-in")
def sign_in() -> AnyResponse | str:
    """The sign-in page; on the first visit, where to find the set-up."""
    if people.is_empty():
        return render_template("auth/first_visit.html")
    wanted = paths.own(request.args.get("next", "/"))
    if current_user.is_authenticated:
        return htmx.go(wanted)
    return _form(wanted, why=ended())


@room.post("/sign-in")
@limiter.limit(SIGN_IN, key_func=get_remote_address)
@limiter.limit(SIGN_IN, key_func=_typed_account)
def try_sign_in() -> AnyResponse | tuple[str, int]:
    """Sign the person in, and go on to the page they wanted."""
    wanted = paths.own(request.form.get("next", "/"))
    try:
        user = access.sign_in(request.form.get("email", ""), request.form.get("password", ""))
    except Invalid as error:
        return _form(wanted, form=forms.again(error.fields)), error.status
    begin(user)
    return htmx.go(wanted)


def _form(wanted: str, form: forms.Form | None = None, why: str = "", is_limited: bool = False) -> str:
    return render_template(
        "auth/sign_in.html", form=form or forms.Form(), wanted=wanted, why=why, is_limited=is_limited
    )


@room.errorhandler(RateLimitExceeded)
def too_many(error: RateLimitExceeded) -> Response:
    """The sign-in page again, saying how long to wait and what else helps."""
    page = _form(paths.own(request.form.get("next", "/")), form=forms.again({}), is_limited=True)
    answer = make_response(page, 429)
    answer.headers["Retry-After"] = str(error.limit.limit.get_expiry())
    return answer


@room.post("/sign-out")
def sign_out() -> AnyResponse:
    """End the session of this browser."""
    if current_user.is_authenticated:
        access.sign_out(deps.user())
    logout_user()
    session.clear()
    return htmx.go(url_for("auth.sign_in"), toast="You are signed out.")


@login_manager.unauthorized_handler  # type: ignore[untyped-decorator]
def to_sign_in() -> AnyResponse:
    """Where a stranger is led: to the sign-in page, which leads back."""
    if request.path.startswith("/api/"):
        return errors.answer(401, "Sign in, or send a personal token as Authorization: Bearer.")
    wanted = paths.wanted()
    return htmx.go(url_for("auth.sign_in", next=None if wanted == "/" else wanted))


# ---- a password that an admin made is changed before anything else


@room.before_app_request
def lead_to_new_password() -> AnyResponse | None:
    """Let nobody work on with a password that somebody else knows."""
    if "_user_id" not in session or request.endpoint in _BEFORE_THE_NEW_PASSWORD:
        return None
    if not current_user.is_authenticated or not deps.user().must_change_password:
        return None
    if request.path.startswith("/api/"):
        return errors.answer(403, "Sign in with a browser and choose your own password first.")
    return htmx.go(url_for("auth.new_password", next=paths.wanted()))


@room.get("/new-password")
@login_required  # type: ignore[untyped-decorator]
def new_password() -> AnyResponse | str:
    """The page on which a person chooses their own password after an admin made one."""
    wanted = paths.own(request.args.get("next", "/"))
    if not deps.user().must_change_password:
        return htmx.go(wanted)
    return render_template("auth/new_password.html", form=forms.Form(), wanted=wanted)


@room.post("/new-password")
@login_required  # type: ignore[untyped-decorator]
def choose_password() -> AnyResponse | tuple[str, int]:
    """Keep the new password, and go on to the page the person wanted."""
    wanted, user = paths.own(request.form.get("next", "/")), deps.user()
    if not user.must_change_password:
        return htmx.go(wanted)
    try:
        access.choose_password(user, forms.read(NewPasswordInput))
    except Invalid as error:
        return render_template("auth/new_password.html", form=forms.again(error.fields), wanted=wanted), error.status
    begin(user)
    return htmx.go(wanted, toast="Your new password is set.")
