"""A person's own data: what there is, all of it as one file, fills for another journal, and an archive brought in."""

from collections.abc import Iterator
from typing import Any

from flask import Blueprint, Response, render_template, request, stream_with_context, url_for
from werkzeug.datastructures import FileStorage
from werkzeug.wrappers import Response as AnyResponse

from trenddojo.domain.terms import Role
from trenddojo.services import audit
from trenddojo.services.archive.arrivals import arrivals, send
from trenddojo.services.archive.bringing import FIELD
from trenddojo.services.archive.reading import LARGEST
from trenddojo.services.archive.writing import archive_of
from trenddojo.services.errors import Forbidden, Invalid
from trenddojo.services.inputs import parse
from trenddojo.services.inputs.leaving import LeavingQuery
from trenddojo.services.tradervue import tradervue_file
from trenddojo.store.archive import counts
from trenddojo.store.areas import Area
from trenddojo.store.seats import Seat, SeatRole
from trenddojo.web import deps, frame, htmx
from trenddojo.web.data import views
from trenddojo.web.forms import Form
from trenddojo.web.security import ARCHIVES, limiter
from trenddojo.web.session import require_sign_in

room = Blueprint("data", __name__, url_prefix="/settings/data")
room.before_request(require_sign_in)

Answer = AnyResponse | str | tuple[str, int]


@room.get("")
def index() -> Answer:
    """What the person owns, and the ways out and in."""
    return _page(Form(), Form())


@room.post("/archive")
@limiter.limit(ARCHIVES)
def take() -> AnyResponse:
    """Everything that the person owns, sent while it is put together."""
    user, now = deps.user(), deps.now()
    audit.record("archive_made", Area.ACCOUNTS, user.name)
    name = f"trenddojo-{now.astimezone(deps.zone()):%Y-%m-%d}.zip"
    return _download(archive_of(user, now), name, "application/zip")


@room.post("/bring")
@limiter.limit(ARCHIVES)
def bring() -> Answer:
    """Take in an archive that becomes new accounts of the person, as soon as its turn comes."""
    try:
        _send(request.files.get(FIELD))
    except Invalid as error:
        return _page(Form(errors=error.fields), Form()), error.status
    return htmx.go(url_for("data.index") + "#bring")


@room.get("/arrival")
def arrival() -> Answer:
    """How far the person's archive is."""
    if not htmx.is_htmx():
        return htmx.go(url_for("data.index") + "#bring")
    return render_template("data/_bring.html", **_bringing(Form()))


@room.post("/seen")
def seen() -> AnyResponse:
    """The person knows how their archive ended."""
    arrivals().forget(deps.user().id)
    return htmx.go(url_for("data.index") + "#bring")


@room.get("/tradervue")
def leave() -> Answer:
    """The fills of an account as Tradervue reads them."""
    names = [field.alias or name for name, field in LeavingQuery.model_fields.items()]
    typed = {name: request.args[name] for name in names if name in request.args}
    try:
        query = parse(LeavingQuery, typed)
    except Invalid as error:
        return _page(Form(), Form(typed, error.fields)), error.status
    seat = _own(deps.seat(query.account))
    name = f"tradervue-{query.since or 'all'}-{query.until or 'all'}.csv"
    return _download(tradervue_file(seat, query.since, query.until), name, "text/csv; charset=utf-8")


def _send(sent: FileStorage | None) -> None:
    if sent is None or not sent.filename:
        raise Invalid({FIELD: "Choose the archive that you took from TrendDojo."})
    send(deps.user(), sent.filename, sent.stream)


def _own(seat: Seat) -> Seat:
    if seat.role is not SeatRole.OWNER:
        raise Forbidden(f"Only the owner of {seat.account.name} may take its fills away.")
    return seat


def _download(pieces: Iterator[bytes], name: str, kind: str) -> Response:
    answer = Response(stream_with_context(pieces), content_type=kind)
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def _page(bring_form: Form, leave_form: Form) -> str:
    mine = [seat.account for seat in deps.seats() if seat.role is SeatRole.OWNER]
    return frame.page(
        "data/page.html",
        nav="settings",
        leave=leave_form,
        accounts=[(str(account.id), account.name) for account in mine],
        holds=views.holds(counts(deps.user().id)),
        **_bringing(bring_form),
    )


def _bringing(form: Form) -> dict[str, Any]:
    """What the part of the page needs that brings an archive in."""
    found = arrivals().of(deps.user().id)
    return {
        "form": form,
        "arrival": found and views.coming(found),
        "largest": LARGEST >> 20,
        "may_bring": deps.user().role is not Role.VIEWER,
    }
