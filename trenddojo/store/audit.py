"""What every transaction changes, gathered as it is flushed and handed to a writer before it commits.

No service tells what it did, so none can forget to: whatever is added, changed or removed through the session is seen
here, and a statement that would change audited rows past the session is refused. The writer runs in the same
transaction: an act and its entry are kept together or not at all.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, cast
from uuid import UUID

from sqlalchemy import Row, UpdateBase, event
from sqlalchemy.orm import ORMExecuteState, Session, SessionTransaction, UOWTransaction

from trenddojo.store import written
from trenddojo.store.areas import Area
from trenddojo.store.changes import Change, merged
from trenddojo.store.database import Base, db
from trenddojo.store.origin import Actor
from trenddojo.store.written import is_audited

UNAUDITED = "unaudited"
"""The execution option of a statement that touches only columns which are not audited."""

_GATHERED = "audit.gathered"


class Unaudited(RuntimeError):
    """A statement would change audited rows without the audit log seeing it."""


@dataclass(frozen=True, slots=True)
class Note:
    """What a service says of an act that its rows do not tell; `who` where the request does not know yet."""

    act: str
    area: Area
    subject: str
    account_id: UUID | None
    who: Actor | None
    detail: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Touched:
    """A row that a flush wrote, and in which transaction or savepoint."""

    row: Base
    change: Change
    within: SessionTransaction | None


@dataclass(slots=True)
class Gathered:
    """What the session's transaction did so far. `unread` are old values of fields that were set without being read."""

    touched: list[Touched] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    unread: dict[Base, Row[Any]] = field(default_factory=dict)

    def settled(self, session: Session) -> "Act":
        """What is left of it all when `session` commits."""
        changes = merged(one.change for one in self.touched)
        rows = {one.change.key: one.row for one in self.touched}
        return Act(session, changes, [rows[change.key] for change in changes], self.notes)


@dataclass(frozen=True, slots=True)
class Act:
    """A transaction about to commit: one change for each row, the rows themselves, and what services noted."""

    session: Session
    changes: Sequence[Change]
    rows: Sequence[Base]
    notes: Sequence[Note]


Writer = Callable[[Act], None]


def watch(writer: Writer) -> None:
    """Let `writer` write the entry of every transaction that changes something. Call it once a process."""

    def before_commit(session: Session) -> None:
        if not session.in_nested_transaction():
            _write(session, writer)

    event.listen(Session, "do_orm_execute", _refuse_unaudited)
    event.listen(Session, "before_flush", _read_unknown)
    event.listen(Session, "after_flush", _gather)
    event.listen(Session, "before_commit", before_commit)
    event.listen(Session, "after_soft_rollback", _forget)


def note(said: Note) -> None:
    """Let the present transaction's entry say this; without a change of rows it makes an entry of its own."""
    _gathered(db.session()).notes.append(said)


def _gathered(session: Session) -> Gathered:
    found: Gathered = session.info.setdefault(_GATHERED, Gathered())
    return found


def _write(session: Session, writer: Writer) -> None:
    session.flush()
    gathered: Gathered | None = session.info.pop(_GATHERED, None)
    act = gathered.settled(session) if gathered else None
    if act is not None and (act.notes or act.changes):
        writer(act)


def _forget(session: Session, ended: SessionTransaction) -> None:
    """Forget what was rolled back: everything, or what was done within a savepoint."""
    if not ended.nested:
        session.info.pop(_GATHERED, None)
    elif gathered := session.info.get(_GATHERED):
        gathered.touched = [one for one in gathered.touched if ended not in _around(one.within)]


def _around(transaction: SessionTransaction | None) -> Iterator[SessionTransaction]:
    while transaction is not None:
        yield transaction
        transaction = transaction.parent


def _refuse_unaudited(state: ORMExecuteState) -> None:
    if not (state.is_update or state.is_delete or state.is_insert) or state.execution_options.get(UNAUDITED):
        return
    table = cast(UpdateBase, state.statement).entity_description["table"]
    if table.name in _audited_tables():
        raise Unaudited(f"{table.name} is audited: change its rows through the session")


@cache
def _audited_tables() -> set[str]:
    return {mapper.class_.__tablename__ for mapper in Base.registry.mappers if mapper.class_.__audit__}


def _read_unknown(session: Session, _context: UOWTransaction, _instances: Any) -> None:
    """Before a flush: read what it writes over, where that is not at hand."""
    for row in filter(is_audited, session.deleted):
        written.load(row)
    for row in filter(is_audited, session.dirty):
        if written.sets_unread(row):
            _gathered(session).unread[row] = written.stored(session, row)


def _gather(session: Session, _context: UOWTransaction) -> None:
    """After a flush, when new rows have their ids and defaults: what it wrote."""
    within = session.get_nested_transaction() or session.get_transaction()
    for row, change in _changes(session):
        if not change.is_nothing:
            _gathered(session).touched.append(Touched(row, change, within))


def _changes(session: Session) -> Iterator[tuple[Base, Change]]:
    for row in filter(is_audited, session.deleted):
        yield row, written.removed(row)
    for row in filter(is_audited, session.new):
        yield row, written.added(row)
    for row in filter(is_audited, session.dirty):
        yield row, written.changed(row, _gathered(session).unread.get(row))
