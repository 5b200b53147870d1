"""Accounts: the list, a new one, one with its terms and members, and the switch between them."""

from typing import Any
from urllib.parse import urlsplit
from uuid import UUID, uuid4

from flask import current_app, request, session, url_for
from werkzeug.exceptions import HTTPException

from trenddojo.services import accounts
from trenddojo.services.errors import Conflict, Invalid, NotFound
from trenddojo.services.inputs.accounts import AccountChange, AccountInput, MemberInput
from trenddojo.services.totals import totals as all_totals
from trenddojo.store.seats import Seat
from trenddojo.web import deps, forms, frame, htmx, paths, zones
from trenddojo.web.accounts import checklist, totals_views, views
from trenddojo.web.accounts.blueprint import Answer, room
from trenddojo.web.forms import Form

__all__ = ["checklist", "room"]


def _page(name: str, **context: Any) -> str:
    return frame.page(f"accounts/{name}.html", nav="settings", **context)


# ---- all of them


@room.get("")
def index() -> Answer:
    """Every account that the person may see, and those put away."""
    current = deps.current_seat()
    rows = [views.row(seat, current, accounts.owner_of(seat.account).name) for seat in deps.seats()]
    archived = accounts.archived_accounts(deps.user())
    return _page("index", rows=rows, archived=archived, may_add=views.may_add(deps.user()))


@room.get("/totals")
def totals() -> Answer:
    """All accounts with their figures in the person's currency, by mode."""
    found = all_totals(deps.user(), deps.seats(), deps.now())
    return _page("totals", totals=found, modes=totals_views.panels(found), may_add=views.may_add(deps.user()))


@room.get("/new")
def new() -> Answer:
    """The form for another account."""
    return _new(views.blank(deps.user(), deps.now()))


@room.post("")
def create() -> Answer:
    """Add an account, and work on it from now on."""
    try:
        seat = accounts.create_account(deps.user(), forms.read(AccountInput), deps.now())
    except Invalid as error:
        return _new(forms.again(error.fields)), error.status
    session[deps.ACCOUNT] = str(seat.account.id)
    return htmx.go(url_for("accounts.show", account_id=seat.account.id), toast=f"{seat.account.name} is ready.")


def _new(form: Form) -> str:
    key = form.value("key") or uuid4().hex
    return _page("new", form=form, zones=zones.options(form.value("time_zone")), key=key)


# ---- one of them


@room.get("/<uuid:account_id>")
def show(account_id: UUID) -> Answer:
    """One account: its terms, and who may see it."""
    return _show(deps.seat(account_id))


@room.post("/<uuid:account_id>")
def save(account_id: UUID) -> Answer:
    """Change its terms."""
    seat = deps.seat(account_id)
    try:
        accounts.update_account(seat, forms.read(AccountChange), deps.now())
    except Invalid as error:
        return _show(seat, forms.again(error.fields)), error.status
    return htmx.go(url_for("accounts.show", account_id=account_id), toast="Account saved.")


def _show(seat: Seat, form: Form | None = None, member_form: Form | None = None) -> str:
    filled = form or views.filled(seat.account)
    return _page(
        "show",
        held=views.row(seat, deps.current_seat(), accounts.owner_of(seat.account).name),
        form=filled,
        zones=zones.options(filled.value("time_zone")),
        members=views.members(accounts.members(seat), deps.user()),
        member_form=member_form or Form({"role": "trader"}),
        roles=views.ROLES,
        facts=views.filled(seat.account).values,
    )


@room.post("/<uuid:account_id>/archive")
def archive(account_id: UUID) -> Answer:
    """Put an account away."""
    seat = deps.seat(account_id)
    try:
        accounts.archive_account(seat, deps.now())
    except Conflict as error:
        return htmx.go(url_for("accounts.show", account_id=account_id), toast=error.message)
    undo = url_for("accounts.restore", account_id=account_id)
    return htmx.go(url_for("accounts.index"), toast=f"{seat.account.name} is archived.", undo=undo)


@room.post("/<uuid:account_id>/restore")
def restore(account_id: UUID) -> Answer:
    """Bring an archived account back."""
    seat = accounts.restore_account(deps.user(), account_id)
    return htmx.go(url_for("accounts.index"), toast=f"{seat.account.name} is back.")


# ---- who may see it


@room.post("/<uuid:account_id>/members")
def set_member(account_id: UUID) -> Answer:
    """Let somebody in, or change what they may do."""
    seat = deps.seat(account_id)
    try:
        member = accounts.set_member(seat, forms.read(MemberInput))
    except Invalid as error:
        return _show(seat, member_form=forms.again(error.fields)), error.status
    done = f"{member.user.name} is a {member.role} here now."
    return htmx.go(url_for("accounts.show", account_id=account_id), toast=done)


@room.post("/<uuid:account_id>/members/<uuid:user_id>/remove")
def remove_member(account_id: UUID, user_id: UUID) -> Answer:
    """Take somebody's seat away."""
    person = accounts.remove_member(deps.seat(account_id), user_id)
    done = f"{person.name} no longer sees this account."
    return htmx.go(url_for("accounts.show", account_id=account_id), toast=done)


# ---- which one is at hand


@room.post("/switch")
def switch() -> Answer:
    """Work on another account from now on, on the same page where that page exists for it too."""
    seat = deps.seat(_chosen())
    session[deps.ACCOUNT] = str(seat.account.id)
    return htmx.go(_same_page(), toast=f"Now on {seat.account.name}.")


def _chosen() -> UUID:
    try:
        return UUID(request.form.get("account_id", ""))
    except ValueError:
        raise NotFound from None


def _same_page() -> str:
    """The page the switch was made from, unless it is about one thing of the account that was left."""
    path = urlsplit(paths.referring()).path
    try:
        _, about = current_app.url_map.bind("").match(path, method="GET")
    except HTTPException:
        return url_for("dashboard.index")
    return url_for("dashboard.index") if about else path
