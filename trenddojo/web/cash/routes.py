"""Cash that moves apart from trades: the list, the form, corrections."""

from uuid import UUID, uuid4

from flask import Blueprint, request, url_for
from werkzeug.wrappers import Response

from trenddojo.domain.equity import local_date
from trenddojo.services import cash
from trenddojo.services.errors import Invalid, NotFound
from trenddojo.services.inputs.cash import CashInput, NewCashInput
from trenddojo.web import deps, forms, frame, htmx
from trenddojo.web.accountless import lead_to_accounts
from trenddojo.web.cash import views
from trenddojo.web.forms import Form
from trenddojo.web.session import require_sign_in

room = Blueprint("cash", __name__, url_prefix="/cash")
room.before_request(require_sign_in)
room.before_request(lead_to_accounts)

Answer = Response | str | tuple[str, int]


@room.get("")
def index() -> Answer:
    """The account's cash, latest first, and the form for another movement."""
    return _page(Form({"on": _today(), "kind": "deposit"}))


@room.post("")
def record() -> Answer:
    """Record a movement."""
    try:
        movement = cash.record_cash(deps.working_seat(), forms.read(NewCashInput), deps.now())
    except Invalid as error:
        return _page(forms.again(error.fields)), error.status
    return htmx.go(url_for("cash.index"), toast=f"{views.KIND_NAMES[movement.kind]} recorded.")


@room.get("/<uuid:movement_id>")
def edit(movement_id: UUID) -> Answer:
    """The form of one movement, beside the list."""
    movement = cash.movement_of(deps.working_seat(), movement_id)
    if movement.deleted_at is not None:
        raise NotFound
    return _page(views.filled(movement), editing=movement_id)


@room.post("/<uuid:movement_id>")
def correct(movement_id: UUID) -> Answer:
    """Correct a movement."""
    try:
        cash.correct_cash(deps.working_seat(), movement_id, forms.read(CashInput), deps.now())
    except Invalid as error:
        return _page(forms.again(error.fields), editing=movement_id), error.status
    return htmx.go(url_for("cash.index"), toast="Corrected.")


@room.post("/<uuid:movement_id>/delete")
def delete(movement_id: UUID) -> Answer:
    """Take a movement out of the books."""
    movement = cash.delete_cash(deps.working_seat(), movement_id, deps.now())
    undo = url_for("cash.restore", movement_id=movement_id)
    return htmx.go(url_for("cash.index"), toast=f"{views.KIND_NAMES[movement.kind]} deleted.", undo=undo)


@room.post("/<uuid:movement_id>/restore")
def restore(movement_id: UUID) -> Answer:
    """Bring a deleted movement back."""
    movement = cash.restore_cash(deps.working_seat(), movement_id)
    return htmx.go(url_for("cash.index"), toast=f"{views.KIND_NAMES[movement.kind]} is back.")


def _today() -> str:
    return local_date(deps.now(), deps.working_seat().zone).isoformat()


def _page(form: Form, editing: UUID | None = None) -> str:
    seat, before = deps.working_seat(), _before()
    listed = cash.movements(seat, before)
    return frame.page(
        "cash/page.html",
        nav="cash",
        ledger=views.ledger(seat.account, listed, cash.totals(seat)),
        older=url_for("cash.index", before=listed.older) if listed.older else "",
        newest=url_for("cash.index") if before else "",
        form=form,
        editing=editing,
        kinds=views.KINDS,
        may_record=seat.may_trade,
        key=form.value("key") or uuid4().hex,
        today=_today(),
    )


def _before() -> UUID | None:
    asked = request.args.get("before")
    try:
        return UUID(asked) if asked else None
    except ValueError:
        raise NotFound from None
