"""Books beside broker: compared, looked back at, and each difference mended or accepted."""

from uuid import UUID

from trenddojo.domain.mends import way_of
from trenddojo.services.errors import Conflict
from trenddojo.services.imports import acts
from trenddojo.services.inputs import parse
from trenddojo.services.reconciling import comparing, mending
from trenddojo.store.models import Reconciliation
from trenddojo.store.seats import Seat
from trenddojo.web import deps
from trenddojo.web.api import reading
from trenddojo.web.api.finding import naming, next_page
from trenddojo.web.api.inputs import AcceptBody, CompareBody, ComparisonsQuery, MendBody
from trenddojo.web.api.operations import Group
from trenddojo.web.api.outputs.reconciliations import (
    ComparisonOut,
    ComparisonPage,
    ComparisonRow,
    comparison_out,
)

group = Group("Reconciliation")


@group.get("/accounts/<uuid:account_id>/reconciliations")
def list_comparisons(account_id: UUID, query: ComparisonsQuery) -> ComparisonPage:
    """List comparisons of an account's books with its broker.

    The latest first.
    """
    seat = deps.seat(account_id)
    with naming("after"):
        found = comparing.comparisons([seat], query.after, query.limit)
    return ComparisonPage(
        items=[ComparisonRow.model_validate(row) for row in found.rows],
        next=next_page(found.older) if found.older else None,
    )


@group.post("/accounts/<uuid:account_id>/reconciliations")
def compare_books(account_id: UUID, body: CompareBody) -> ComparisonOut:
    """Compare an account's books with its broker.

    With the statement of an import that was read, or without one with what the broker's API last told.
    """
    seat = deps.seat(account_id)
    if body.import_id is None:
        return comparison_out(comparing.compare_broker(seat, deps.now(), reading.key()))
    with naming("import_id"):
        _, statement = acts.import_of([seat], body.import_id)
    return comparison_out(comparing.compare_statement(seat, statement, deps.now(), reading.key()))


@group.get("/reconciliations/<uuid:reconciliation_id>")
def get_comparison(reconciliation_id: UUID) -> ComparisonOut:
    """Look at a comparison.

    Every figure that both sides tell, with the likely cause of each difference.
    """
    return comparison_out(_found(reconciliation_id)[1])


@group.post("/reconciliations/<uuid:reconciliation_id>/accept", status=200)
def accept_difference(reconciliation_id: UUID, body: AcceptBody) -> ComparisonOut:
    """Let a difference stand.

    With the reason why.
    """
    seat, row = _found(reconciliation_id)
    with naming("place"):
        at = comparing.difference_at(seat, row, body.place)
    comparing.accept(at, body.reason)
    return comparison_out(row)


@group.post("/reconciliations/<uuid:reconciliation_id>/mend", status=200)
def mend_difference(reconciliation_id: UUID, body: MendBody) -> ComparisonOut:
    """Book what the books lack.

    It comes into the books as an import of its own, which can be undone. The fields depend on what `mend` says: a fill
    needs quantity and price, a split numerator and denominator, cash its amount.
    """
    seat, row = _found(reconciliation_id)
    with naming("place"):
        at = comparing.difference_at(seat, row, body.place)
    way = way_of(at.finding)
    if way is None:
        raise Conflict(mending.NOTHING_MENDS)
    entered = parse(mending.INPUTS[way], body.told)
    mending.mend(at, entered, deps.now(), key=reading.key())
    return comparison_out(row)


def _found(reconciliation_id: UUID) -> tuple[Seat, Reconciliation]:
    return comparing.comparison_of(deps.seats(), reconciliation_id)
