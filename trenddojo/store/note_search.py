"""Search over what people wrote, about trades and in the journal, scoped by seats within each query.

Each of the two kinds of notes is its own query, newest first from a place on and cut to a page, and the two are merged.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from operator import attrgetter
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Select, Text, literal, null, select, tuple_
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from trenddojo.domain.terms import NoteKind
from trenddojo.store.database import UNICODE_LOWER, db
from trenddojo.store.models import JournalNote, Trade, TradeNote, User
from trenddojo.store.timeline import account_of_note


class Found(NamedTuple):
    """A note that was found. One of the journal has the date it is `on`, one about a trade its kind and trade."""

    id: UUID
    at: datetime
    body: str
    account_id: UUID
    author_id: UUID
    author: str
    on: date | None
    kind: NoteKind | None
    trade_id: UUID | None
    symbol: str | None


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is looked for: all of the words, in small letters; in the journal, in trade notes of these kinds, or both.

    `before` is the place of the last note of the page before.
    """

    words: Sequence[str]
    in_journal: bool
    kinds: Collection[NoteKind]
    before: tuple[datetime, UUID] | None
    limit: int


class _Lowered(FunctionElement[str]):
    """A text in small letters, whatever its alphabet: SQLite's own LOWER knows only the Latin one without accents."""

    type = Text()
    inherit_cache = True


@compiles(_Lowered)
def _lowered(element: _Lowered, compiler: SQLCompiler, **how: Any) -> str:
    return f"lower({compiler.process(element.clauses, **how)})"


@compiles(_Lowered, "sqlite")
def _lowered_in_sqlite(element: _Lowered, compiler: SQLCompiler, **how: Any) -> str:
    return f"{UNICODE_LOWER}({compiler.process(element.clauses, **how)})"


def notes_found(account_ids: Collection[UUID], wanted: Wanted) -> list[Found]:
    """At most `limit` notes on the accounts, the newest first."""
    found: list[Found] = []
    if wanted.in_journal:
        found += _rows(_journal(account_ids), wanted, JournalNote.created_at, JournalNote.id, JournalNote.body)
    if wanted.kinds:
        about = _about_trades(account_ids).where(TradeNote.kind.in_(wanted.kinds))
        found += _rows(about, wanted, TradeNote.at, TradeNote.id, TradeNote.body)
    found.sort(key=attrgetter("at", "id"), reverse=True)
    return found[: wanted.limit]


def place_of(account_ids: Collection[UUID], note_id: UUID) -> tuple[datetime, UUID] | None:
    """Where a note of the accounts stands in the order, deleted or not; None where there is no such note."""
    journal = select(JournalNote.created_at).where(JournalNote.id == note_id, JournalNote.account_id.in_(account_ids))
    about = select(TradeNote.at).join(Trade, Trade.id == TradeNote.trade_id)
    for query in (journal, about.where(TradeNote.id == note_id, Trade.account_id.in_(account_ids))):
        if (at := db.session.scalar(query)) is not None:
            return at, note_id
    return None


def _journal(account_ids: Collection[UUID]) -> Select[*tuple[Any, ...]]:
    note = JournalNote
    columns = (note.id, note.created_at, note.body, note.account_id, note.created_by, User.name, note.on)
    query = select(*columns, null(), null(), null()).join(User, User.id == note.created_by)
    return query.where(note.account_id.in_(account_ids), note.deleted_at.is_(None))


def _about_trades(account_ids: Collection[UUID]) -> Select[*tuple[Any, ...]]:
    note = TradeNote
    columns = (note.id, note.at, note.body, Trade.account_id, note.created_by, User.name)
    query = select(*columns, null(), note.kind, Trade.id, Trade.symbol)
    joined = query.join(Trade, Trade.id == note.trade_id).join(User, User.id == note.created_by)
    return joined.where(account_of_note().in_(account_ids), note.deleted_at.is_(None))


def _rows(query: Select[*tuple[Any, ...]], wanted: Wanted, at: Any, note_id: Any, body: Any) -> list[Found]:
    found = query.where(*_conditions(wanted, at, note_id, body)).order_by(at.desc(), note_id.desc())
    return [Found._make(row) for row in db.session.execute(found.limit(wanted.limit))]


def _conditions(wanted: Wanted, at: Any, note_id: Any, body: Any) -> Iterator[ColumnElement[bool]]:
    for word in wanted.words:
        yield _Lowered(body).contains(word, autoescape=True)
    if wanted.before is not None:
        moment, last = wanted.before
        yield tuple_(at, note_id) < tuple_(literal(moment, at.type), literal(last, note_id.type))
