"""What is done with one connection: asked, connected anew, ended, given symbols to watch; if simulated, let fail."""

from uuid import UUID

from flask import request, url_for
from werkzeug.wrappers import Response

from trenddojo.brokers.errors import BrokerErrorCode
from trenddojo.services import connections, simulation
from trenddojo.services.errors import Conflict, Invalid
from trenddojo.services.faults import Refused
from trenddojo.services.inputs.brokers import WatchInput
from trenddojo.services.orders import rounds
from trenddojo.web import deps, forms, htmx
from trenddojo.web.brokers.blueprint import Answer, done, own, panel_alone, room


@room.post("/<uuid:connection_id>/sync")
def sync(connection_id: UUID) -> Answer:
    """Ask the broker now."""
    try:
        connection = rounds.sync_now(deps.manager(), deps.user(), connection_id, deps.now())
    except (Refused, Conflict) as error:
        return done(own(connection_id), error.message)
    return done(connection, f"{connection.name} is up to date.")


@room.post("/<uuid:connection_id>/reconnect")
def reconnect(connection_id: UUID) -> Answer:
    """Connect now, without waiting for the next try."""
    try:
        connection = connections.reconnect(deps.manager(), deps.user(), connection_id)
    except (Refused, Conflict) as error:
        return done(own(connection_id), error.message)
    return done(connection, f"{connection.name} is connected.")


@room.post("/<uuid:connection_id>/disconnect")
def disconnect(connection_id: UUID) -> Response:
    """End it; its accounts and their books stay."""
    connection = connections.disconnect(deps.manager(), deps.user(), connection_id, deps.now())
    return htmx.go(url_for("brokers.index"), toast=f"{connection.name} is disconnected. Its accounts and books stay.")


@room.post("/<uuid:connection_id>/watch")
def watch(connection_id: UUID) -> Answer:
    """Watch another symbol."""
    try:
        symbol = forms.read(WatchInput).symbol
        connections.watch(deps.user(), connection_id, symbol)
    except Invalid as error:
        if not htmx.is_htmx():
            return done(own(connection_id), error.message)
        return panel_alone(own(connection_id), forms.again(error.fields)), error.status
    except Conflict as error:
        return done(own(connection_id), error.message)
    return done(own(connection_id), f"{symbol} is watched. Its price comes with the next sync.")


@room.post("/<uuid:connection_id>/unwatch")
def unwatch(connection_id: UUID) -> Answer:
    """Watch a symbol no longer."""
    connection = own(connection_id)
    connections.unwatch(deps.user(), connection_id, request.form.get("symbol", ""))
    return done(connection)


# ---- simulated ones


@room.post("/<uuid:connection_id>/fault")
def fault(connection_id: UUID) -> Answer:
    """Let a simulated broker fail, or work again."""
    sent = request.form.get("code", "")
    if sent and sent not in set(BrokerErrorCode):
        raise Invalid({"code": "Choose one of the brokers' errors."})
    code = BrokerErrorCode(sent) if sent else None
    try:
        connection = simulation.simulate(deps.manager(), deps.user(), connection_id, code, deps.now())
    except (Refused, Conflict) as error:
        return done(own(connection_id), error.message)
    told = f"{connection.name} now answers {code}." if code else f"{connection.name} works again."
    return done(connection, told)


@room.post("/<uuid:connection_id>/reset")
def reset(connection_id: UUID) -> Answer:
    """Begin a simulated account anew."""
    try:
        connection = simulation.reset(deps.manager(), deps.user(), connection_id, deps.now())
    except (Refused, Conflict) as error:
        return done(own(connection_id), error.message)
    return done(connection, f"{connection.name} begins anew with its starting cash.")
