"""Comparisons of books with a broker's word: the list, one of them, and what is done about each difference."""

from uuid import UUID, uuid4

from flask import Blueprint, request, url_for
from werkzeug.wrappers import Response

from trenddojo.domain.mends import way_of
from trenddojo.services.errors import FORM, Conflict, Invalid, NotFound
from trenddojo.services.imports import acts
from trenddojo.services.reconciling import comparing, mending
from trenddojo.store.models import Reconciliation
from trenddojo.store.seats import Seat
from trenddojo.web import deps, forms, frame, htmx
from trenddojo.web.accountless import lead_to_accounts
from trenddojo.web.deps import asked_id
from trenddojo.web.forms import Form
from trenddojo.web.reconciliations import views
from trenddojo.web.session import require_sign_in

room = Blueprint("reconciliations", __name__, url_prefix="/reconciliations")
room.before_request(require_sign_in)
room.before_request(lead_to_accounts)

SECTION = "imports"
Answer = Response | str | tuple[str, int]


@room.get("")
def index() -> Answer:
    """The comparisons of an account, the latest first, and what another could be made with."""
    return _list(_seat())


@room.post("/broker")
def with_broker() -> Answer:
    """Set the books beside what the broker's API last told."""
    seat = _seat()
    try:
        row = comparing.compare_broker(seat, deps.now())
    except Conflict as error:
        return _list(seat, error.message), error.status
    return _made(row)


@room.post("/statement/<uuid:import_id>")
def with_statement(import_id: UUID) -> Answer:
    """Set the books beside a statement that was read."""
    seat, statement = acts.import_of(deps.seats(), import_id)
    try:
        row = comparing.compare_statement(seat, statement, deps.now())
    except Conflict as error:
        return _list(seat, error.message), error.status
    return _made(row)


@room.get("/<uuid:reconciliation_id>")
def show(reconciliation_id: UUID) -> Answer:
    """One comparison, figure by figure."""
    return _page(*_found(reconciliation_id))


@room.post("/<uuid:reconciliation_id>/<int:place>/accept")
def accept(reconciliation_id: UUID, place: int) -> Answer:
    """Let a difference stand, and say why."""
    seat, row = _found(reconciliation_id)
    try:
        comparing.accept(comparing.difference_at(seat, row, place), request.form.get("reason", ""))
    except Invalid as error:
        return _page(seat, row, forms.again(error.fields), place), error.status
    return htmx.go(_back(row), toast="Accepted as it is.")


@room.post("/<uuid:reconciliation_id>/<int:place>/mend")
def mend(reconciliation_id: UUID, place: int) -> Answer:
    """Book what the books lack."""
    seat, row = _found(reconciliation_id)
    at = comparing.difference_at(seat, row, place)
    way = way_of(at.finding)
    if way is None:
        raise NotFound
    try:
        mending.mend(at, forms.read(mending.INPUTS[way]), deps.now(), key=uuid4())
    except Invalid as error:
        return _page(seat, row, forms.again(error.fields), place), error.status
    except Conflict as error:
        return _page(seat, row, forms.again({FORM: error.message}), place), error.status
    return htmx.go(_back(row), toast="Booked. Compare again to see what is left.")


def _seat() -> Seat:
    """The account that is named, else the one at hand. Raises NotFound."""
    named = asked_id(request.values.get("account"))
    return deps.seat(named) if named else deps.working_seat()


def _found(reconciliation_id: UUID) -> tuple[Seat, Reconciliation]:
    return comparing.comparison_of(deps.seats(), reconciliation_id)


def _made(row: Reconciliation) -> Response:
    said = f"{row.differing} of {row.matching + row.differing} figures differ." if row.differing else "All agree."
    return htmx.go(_back(row), toast=said)


def _back(row: Reconciliation) -> str:
    return url_for("reconciliations.show", reconciliation_id=row.id)


def _list(seat: Seat, problem: str = "") -> str:
    before = asked_id(request.args.get("before"))
    found = comparing.comparisons([seat], before)
    return frame.page(
        "reconciliations/page.html",
        nav=SECTION,
        about=seat.account,
        acct=seat.account,
        broker=frame.broker_of(seat.account),
        rows=[views.listed(one) for one in found.rows],
        statements=comparing.statements(seat),
        problem=problem,
        may_reconcile=seat.may_trade,
        older=url_for("reconciliations.index", account=seat.account.id, before=found.older) if found.older else "",
        newest=url_for("reconciliations.index", account=seat.account.id) if before else "",
        zone=deps.zone(),
        now=deps.now(),
    )


def _page(seat: Seat, row: Reconciliation, typed: Form | None = None, place: int | None = None) -> str:
    return frame.page(
        "reconciliations/show.html",
        nav=SECTION,
        about=seat.account,
        acct=seat.account,
        found=views.shown(row, typed, place),
        may_reconcile=seat.may_trade,
        zone=deps.zone(),
        now=deps.now(),
    )
