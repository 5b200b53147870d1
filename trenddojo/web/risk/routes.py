"""The risk page: what is used of each limit now, and the limits."""

from flask import Blueprint, url_for
from werkzeug.wrappers import Response

from trenddojo.services.errors import Invalid
from trenddojo.services.exposure import holdings_of, limits_of, risk_board
from trenddojo.services.inputs.risk import RiskInput
from trenddojo.services.market.sessions import gap_losses, matrix
from trenddojo.services.risk_settings import set_limits
from trenddojo.web import deps, forms, frame, htmx
from trenddojo.web.accountless import lead_to_accounts
from trenddojo.web.forms import Form
from trenddojo.web.risk import views
from trenddojo.web.session import require_sign_in

room = Blueprint("risk", __name__, url_prefix="/risk")
room.before_request(require_sign_in)
room.before_request(lead_to_accounts)

Answer = Response | str | tuple[str, int]


@room.get("")
def index() -> Answer:
    """What is used, and the limits."""
    return _page(views.filled(limits_of(deps.working_seat().account)))


@room.post("")
def save() -> Answer:
    """Set the limits."""
    try:
        set_limits(deps.working_seat(), forms.read(RiskInput))
    except Invalid as error:
        return _page(forms.again(error.fields)), error.status
    return htmx.go(url_for("risk.index"), toast="Limits saved. They hold from the next plan on.")


def _page(form: Form) -> str:
    seat = deps.working_seat()
    found = risk_board(seat, deps.now())
    held = holdings_of(seat).held
    board = views.board(found, gap_losses(seat.account, held, deps.now()), seat.account)
    return frame.page(
        "risk/page.html",
        nav="risk",
        board=board,
        correlations=views.correlations(matrix(seat.account, held, deps.now())),
        form=form,
        limits=views.told(found.limits),
        methods=views.METHODS,
        may_edit=seat.may_manage,
    )
