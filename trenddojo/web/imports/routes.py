"""Statements brought in: the list, the form that takes files, and asking a broker."""

from datetime import date, timedelta
from typing import Any

from flask import render_template, request, url_for
from werkzeug.datastructures import FileStorage

from trenddojo.services.errors import FORM, Invalid, NotFound
from trenddojo.services.imports import listing, uploads
from trenddojo.services.inputs import parse
from trenddojo.services.inputs.imports import BrokerImportInput
from trenddojo.store.import_files import Incoming
from trenddojo.store.seats import Seat
from trenddojo.web import deps, forms, frame, htmx
from trenddojo.web.accountless import lead_to_accounts
from trenddojo.web.forms import Form
from trenddojo.web.imports import acts, show, views
from trenddojo.web.imports.blueprint import Answer, room
from trenddojo.web.imports.views import Sent
from trenddojo.web.security import UPLOAD, limiter

__all__ = ["acts", "room", "show"]

room.before_request(lead_to_accounts)
_BACK = timedelta(days=365)


@room.get("")
def index() -> Answer:
    """What was brought in, the latest first, and the forms for more; for htmx the list alone, as it is now."""
    if htmx.is_htmx():
        return render_template("imports/_list.html", **_listed())
    return _page(Form(_defaults()))


@room.post("")
@limiter.limit(UPLOAD)
def upload() -> Answer:
    """Take statements, one after the other; a script that sends them by themselves gets a line for each."""
    sent = [one for one in request.files.getlist(uploads.FIELD) if one.filename]
    if not sent:
        return _refused({uploads.FIELD: "Choose a file first."})
    seat = _seat()
    taken = [_take(seat, one) for one in sent]
    if htmx.is_htmx():
        return render_template("imports/_sent.html", taken=taken), _status(taken)
    if problems := [one.problem for one in taken if one.problem]:
        return _refused({uploads.FIELD: " ".join(problems)})
    return htmx.go(taken[0].href if len(taken) == 1 else url_for("imports.index"), views.told(taken))


def _take(seat: Seat, one: FileStorage) -> Sent:
    name = uploads.called(one.filename or "")
    if not isinstance(one.stream, Incoming):
        return Sent(name, problem=uploads.NO_PLACE)
    try:
        received = uploads.receive(seat, name, one.stream, deps.now())
    except Invalid as error:
        return Sent(name, problem=error.message)
    return Sent(name, url_for("imports.one", import_id=received.row.id), is_known=not received.is_new)


def _status(taken: list[Sent]) -> int:
    return Invalid.status if any(one.problem for one in taken) else 200


@room.post("/broker")
@limiter.limit(UPLOAD)
def ask_broker() -> Answer:
    """Put an account's past in line to be asked of its broker."""
    try:
        asked = parse(BrokerImportInput, {"since": request.form.get("since", "")})
        row = uploads.ask_broker(_seat(), asked.since, deps.now())
    except Invalid as error:
        return _refused(error.fields)
    return htmx.go(url_for("imports.one", import_id=row.id))


def _seat() -> Seat:
    """The account that the form names. Raises NotFound."""
    account = deps.asked_id(request.form.get("account"))
    if account is None:
        raise NotFound
    return deps.seat(account)


def _refused(errors: dict[str, str]) -> Answer:
    if htmx.is_htmx():
        return render_template("imports/_sent.html", taken=[Sent("", problem=one) for one in errors.values()]), 422
    return _page(forms.again(errors)), Invalid.status


def _defaults() -> dict[str, str]:
    seat = deps.working_seat()
    since: date = (deps.now() - _BACK).astimezone(seat.zone).date()
    return {"account": str(seat.account.id), "since": since.isoformat()}


def _listed() -> dict[str, Any]:
    found = listing.listed(deps.seats(), deps.asked_id(request.args.get("before")))
    return {
        "rows": views.rows(found, deps.seats()),
        "older": url_for("imports.index", before=found.older) if found.older else "",
        "newest": url_for("imports.index") if request.args.get("before") else "",
        "zone": deps.zone(),
        "now": deps.now(),
    }


def _page(form: Form) -> str:
    config = deps.config()
    return frame.page(
        "imports/page.html",
        nav="imports",
        form=form,
        accounts=[(str(seat.account.id), seat.account.name) for seat in deps.seats() if seat.may_trade],
        at_brokers=[(str(seat.account.id), seat.account.name) for seat in deps.seats() if views.may_ask(seat)],
        most_bytes=config.import_bytes,
        has_place=config.imports_path is not None,
        general=form.error(FORM),
        **_listed(),
    )
