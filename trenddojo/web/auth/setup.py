"""The first visit: an admin, then their first trading account.

The address with the token is printed where the server was started. It works until somebody has been set up.
"""

from datetime import datetime
from uuid import uuid4

from flask import Blueprint, render_template, request, session, url_for
from flask_login import login_required
from werkzeug.wrappers import Response as AnyResponse

from trenddojo.domain.terms import Role
from trenddojo.security import tokens
from trenddojo.services import accounts
from trenddojo.services import people as services
from trenddojo.services.errors import Invalid
from trenddojo.services.inputs.accounts import AccountInput
from trenddojo.services.inputs.people import FirstAdminInput
from trenddojo.store import people
from trenddojo.store.models import User
from trenddojo.web import deps, forms, htmx, zones
from trenddojo.web.session import begin

room = Blueprint("setup", __name__)


@room.before_request
def only_before_anybody() -> AnyResponse | tuple[str, int] | None:
    """Close the first step to strangers, and to everybody once there is a person."""
    if request.endpoint in {"auth.setup.account", "auth.setup.create_account"}:
        return None
    if not people.is_empty():
        return htmx.go(url_for("auth.sign_in"))
    token = request.values.get("token", "")
    if not tokens.is_same(token, tokens.setup_token(deps.config().secret_key)):
        return render_template("auth/first_visit.html", is_refused=True), 403
    return None


@room.get("/setup")
def admin() -> str:
    """Step 1: who administers."""
    return _step("admin", forms.Form({"time_zone": deps.config().time_zone}))


@room.post("/setup")
def create_admin() -> AnyResponse | tuple[str, int]:
    """Make the admin, and sign them in."""
    try:
        user = services.create_first_admin(forms.read(FirstAdminInput), deps.now())
    except Invalid as error:
        return _step("admin", forms.again(error.fields)), error.status
    begin(user)
    return htmx.go(url_for("auth.setup.account"))


@room.get("/setup/account")
@login_required  # type: ignore[untyped-decorator]
def account() -> AnyResponse | str:
    """Step 2: the account to trade on."""
    if not _lacks_account():
        return htmx.go("/")
    user, today = deps.user(), deps.now().astimezone(deps.zone()).date()
    values = {
        "name": "Main account",
        "base_currency": "USD",
        "starting_balance": "",
        "opened_on": today.isoformat(),
        "time_zone": user.time_zone,
        "key": uuid4().hex,
    }
    return _step("account", forms.Form(values))


@room.post("/setup/account")
@login_required  # type: ignore[untyped-decorator]
def create_account() -> AnyResponse | tuple[str, int]:
    """Make the account, and the demo if it is wished for; then the desk opens."""
    if not _lacks_account():
        return htmx.go("/")
    user = deps.user()
    try:
        seat = accounts.create_account(user, forms.read(AccountInput), deps.now())
    except Invalid as error:
        return _step("account", forms.again(error.fields)), error.status
    session[deps.ACCOUNT] = str(seat.account.id)  # the person's own, beside the demo
    if request.form.get("demo"):
        _load_demo(user, deps.now())
    return htmx.go("/", toast="Your desk is ready.")


def _lacks_account() -> bool:
    return deps.user().role is Role.ADMIN and not deps.seats()


def _load_demo(user: User, now: datetime) -> None:
    # A year of made-up trades is a module that only this and a command need.
    from trenddojo.services.demo import load_demo  # noqa: PLC0415

    load_demo(user, now)


def _step(name: str, form: forms.Form) -> str:
    return render_template(
        f"auth/setup_{name}.html",
        form=form,
        token=request.values.get("token", ""),
        zones=zones.options(form.value("time_zone")),
    )
