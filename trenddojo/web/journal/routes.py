"""The daily journal: the list of days, each day's own page, and the form of a note."""

from datetime import date
from uuid import UUID, uuid4

from flask import request, url_for
from werkzeug.wrappers import Response

from trenddojo.domain.equity import local_date
from trenddojo.services import journal
from trenddojo.services.errors import Forbidden, Invalid, NotFound
from trenddojo.services.inputs import parse
from trenddojo.services.inputs.journal import DayQuery, JournalQuery, NewNoteInput, NoteInput
from trenddojo.services.trading_days import trading_day_of
from trenddojo.store.seats import Seat, SeatRole
from trenddojo.web import deps, forms, frame, htmx
from trenddojo.web.forms import Form
from trenddojo.web.gallery import of_day
from trenddojo.web.journal import day_views, search, views
from trenddojo.web.journal.blueprint import room

__all__ = ["room", "search"]

Answer = Response | str | tuple[str, int]


@room.get("")
def index() -> Answer:
    """Days of the account from a date backwards, the latest first."""
    asked = request.args.get("on", "")
    try:
        found = parse(JournalQuery, {"on": asked}).on
    except Invalid as error:
        return _list(_today(), jump=Form({"on": asked}, error.fields)), error.status
    return _list(min(found or _today(), _today()))


@room.get("/<string(length=10):on>")
def day(on: str) -> Answer:
    """One day: what it brought, what happened in its course, what was written.

    With `account` the day of another account, to look at alone: whoever wants to write there works on it.
    """
    try:
        account = parse(DayQuery, {"account": request.args.get("account", "")}).account
    except Invalid:
        raise NotFound from None
    if account in (None, deps.working_seat().account.id):
        return _day(_dated(on))
    seat = deps.seat(account)
    return _day(_dated(on), seat=Seat(seat.user, seat.account, SeatRole.VIEWER))


@room.post("")
def write() -> Answer:
    """Keep a note."""
    try:
        note = journal.write_note(deps.working_seat(), forms.read(NewNoteInput), deps.now())
    except Invalid as error:
        return _again(error), error.status
    return htmx.go(_address(note.on), toast="Note kept.")


@room.get("/<uuid:note_id>")
def edit(note_id: UUID) -> Answer:
    """The form of one note, beside its day."""
    seat = deps.working_seat()
    note = journal.note_of(seat, note_id)
    if note.deleted_at is not None:
        raise NotFound
    if not journal.may_edit(seat, note):
        raise Forbidden("Only whoever wrote a note may change it.")
    return _day(note.on, Form({"on": note.on.isoformat(), "body": note.body}), editing=note_id)


@room.post("/<uuid:note_id>")
def save(note_id: UUID) -> Answer:
    """Change a note."""
    seat = deps.working_seat()
    try:
        note = journal.change_note(seat, note_id, forms.read(NoteInput), deps.now())
    except Invalid as error:
        on = journal.note_of(seat, note_id).on
        return _day(on, forms.again(error.fields), editing=note_id), error.status
    return htmx.go(_address(note.on), toast="Note saved.")


@room.post("/<uuid:note_id>/delete")
def delete(note_id: UUID) -> Answer:
    """Delete a note."""
    note = journal.delete_note(deps.working_seat(), note_id, deps.now())
    return htmx.go(_address(note.on), toast="Note deleted.", undo=url_for("journal.restore", note_id=note_id))


@room.post("/<uuid:note_id>/restore")
def restore(note_id: UUID) -> Answer:
    """Bring a deleted note back."""
    note = journal.restore_note(deps.working_seat(), note_id)
    return htmx.go(_address(note.on), toast="Note is back.")


def _today() -> date:
    return local_date(deps.now(), deps.working_seat().zone)


def _address(on: date) -> str:
    return url_for("journal.day", on=on.isoformat())


def _dated(on: str) -> date:
    """The date of an address. Raises NotFound for what is none."""
    try:
        return date.fromisoformat(on)
    except ValueError:
        raise NotFound from None


def _again(error: Invalid) -> str:
    """The page of the day that a refused note is about, with the form as it was sent; today's where it names no day."""
    form, on = forms.again(error.fields), _today()
    if not error.fields.get("on"):
        on = _dated(form.value("on"))
    return _day(on, form)


def _day(on: date, form: Form | None = None, editing: UUID | None = None, *, seat: Seat | None = None) -> str:
    shown, form = seat or deps.working_seat(), form or Form({"on": on.isoformat()})
    found, today = trading_day_of(shown, on, deps.now()), local_date(deps.now(), shown.zone)
    return frame.page(
        "journal/day.html",
        nav="journal",
        about=shown.account,
        page=day_views.page_of(found, shown, today, elsewhere=seat is not None),
        account=shown.account,
        is_elsewhere=seat is not None,
        form=form,
        editing=editing,
        may_write=shown.may_trade,
        key=form.value("key") or uuid4().hex,
        today=today,
        gallery=of_day(shown, on),
    )


def _list(until: date, jump: Form | None = None) -> str:
    seat, today = deps.working_seat(), _today()
    page = journal.read_journal(seat, until)
    return frame.page(
        "journal/page.html",
        nav="journal",
        days=views.days(page, seat, today),
        older=url_for("journal.index", on=page.older.isoformat()) if page.older else "",
        newest=url_for("journal.index") if until < today else "",
        form=Form({"on": until.isoformat()}),
        jump=jump or Form({"on": until.isoformat() if until < today else ""}),
        may_write=seat.may_trade,
        currency=seat.account.base_currency,
        key=uuid4().hex,
        today=today,
    )
