"""The room, and what its modules share."""

from typing import Any
from uuid import UUID

from flask import Blueprint, render_template, url_for
from werkzeug.wrappers import Response

from trenddojo.brokers.errors import BrokerErrorCode
from trenddojo.services import connections, simulation
from trenddojo.services.connection_panel import ConnectionPanel, panel
from trenddojo.store.models import BrokerConnection
from trenddojo.web import deps, htmx
from trenddojo.web.brokers.views import PanelView, Present, panel_view
from trenddojo.web.forms import Form
from trenddojo.web.session import require_sign_in

room = Blueprint("brokers", __name__, url_prefix="/brokers")
room.before_request(require_sign_in)

Answer = Response | str | tuple[str, int]


def own(connection_id: UUID) -> BrokerConnection:
    """One of the person's connections. Raises NotFound."""
    return connections.connection_of(deps.user(), connection_id)


def place(connection: BrokerConnection) -> str:
    """The address of a connection's panel on the page."""
    return url_for("brokers.index", _anchor=f"connection-{connection.id}")


def view(found: ConnectionPanel) -> PanelView:
    """A connection as this person's page shows it."""
    fault = simulation.error_of(deps.manager(), found.connection)
    present = Present(fault or "", deps.manager().stream(found.connection.id))
    return panel_view(found, deps.current_seat(), present, deps.zone(), deps.now())


def shared() -> dict[str, Any]:
    """What every panel is drawn with."""
    return {"zone": deps.zone(), "now": deps.now(), "faults": list(BrokerErrorCode)}


def panel_alone(connection: BrokerConnection, watch: Form | None = None, *, keeps: bool = False) -> str:
    """One panel as it stands.

    `watch` is the symbol that was typed and what is wrong with it; `keeps` leaves what is being typed, for a panel that
    a page fetches by itself.
    """
    found = view(panel(deps.user(), connection, deps.now()))
    return render_template("brokers/_panel.html", panel=found, watch=watch or Form(), keeps=keeps, **shared())


def done(connection: BrokerConnection, toast: str = "") -> Answer:
    """The panel as it stands after an act, with what came of it; without htmx, the page that holds it."""
    if not htmx.is_htmx():
        return htmx.go(place(connection), toast=toast)
    html = panel_alone(connection)
    return htmx.fragment(html, toast={"text": toast}) if toast else html
