"""The risk page: what is used of each limit now, the limits, and the sectors of what is held."""

from flask import Blueprint, url_for
from werkzeug.wrappers import Response

from trenddojo.services.errors import Invalid
from trenddojo.services.exposure import holdings_of, limits_of, risk_board
from trenddojo.services.inputs.risk import RiskInput
from trenddojo.services.inputs.sectors import SectorInput
from trenddojo.services.market.sessions import gap_losses, matrix
from trenddojo.services.risk_settings import set_limits
from trenddojo.services.sectors import set_sector
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


@room.post("/sectors")
def save_sector() -> Answer:
    """Say what sector a symbol is in."""
    seat = deps.working_seat()
    try:
        set_sector(seat, forms.read(SectorInput))
    except Invalid as error:
        return _page(views.filled(limits_of(seat.account)), forms.again(error.fields)), error.status
    return htmx.go(url_for("risk.index", _anchor="h-sectors"), toast="Sector saved. It counts from the next plan on.")


def _page(form: Form, sector: Form | None = None) -> str:
    seat = deps.working_seat()
    found = risk_board(seat, deps.now())
    holdings = holdings_of(seat)
    held = holdings.held
    board = views.board(found, gap_losses(seat.account, held, deps.now()), seat.account)
    return frame.page(
        "risk/page.html",
        nav="risk",
        board=board,
        correlations=views.correlations(matrix(seat.account, held, holdings.sectors, deps.now())),
        form=form,
        sectors=views.sectors(holdings, sector or Form()),
        sector_names=sorted(set(holdings.sectors.values())),
        may_trade=seat.may_trade,
        limits=views.told(found.limits),
        methods=views.METHODS,
        may_edit=seat.may_manage,
    )
