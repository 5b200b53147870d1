"""Past prices: which are known, who told them, and an administrator's import of a file."""

from flask import Blueprint, request
from werkzeug.datastructures import FileStorage
from werkzeug.wrappers import Response

from trenddojo.domain.terms import AssetType, Role, Timeframe
from trenddojo.services.errors import Forbidden, Invalid
from trenddojo.services.inputs.bars import BarsInput
from trenddojo.services.market import files, known
from trenddojo.services.market.files import ImportedBars
from trenddojo.web import deps, forms, frame
from trenddojo.web.forms import Form
from trenddojo.web.session import require_sign_in

room = Blueprint("prices", __name__, url_prefix="/settings/prices")
room.before_request(require_sign_in)

Answer = Response | str | tuple[str, int]

TYPES = [
    (AssetType.STOCK.value, "Share"),
    (AssetType.ETF.value, "Fund"),
    (AssetType.CRYPTO.value, "Cryptocurrency"),
    (AssetType.FOREX.value, "Currency"),
]
TIMEFRAMES = [(Timeframe.DAY.value, "Days"), (Timeframe.HOUR.value, "Hours")]


@room.get("")
def index() -> Answer:
    """What is known, and the form for a file."""
    return _page(Form({"symbol": request.args.get("symbol", "")[:32]}))


@room.post("")
def import_file() -> Answer:
    """Keep the prices of a file; the page tells what became of it, line by line."""
    if deps.user().role is not Role.ADMIN:
        raise Forbidden("Only an admin may import prices: everybody here sees them.")
    try:
        done = _imported(request.files.get(files.FIELD))
    except Invalid as error:
        return _page(forms.again(error.fields)), error.status
    return _page(Form(), done)


def _imported(sent: FileStorage | None) -> ImportedBars:
    entered = forms.read(BarsInput)
    if sent is None or not sent.filename:
        raise Invalid({files.FIELD: "Choose a CSV file of prices."})
    return files.import_bars(sent.stream, sent.filename, entered, deps.now())


def _page(form: Form, done: ImportedBars | None = None) -> str:
    seats = deps.seats()
    return frame.page(
        "prices/page.html",
        nav="settings",
        form=form,
        done=done,
        known=known.known_prices(seats),
        failures=known.failures(seats),
        types=TYPES,
        timeframes=TIMEFRAMES,
        now=deps.now(),
        zone=deps.zone(),
        today=deps.now().astimezone(deps.zone()).date(),
        largest=files.LARGEST >> 20,
        most=known.MOST,
    )
