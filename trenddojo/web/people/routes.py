"""The people of the installation: for admins only, and as good as absent for everybody else."""

from typing import Any
from uuid import UUID, uuid4

from flask import Blueprint, url_for
from werkzeug.wrappers import Response as AnyResponse

from trenddojo.domain.terms import Role
from trenddojo.services import people
from trenddojo.services.errors import Invalid, NotFound
from trenddojo.services.inputs.people import PersonInput, RoleInput
from trenddojo.store.people import everybody, user_by_id
from trenddojo.web import deps, forms, frame, htmx, zones
from trenddojo.web.people import views
from trenddojo.web.session import require_sign_in

room = Blueprint("people", __name__)
room.before_request(require_sign_in)

Answer = AnyResponse | str | tuple[str, int]


@room.before_request
def only_admins() -> None:
    """Let nobody else know that these pages are here."""
    if deps.user().role is not Role.ADMIN:
        raise NotFound


def _page(name: str, **context: Any) -> str:
    return frame.page(f"people/{name}.html", nav="settings", roles=views.ROLES, now=deps.now(), **context)


@room.get("/people")
def index() -> Answer:
    """Everybody, and the form for another."""
    return _list(_blank())


@room.post("/people")
def create() -> Answer:
    """Add a person; a password that was made for them is shown this once."""
    try:
        added = people.create_person(forms.read(PersonInput), deps.now())
    except Invalid as error:
        return _list(forms.again(error.fields)), error.status
    if added.password is None:
        return htmx.go(url_for("people.index"), toast=f"{added.user.name} can sign in now.")
    return _list(_blank(), given=views.given(added.user, added.password))


def _blank() -> forms.Form:
    return forms.Form({"role": Role.TRADER.value, "time_zone": deps.user().time_zone})


def _list(form: forms.Form, given: views.Given | None = None) -> str:
    rows = [views.row(person, deps.user()) for person in everybody()]
    zone_options = zones.options(form.value("time_zone"))
    return _page("index", form=form, given=given, rows=rows, zones=zone_options, key=uuid4().hex)


@room.get("/people/<uuid:user_id>")
def show(user_id: UUID) -> Answer:
    """One person, and what can be decided about them."""
    return _person(user_id)


def _person(user_id: UUID, given: views.Given | None = None, form: forms.Form | None = None) -> str:
    found = user_by_id(user_id)
    if found is None:
        raise NotFound
    return _page("show", person=views.row(found, deps.user()), given=given, form=form or forms.Form())


@room.post("/people/<uuid:user_id>/password")
def reset_password(user_id: UUID) -> Answer:
    """Make a new password, shown this once."""
    reset = people.reset_password(deps.user(), user_id)
    return _person(user_id, given=views.given(reset.user, reset.password or ""))


@room.post("/people/<uuid:user_id>/role")
def set_role(user_id: UUID) -> Answer:
    """Change what the person may do."""
    try:
        changed = people.set_role(deps.user(), user_id, forms.read(RoleInput))
    except Invalid as error:
        return _person(user_id, form=forms.again(error.fields)), error.status
    return htmx.go(url_for("people.show", user_id=user_id), toast=f"{changed.name} is now {views.named(changed.role)}.")


@room.post("/people/<uuid:user_id>/deactivate")
def deactivate(user_id: UUID) -> Answer:
    """Keep the person out, from now on."""
    changed = people.set_active(deps.user(), user_id, active=False)
    undo = url_for("people.reactivate", user_id=user_id)
    return htmx.go(url_for("people.index"), toast=f"{changed.name} can no longer sign in.", undo=undo)


@room.post("/people/<uuid:user_id>/reactivate")
def reactivate(user_id: UUID) -> Answer:
    """Let the person in again."""
    changed = people.set_active(deps.user(), user_id, active=True)
    return htmx.go(url_for("people.index"), toast=f"{changed.name} can sign in again.")
