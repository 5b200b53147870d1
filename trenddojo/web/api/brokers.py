"""Brokers: connections made and ended, and what was last seen of their accounts, without asking a broker."""

from uuid import UUID

from trenddojo.brokers.registry import specs
from trenddojo.domain.terms import TokenScope
from trenddojo.services import connections, onboarding
from trenddojo.services.connection_panel import ConnectionPanel, panel
from trenddojo.services.errors import NotFound
from trenddojo.services.inputs import parse
from trenddojo.services.inputs.brokers import ConnectInput
from trenddojo.services.orders import rounds
from trenddojo.web import deps
from trenddojo.web.api import finding
from trenddojo.web.api.finding import naming
from trenddojo.web.api.inputs import ConnectBody, ImportBody, QuoteQuery, TryBody
from trenddojo.web.api.operations import Group
from trenddojo.web.api.outputs import brokers as shown
from trenddojo.web.api.outputs.brokers import (
    AccountsSeenOut,
    BrokerOut,
    BrokersOut,
    ConnectedOut,
    ConnectionOut,
    PositionsOut,
    QuoteOut,
    TriedOut,
    WorkingOrdersOut,
)
from trenddojo.web.api.outputs.imports import ImportedOut, OfferOut, OffersOut, OutsideOut, OutsidesOut

group = Group("Brokers")


@group.get("/brokers")
def list_brokers() -> BrokersOut:
    """List the brokers and your connections to them."""
    own = connections.connections_of(deps.user())
    return BrokersOut(items=[BrokerOut.of(spec, own) for spec in specs()])


@group.ask("/brokers/<broker>/connect", TokenScope.ADMIN, bad_input=400)
def connect_broker(broker: str, body: ConnectBody) -> ConnectedOut:
    """Connect a broker.

    Its credentials are tried, then kept encrypted; an account opens here for each of the broker's, or for those that
    are chosen. Connecting again under the same name and mode replaces the credentials and adds accounts. A field that
    is wrong, or a broker that is not supported, is answered with 400; what the broker refuses with 502 and the broker's
    code, 429 or 504 where that says more.
    """
    entered = parse(ConnectInput, {"broker": broker, **body.model_dump()})
    made = connections.connect(deps.manager(), deps.user(), entered, deps.now())
    return ConnectedOut.of(made.connection.id, made.accounts[0], [seat.account.id for seat in made.seats])


@group.ask("/brokers/<broker>/test", TokenScope.ADMIN, bad_input=400)
def test_broker(broker: str, body: TryBody) -> TriedOut:
    """Try a connection out.

    Answers every account that these credentials open, to choose among; nothing is kept. Refusals are those of
    connecting.
    """
    entered = parse(ConnectInput, {"broker": broker, **body.model_dump()})
    return TriedOut.of(connections.test(deps.manager(), deps.user(), entered))


@group.get("/connections/<uuid:connection_id>")
def get_connection(connection_id: UUID) -> ConnectionOut:
    """Look at a connection."""
    return ConnectionOut.model_validate(connections.connection_of(deps.user(), connection_id))


@group.delete("/connections/<uuid:connection_id>", TokenScope.ADMIN)
def disconnect(connection_id: UUID) -> None:
    """End a connection.

    Its credentials are deleted. Orders at the broker go on working; accounts, trades and books stay.
    """
    connections.disconnect(deps.manager(), deps.user(), connection_id, deps.now())


@group.ask("/connections/<uuid:connection_id>/sync", TokenScope.TRADE)
def sync_connection(connection_id: UUID) -> ConnectionOut:
    """Ask the broker now.

    For the figures, positions and working orders of every account, and the quotes of what is watched.
    """
    return ConnectionOut.model_validate(rounds.sync_now(deps.manager(), deps.user(), connection_id, deps.now()))


@group.get("/connections/<uuid:connection_id>/account")
def get_broker_account(connection_id: UUID) -> AccountsSeenOut:
    """Look at the accounts of a connection as they were last seen."""
    return AccountsSeenOut(items=[shown.account_seen(one) for one in _panel(connection_id).accounts])


@group.get("/connections/<uuid:connection_id>/positions")
def list_positions(connection_id: UUID) -> PositionsOut:
    """List what the accounts of a connection held when they were last seen."""
    return PositionsOut(items=[shown.positions_seen(one) for one in _panel(connection_id).accounts])


@group.get("/connections/<uuid:connection_id>/orders")
def list_working_orders(connection_id: UUID) -> WorkingOrdersOut:
    """List the working orders of a connection's accounts as they were last seen."""
    return WorkingOrdersOut(items=[shown.orders_seen(one) for one in _panel(connection_id).accounts])


@group.get("/connections/<uuid:connection_id>/import")
def get_outside(connection_id: UUID) -> OutsidesOut:
    """Look at what the accounts of a connection hold outside of the books.

    As it was noted when each was first compared with its broker, less what was imported since.
    """
    found = onboarding.outside(deps.user(), connection_id)
    return OutsidesOut(items=[OutsideOut.of(one) for one in found])


@group.ask("/connections/<uuid:connection_id>/import/offer", TokenScope.TRADE)
def offer_import(connection_id: UUID) -> OffersOut:
    """Ask the broker what can be imported.

    Positions that are held outside of the books, and the trades that were closed in the last 90 days before the books
    begin. Nothing is written but what a sync writes.
    """
    found = onboarding.offers(deps.manager(), deps.user(), connection_id, deps.now())
    return OffersOut(items=[OfferOut.of(one) for one in found])


@group.send("/connections/<uuid:connection_id>/import")
def import_history(connection_id: UUID, body: ImportBody) -> ImportedOut:
    """Import positions and closed trades of one account.

    The broker is asked anew, and its facts count. All of it is imported, or nothing; what is imported already is found
    again, and nothing is ever imported twice. A field of one of several is named by its place: `positions.0.stop`. The
    account's starting balance and opening date follow, so that its equity stays what the broker says.
    """
    connections.connection_of(deps.user(), connection_id)
    with naming("account_id"):
        made = onboarding.import_history(
            deps.manager(),
            deps.user(),
            connection_id,
            account_id=body.account_id,
            wanted=body,
            now=deps.now(),
        )
    return ImportedOut.of(made.account_id, [finding.trade(one)[1] for one in (*made.made, *made.known)])


@group.get("/quotes/<path:symbol>")
def get_quote(symbol: str, query: QuoteQuery) -> QuoteOut:
    """Look at the last quote of a symbol that a connection watches."""
    with naming("connection"):
        found = _panel(query.connection)
    quote = next((one for one in found.quotes if one.symbol == symbol.upper()), None)
    if quote is None:
        raise NotFound("This connection does not watch this symbol.")
    return QuoteOut.of(quote, found.connection.mode)


def _panel(connection_id: UUID) -> ConnectionPanel:
    connection = connections.connection_of(deps.user(), connection_id)
    return panel(deps.user(), connection, deps.now())
