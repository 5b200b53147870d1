"""Statements that are brought in: sent, asked about, looked at, imported, taken out again."""

from uuid import UUID

from trenddojo.domain.terms import TokenScope
from trenddojo.services.imports import acts, listing, looking, uploads
from trenddojo.store.import_files import Incoming
from trenddojo.web import deps
from trenddojo.web.api import reading
from trenddojo.web.api.finding import naming, next_page
from trenddojo.web.api.inputs import (
    BookBody,
    BrokerPastBody,
    ImportsQuery,
    LinesQuery,
    ReadBody,
    StatementQuery,
    StopsBody,
)
from trenddojo.web.api.operations import Group
from trenddojo.web.api.outputs.statements import (
    RefusedPage,
    StatementLines,
    StatementOut,
    StatementPage,
    line_out,
    refused_out,
)

group = Group("Imports")


@group.get("/imports")
def list_imports(query: ImportsQuery) -> StatementPage:
    """List the statements that were brought in, the latest first."""
    with naming("after"):
        found = listing.listed(deps.seats(), query.after, query.limit)
    return StatementPage(
        items=[StatementOut.of(row) for row, _ in found.rows],
        next=next_page(found.older) if found.older else None,
    )


@group.post("/accounts/<uuid:account_id>/imports")
def bring_statement(account_id: UUID, query: StatementQuery, file: Incoming) -> StatementOut:
    """Bring a statement: the body is the file as it is.

    It is recognised by its columns and read at once, unless something has to be said of it first (`wants`). The same
    file again answers with the import that is there. Nothing is in the books before `book`.
    """
    received = uploads.receive(deps.seat(account_id), query.name, file, deps.now())
    return StatementOut.of(received.row)


@group.post("/accounts/<uuid:account_id>/imports/broker")
def ask_broker_for_past(account_id: UUID, body: BrokerPastBody) -> StatementOut:
    """Let an account's broker be asked for its past, to be looked at like a statement."""
    return StatementOut.of(uploads.ask_broker(deps.seat(account_id), body.since, deps.now(), reading.key()))


@group.get("/imports/<uuid:import_id>")
def get_import(import_id: UUID) -> StatementOut:
    """Look at an import: how far it is, what it wants to know, what is in it."""
    return StatementOut.of(acts.import_of(deps.seats(), import_id)[1])


@group.get("/imports/<uuid:import_id>/lines")
def list_statement_lines(import_id: UUID, query: LinesQuery) -> StatementLines:
    """Look at the lines of a statement as they were understood, with what would become of each."""
    _, row = acts.import_of(deps.seats(), import_id)
    found = looking.preview(row, query.limit, query.offset)
    return StatementLines(items=[line_out(one) for one in found])


@group.get("/imports/<uuid:import_id>/refused")
def list_refused_lines(import_id: UUID, query: LinesQuery) -> RefusedPage:
    """Look at the lines that were refused, each with its number and why."""
    _, row = acts.import_of(deps.seats(), import_id)
    return RefusedPage(items=[refused_out(one) for one in looking.refused(row, query.limit, query.offset)])


@group.put("/imports/<uuid:import_id>/options")
def read_statement(import_id: UUID, body: ReadBody) -> StatementOut:
    """Say how a statement is to be read, and read it anew.

    Before it is in the books. What is said is remembered for the next file with the same columns.
    """
    seat, _ = acts.import_of(deps.seats(), import_id)
    return StatementOut.of(acts.answer(seat, import_id, body.format, body.options, deps.now()))


@group.post("/imports/<uuid:import_id>/book", status=200)
def book_statement(import_id: UUID, body: BookBody) -> StatementOut:
    """Let a statement that is ready be written to the books."""
    seat, _ = acts.import_of(deps.seats(), import_id)
    return StatementOut.of(acts.take(seat, import_id, body.model_dump(mode="json")))


@group.put("/imports/<uuid:import_id>/stops")
def assume_stops(import_id: UUID, body: StopsBody) -> StatementOut:
    """Let the trades of an import whose stop nobody placed have one by another rule, or by none.

    Once it is in the books. The same rule again gives one to trades whose bars came since.
    """
    seat, _ = acts.import_of(deps.seats(), import_id)
    return StatementOut.of(acts.assume(seat, import_id, body.model_dump(mode="json")["stop_rule"]))


@group.post("/imports/<uuid:import_id>/again", status=200)
def try_import_again(import_id: UUID) -> StatementOut:
    """Try what failed again, from where it was."""
    seat, _ = acts.import_of(deps.seats(), import_id)
    return StatementOut.of(acts.again(seat, import_id))


@group.post("/imports/<uuid:import_id>/undo", status=200)
def undo_import(import_id: UUID) -> StatementOut:
    """Let all that an import brought be taken out of the books again."""
    seat, _ = acts.import_of(deps.seats(), import_id)
    return StatementOut.of(acts.undo(seat, import_id))


@group.delete("/imports/<uuid:import_id>", TokenScope.TRADE)
def discard_import(import_id: UUID) -> None:
    """Forget an import of which nothing was ever in the books, and its file."""
    seat, _ = acts.import_of(deps.seats(), import_id)
    acts.discard(seat, import_id)
