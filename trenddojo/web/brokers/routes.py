"""Brokers: the connections of a person, each in a panel of its own, and the form that makes another."""

from uuid import UUID

from flask import render_template, request

from trenddojo.domain.terms import Role
from trenddojo.services import connections
from trenddojo.services.connection_panel import panels
from trenddojo.services.errors import Invalid, NotFound
from trenddojo.services.faults import Refused
from trenddojo.web import deps, frame, htmx, lamps
from trenddojo.web.brokers import acts, connect, imports, keys, views
from trenddojo.web.brokers.blueprint import Answer, own, panel_alone, place, room, shared, view
from trenddojo.web.security import CONNECT, limiter

__all__ = ["acts", "imports", "keys", "room"]


# ---- all of them


@room.get("")
def index() -> Answer:
    """The panels and the form; for htmx, the form for another broker or mode."""
    form = connect.drawn(_setting(), request.args)
    if htmx.is_htmx():
        return render_template("brokers/_connect.html", form=form)
    return _page(form)


def _page(form: connect.ConnectForm) -> str:
    shown = [view(one) for one in panels(deps.user(), deps.now())]
    return frame.page(
        "brokers/page.html",
        nav="brokers",
        panels=shown,
        page_mode=views.page_mode(shown),
        form=form,
        may_connect=deps.user().role is not Role.VIEWER,
        **shared(),
    )


def _setting() -> connect.Setting:
    return connect.Setting(deps.config(), deps.trading_unlocked(), connections.connections_of(deps.user()))


# ---- another one


@room.post("/connect", endpoint="connect")
@limiter.limit(CONNECT)
def make() -> Answer:
    """Connect, and come back to the new panel; the account at hand stays."""
    try:
        made = connections.connect(deps.manager(), deps.user(), connect.entered(), deps.now())
    except (Invalid, Refused) as error:
        return _again(error)
    count = f"{len(made.seats)} account{'' if len(made.seats) == 1 else 's'}"
    return htmx.go(place(made.connection), toast=f"{made.connection.name} is connected, with {count}.")


@room.post("/test")
@limiter.limit(CONNECT)
def test() -> Answer:
    """Ask the broker with what was typed, and keep nothing."""
    try:
        found = connections.test(deps.manager(), deps.user(), connect.entered(is_test=True))
    except (Invalid, Refused) as error:
        return _again(error)
    form = connect.drawn(_setting(), connect.typed(), tried=found)
    return render_template("brokers/_tried.html", form=form) if htmx.is_htmx() else _page(form)


def _again(error: Invalid | Refused) -> Answer:
    """The form with what was typed but the secrets; a test leaves the form as it is and tells beside it."""
    form = connect.drawn(_setting(), connect.typed(), refusal=error)
    if not htmx.is_htmx():
        return _page(form), Invalid.status
    name = "_tried" if request.endpoint == "brokers.test" else "_connect"
    return render_template(f"brokers/{name}.html", form=form), Invalid.status


# ---- one of them


@room.get("/<uuid:connection_id>/panel")
def panel(connection_id: UUID) -> Answer:
    """One panel as it stands; without htmx, the page that holds it."""
    connection = own(connection_id)
    return panel_alone(connection, keeps=True) if htmx.is_htmx() else htmx.go(place(connection))


@room.get("/accounts/<uuid:account_id>/chip")
def chip(account_id: UUID) -> str:
    """The broker of an account in a line, for the dashboard. Raises NotFound for one that is kept by hand."""
    found = lamps.chip_of(deps.seat(account_id), deps.now())
    if found is None:
        raise NotFound
    return render_template("_kit/chip.html", chip=found, now=deps.now())
