"""The lock of live trading: opened with the password, closed by a press, by signing out and by idling."""

from flask import Blueprint, Response, make_response, request
from flask_limiter import RateLimitExceeded
from werkzeug.wrappers import Response as AnyResponse

from trenddojo.services import access
from trenddojo.services.errors import Invalid
from trenddojo.services.inputs.people import UnlockInput
from trenddojo.web import deps, forms, frame, htmx, locks, paths
from trenddojo.web.security import SIGN_IN, limiter
from trenddojo.web.session import require_sign_in

room = Blueprint("unlock", __name__, url_prefix="/unlock")
room.before_request(require_sign_in)

Answer = AnyResponse | str | tuple[str, int]


@room.get("")
def index() -> Answer:
    """Whether trading is locked, and the password's form."""
    return _page(forms.Form({"next": paths.referring()}))


@room.post("")
@limiter.limit(SIGN_IN)
def unlock() -> Answer:
    """Unlock live trading on this browser, and go on to where the person was."""
    try:
        access.confirm(deps.user(), forms.read(UnlockInput))
    except Invalid as error:
        return _page(forms.again(error.fields)), error.status
    locks.unlock(deps.now())
    wanted = paths.own(request.form.get("next", "/"))
    return htmx.go(wanted, toast=f"Live trading is unlocked. It locks after {minutes()} minutes without use.")


@room.post("/lock")
def lock() -> Answer:
    """Lock it at once."""
    locks.lock()
    return htmx.go(paths.referring(), toast="Live trading is locked.")


@room.errorhandler(RateLimitExceeded)
def too_many(error: RateLimitExceeded) -> Response:
    """The form again, saying how long to wait."""
    answer = make_response(_page(forms.again({}), is_limited=True), 429)
    answer.headers["Retry-After"] = str(error.limit.limit.get_expiry())
    return answer


def minutes() -> int:
    """How long trading stays unlocked without use."""
    return int(locks.WINDOW.total_seconds()) // 60


def _page(form: forms.Form, is_limited: bool = False) -> str:
    return frame.page(
        "unlock/page.html",
        nav="",
        form=form,
        is_limited=is_limited,
        now=deps.now(),
        until=locks.open_until(deps.now()),
        minutes=minutes(),
        is_enabled=deps.config().enable_live_trading,
    )
