"""The writes of a session recorded, and written once more bare: the same rows and commits, with nothing read but what
is changed, nothing checked, and nothing decided."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, event, inspect
from sqlalchemy.orm import Session

from trenddojo.store.database import db, prepare

Write = Callable[[Session], object]


@dataclass
class Recorder:
    """What `db.session` writes, commit by commit, from when it is attached."""

    writes: list[Write] = field(default_factory=list)

    def attach(self) -> None:
        """Begin to record."""
        factory = db.session.session_factory
        event.listen(factory, "after_flush", self._flushed)
        event.listen(factory, "after_commit", self._committed)
        event.listen(db.engine, "before_execute", self._executed)

    def taken(self) -> list[Write]:
        """What was written since it was asked last."""
        found, self.writes = self.writes, []
        return found

    def _flushed(self, session: Session, _context: Any) -> None:
        for row in session.new:
            self.writes.append(_inserted(row))
        for row in session.dirty:
            if session.is_modified(row):
                self.writes.append(_updated(row))
        for row in session.deleted:
            self.writes.append(_deleted(row))
        self.writes.append(Session.flush)

    def _executed(self, _connection: Any, statement: Any, many: Any, one: Any, _options: Any) -> None:
        """Statements that are written as such; those of a flush are its rows'."""
        if getattr(statement, "is_dml", False) and not db.session()._flushing:
            parameters = many or one or None
            self.writes.append(lambda session: session.connection().execute(statement, parameters))

    def _committed(self, _session: Session) -> None:
        self.writes.append(_commit)


def replaying(path: Path) -> Session:
    """A plain session on a copy of the database, with the same settings."""
    engine = create_engine(f"sqlite:///{path}")
    prepare(engine)
    return Session(engine)


def _commit(session: Session) -> None:
    session.info.clear()  # what the audit log would tell is among the rows that were recorded
    session.commit()


def _inserted(row: Any) -> Write:
    kind, values = type(row), _set_values(row)
    return lambda session: session.add(kind(**values))


def _updated(row: Any) -> Write:
    kind, key = type(row), inspect(row).identity
    counted = {column.key for column in (inspect(kind).version_id_col,) if column is not None}
    changed = {one.key: one.history.added[0] for one in inspect(row).attrs if one.history.added}
    changed = {name: value for name, value in changed.items() if name not in counted}

    def write(session: Session) -> None:
        found = session.get_one(kind, key)
        for name, value in changed.items():
            setattr(found, name, value)

    return write


def _deleted(row: Any) -> Write:
    kind, key = type(row), inspect(row).identity
    return lambda session: session.delete(session.get_one(kind, key))


def _set_values(row: Any) -> dict[str, Any]:
    mapper = inspect(type(row))
    counted = {column.key for column in (mapper.version_id_col,) if column is not None}
    return {one.key: getattr(row, one.key) for one in mapper.column_attrs if one.key not in counted}
