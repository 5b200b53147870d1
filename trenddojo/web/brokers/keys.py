"""Other keys or settings for a connection."""

from uuid import UUID

from trenddojo.brokers.registry import spec_of
from trenddojo.services import connections
from trenddojo.services.errors import Invalid
from trenddojo.services.faults import Refused
from trenddojo.store.models import BrokerConnection
from trenddojo.web import deps, frame, htmx
from trenddojo.web.brokers import connect
from trenddojo.web.brokers.blueprint import Answer, own, place, room


@room.get("/<uuid:connection_id>/keys")
def keys(connection_id: UUID) -> Answer:
    """The form for other keys or settings."""
    return _keys(connections.require_active(own(connection_id)))


@room.post("/<uuid:connection_id>/keys")
def rotate(connection_id: UUID) -> Answer:
    """Try them out, and keep them in place of the old ones."""
    connection = own(connection_id)
    spec = spec_of(connection.broker)
    try:
        sent = connect.keys_entered(spec, connection.mode)
        connection = connections.rotate_keys(deps.manager(), deps.user(), connection_id, sent, deps.now())
    except (Invalid, Refused) as error:
        return _keys(own(connection_id), error), Invalid.status
    return htmx.go(place(connection), toast=f"{connection.name} is connected with what you entered.")


def _keys(connection: BrokerConnection, refusal: Invalid | Refused | None = None) -> str:
    spec = spec_of(connection.broker)
    errors, failure = connect.wrong(refusal, spec, connection.mode)
    return frame.page(
        "brokers/keys.html",
        nav="brokers",
        connection=connection,
        spec=spec,
        mode=frame.mode_of(connection.mode),
        fields=connect.keys_drawn(spec, connection, connect.typed(), errors),
        errors=connect.general(errors),
        failure=failure,
        setup=spec.setup_for(connection.mode),
    )
