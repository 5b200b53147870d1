"""Pictures on trades and days: taken in, shown to whoever may see what they are on, deleted with a way back."""

from collections.abc import Callable, Mapping
from datetime import date
from uuid import UUID

from flask import Blueprint, Response, render_template, request, send_file, url_for
from werkzeug.wrappers import Response as Answer

from trenddojo.services import attachments
from trenddojo.services.attachments import FIELD, Target, Upload
from trenddojo.services.errors import Invalid, NotFound
from trenddojo.services.records import trade_of
from trenddojo.store.models import Attachment
from trenddojo.store.seats import Seat
from trenddojo.web import deps, frame, gallery
from trenddojo.web.gallery import Gallery
from trenddojo.web.htmx import fragment, go, is_htmx
from trenddojo.web.security import UPLOAD, limiter
from trenddojo.web.session import require_sign_in

room = Blueprint("attachments", __name__)
room.before_request(require_sign_in)

Draw = Callable[[Mapping[str, str]], Gallery]
"""The panel of pictures, with what is wrong with a form that was refused."""


@room.get("/trades/<uuid:trade_id>/attachments")
def of_trade(trade_id: UUID) -> str:
    """The pictures of a trade."""
    seat, draw, _ = _trade(trade_id)
    return _page(seat, "trades", draw({}))


@room.post("/trades/<uuid:trade_id>/attachments")
@limiter.limit(UPLOAD)
def attach_to_trade(trade_id: UUID) -> Answer:
    """Attach pictures to a trade."""
    seat, draw, target = _trade(trade_id)
    return _attach(seat, target, "trades", draw)


@room.get("/journal/<string(length=10):on>/attachments")
def of_day(on: str) -> str:
    """The pictures of a day."""
    seat, draw, _ = _day(on)
    return _page(seat, "journal", draw({}))


@room.post("/journal/<string(length=10):on>/attachments")
@limiter.limit(UPLOAD)
def attach_to_day(on: str) -> Answer:
    """Attach pictures to a day."""
    seat, draw, target = _day(on)
    return _attach(seat, target, "journal", draw)


@room.get("/attachments/<uuid:attachment_id>")
def show(attachment_id: UUID) -> Response:
    """A picture."""
    return _file(attachment_id, small=False)


@room.get("/attachments/<uuid:attachment_id>/small")
def small(attachment_id: UUID) -> Response:
    """The same, small."""
    return _file(attachment_id, small=True)


@room.post("/attachments/<uuid:attachment_id>/delete")
def delete(attachment_id: UUID) -> Answer:
    """Delete a picture."""
    seat, attachment = attachments.attachment_of(deps.seats(), attachment_id)
    attachments.delete(seat, attachment, deps.now())
    undo = url_for("attachments.restore", attachment_id=attachment_id)
    return go(_home(attachment), "Picture deleted.", undo=undo)


@room.post("/attachments/<uuid:attachment_id>/restore")
def restore(attachment_id: UUID) -> Answer:
    """Bring a deleted picture back."""
    seat, attachment = attachments.attachment_of(deps.seats(), attachment_id, deleted=True)
    attachments.restore(seat, attachment)
    return go(_home(attachment), "Picture is back.")


def _trade(trade_id: UUID) -> tuple[Seat, Draw, Target]:
    seat, trade = trade_of(deps.seats(), trade_id)
    symbol = trade.symbol
    return seat, lambda problems: gallery.of_trade(seat, trade_id, symbol, problems), attachments.of_trade(trade)


def _day(on: str) -> tuple[Seat, Draw, Target]:
    """Raises NotFound for what is no date."""
    seat = deps.working_seat()
    try:
        day = date.fromisoformat(on)
    except ValueError:
        raise NotFound from None
    target = attachments.of_day(seat, day, deps.now())
    return seat, lambda problems: gallery.of_day(seat, day, problems), target


def _attach(seat: Seat, target: Target, nav: str, draw: Draw) -> Answer:
    sent = [Upload(file.filename or "", file.stream) for file in request.files.getlist(FIELD) if file.filename]
    try:
        kept = attachments.attach(seat, target, sent, deps.now())
    except Invalid as error:
        return _refused(seat, nav, draw(error.fields))
    told = f"{len(kept)} picture{'' if len(kept) == 1 else 's'} attached."
    shown = draw({})
    if is_htmx():
        return fragment(render_template("attachments/_panel.html", gallery=shown), toast={"text": told})
    return go(f"{shown.back}#pictures", told)


def _refused(seat: Seat, nav: str, shown: Gallery) -> Answer:
    if is_htmx():
        return fragment(render_template("attachments/_panel.html", gallery=shown), 422)
    return fragment(_page(seat, nav, shown), 422)


def _page(seat: Seat, nav: str, shown: Gallery) -> str:
    if is_htmx() and not shown.problems:
        return render_template("attachments/_panel.html", gallery=shown)
    return frame.page("attachments/page.html", nav=nav, about=seat.account, gallery=shown)


def _file(attachment_id: UUID, *, small: bool) -> Response:
    """The file for whoever holds a seat; each look asks again, and is answered from the browser's own copy."""
    _, attachment = attachments.attachment_of(deps.seats(), attachment_id)
    place, media_type = attachments.file_of(attachment, small=small)
    name = f"{attachment.name}.{media_type.partition('/')[2]}"
    etag = f"{attachment.sha256}{'-small' if small else ''}"
    answer = send_file(place, media_type.value, download_name=name, etag=etag, max_age=0)
    answer.headers["Cache-Control"] = "private, no-cache"
    answer.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    return answer


def _home(attachment: Attachment) -> str:
    """The page that a picture is on."""
    if attachment.trade_id:
        return url_for("trade.show", trade_id=attachment.trade_id, _anchor="pictures")
    return url_for("journal.day", on=str(attachment.on), _anchor="pictures")
