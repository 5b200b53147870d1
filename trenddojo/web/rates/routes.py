"""Exchange rates: which are known, and an administrator's import of the ECB's file."""

from flask import Blueprint, request, url_for
from werkzeug.datastructures import FileStorage
from werkzeug.wrappers import Response

from trenddojo.domain.terms import Role
from trenddojo.services import rate_files, rates
from trenddojo.services.errors import Forbidden, Invalid
from trenddojo.web import deps, frame, htmx
from trenddojo.web.forms import Form
from trenddojo.web.rates import views
from trenddojo.web.session import require_sign_in

room = Blueprint("rates", __name__, url_prefix="/settings/rates")
room.before_request(require_sign_in)

Answer = Response | str | tuple[str, int]


@room.get("")
def index() -> Answer:
    """What is known, and the form for a file."""
    return _page(Form())


@room.post("")
def import_file() -> Answer:
    """Keep the rates of a file."""
    if deps.user().role is not Role.ADMIN:
        raise Forbidden("Only an admin may import exchange rates.")
    try:
        done = _imported(request.files.get(rate_files.FIELD))
    except Invalid as error:
        return _page(Form(errors=error.fields)), error.status
    return htmx.go(url_for("rates.index"), toast=views.told(done))


def _imported(sent: FileStorage | None) -> rate_files.ImportedRates:
    if sent is None or not sent.filename:
        raise Invalid({rate_files.FIELD: "Choose the file that you took from the ECB."})
    today = deps.now().astimezone(deps.zone()).date()
    return rate_files.import_rates(sent.stream, sent.filename, today, deps.now())


def _page(form: Form) -> str:
    return frame.page(
        "rates/page.html",
        nav="settings",
        form=form,
        sources=views.sources(rates.known_rates(deps.seats()), deps.seats()),
        today=deps.now().astimezone(deps.zone()).date(),
        largest=rate_files.LARGEST >> 20,
    )
