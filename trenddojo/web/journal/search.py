"""The search over all notes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import Response, render_template, request, url_for
from markupsafe import Markup

from trenddojo.services.errors import Invalid
from trenddojo.services.inputs import parse
from trenddojo.services.inputs.notes import NotesIn, NotesQuery
from trenddojo.services.note_search import FoundPage, search
from trenddojo.store.note_search import Found
from trenddojo.web import deps, frame
from trenddojo.web.addresses import Address
from trenddojo.web.excerpts import excerpt
from trenddojo.web.format import full_day
from trenddojo.web.forms import Form
from trenddojo.web.htmx import fragment, is_htmx
from trenddojo.web.journal.blueprint import room
from trenddojo.web.trade_words import NOTES

KINDS = (
    (NotesIn.JOURNAL, "Journal"),
    (NotesIn.TRADES, "On trades"),
    (NotesIn.ENTRY, "Entry notes"),
    (NotesIn.MANAGEMENT, "Management notes"),
    (NotesIn.EXIT, "Exit notes"),
    (NotesIn.REVIEW, "Reviews"),
)
_ASKED = ("q", "account", "kind")


@dataclass(frozen=True, slots=True)
class Hit:
    """A note that was found: what it is of and where that stands, and its words around what was looked for."""

    title: str
    href: str
    kind: str
    account: str
    author: str
    at: datetime
    excerpt: Markup


@room.get("/search")
def find() -> Response | tuple[str, int]:
    """Notes with all of the words, the newest first; the hits alone for htmx."""
    sent = {name: value for name, value in request.args.items() if name in NotesQuery.model_fields}
    address = Address.of(url_for("journal.find"), sent, _ASKED)
    try:
        query = parse(NotesQuery, sent)
        page, problems = search(deps.seats(), query), {}
    except Invalid as error:
        query, page, problems = NotesQuery(), FoundPage((), None), error.fields
    shown: dict[str, Any] = {
        "hits": _hits(page.notes, query.words),
        "older": address.with_(before=page.after) if page.after else "",
        "newest": address.with_() if query.before else "",
        "form": Form(sent, problems),
        "address": address,
        "zone": deps.zone(),
        "now": deps.now(),
    }
    status = 422 if problems else 200
    if is_htmx():
        return fragment(render_template("journal/_found.html", **shown), status)
    return frame.page("journal/search.html", nav="journal", kinds=KINDS, accounts=_accounts(), **shown), status


def _accounts() -> list[tuple[str, str]]:
    return [(str(seat.account.id), seat.account.name) for seat in deps.seats()]


def _hits(notes: Sequence[Found], words: Sequence[str]) -> list[Hit]:
    names = {seat.account.id: seat.account.name for seat in deps.seats()}
    return [
        Hit(
            title=full_day(note.on) if note.on else note.symbol or "",
            href=_home(note),
            kind=NOTES[note.kind] if note.kind else "Journal",
            account=names[note.account_id] if len(names) > 1 else "",
            author="" if note.author_id == deps.user().id else note.author,
            at=note.at,
            excerpt=excerpt(note.body, words),
        )
        for note in notes
    ]


def _home(note: Found) -> str:
    if note.on is not None:
        return url_for("journal.day", on=note.on.isoformat(), account=note.account_id)
    return url_for("trade.show", trade_id=note.trade_id, show="notes", _anchor="timeline")
