"""What a flush does to an audited row, read from the state that SQLAlchemy keeps of it."""

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Row, select
from sqlalchemy.orm import Mapper, Session, class_mapper
from sqlalchemy.orm.attributes import History, get_history, instance_state
from sqlalchemy.orm.base import PASSIVE_NO_INITIALIZE

from trenddojo.store.changes import SECRET, Change, Pair, plain
from trenddojo.store.database import Base


def is_audited(row: Base) -> bool:
    """Whether the audit log tells the row's changes."""
    return row.__audit__ is not None


def added(row: Base) -> Change:
    """A new row with the fields that hold something."""
    return _change(row, False, True, {name: (None, value) for name, value in _values(row)})


def removed(row: Base) -> Change:
    """A removed row with the fields that held something."""
    return _change(row, True, False, {name: (value, None) for name, value in _values(row)})


def changed(row: Base, was: Row[Any] | None) -> Change:
    """A row with the fields that differ; `was` holds what stood there, where fields were set without being read."""
    pairs = {name: (_before(name, history, was), _only(history.added)) for name, history in _set(row)}
    return _change(row, True, True, {name: pair for name, pair in pairs.items() if pair[0] != pair[1]})


def load(row: Base) -> None:
    """Read every audited field, before the row is gone."""
    for _ in _values(row):
        pass


def sets_unread(row: Base) -> bool:
    """Whether a field was set whose value was not known."""
    return any(_is_unread(history) for _, history in _set(row))


def stored(session: Session, row: Base) -> Row[Any]:
    """The row's audited fields as the database has them."""
    mapper = _mapper(row)
    columns = [mapper.columns[name].label(name) for name in _names(mapper)]
    key = zip(mapper.primary_key, mapper.primary_key_from_instance(row), strict=True)
    return session.connection().execute(select(*columns).where(*(column == value for column, value in key))).one()


def _change(row: Base, was: bool, remains: bool, pairs: Mapping[str, Pair]) -> Change:
    mapper = _mapper(row)
    fields = {name: _shown(mapper.columns[name], pair) for name, pair in pairs.items()}
    key = "/".join(str(value) for value in mapper.primary_key_from_instance(row))
    return Change(row.__tablename__, key, was, remains, fields)


def _shown(column: ColumnElement[Any], pair: Pair) -> Pair:
    if column.info.get("audit") == "secret":
        before, after = (None if value is None else SECRET for value in pair)
        return before, after
    return plain(pair[0]), plain(pair[1])


def _mapper(row: Base) -> Mapper[Any]:
    return class_mapper(type(row))


@cache
def _names(mapper: Mapper[Any]) -> tuple[str, ...]:
    """The audited columns of a table, apart from the id by which an entry names the row."""
    return tuple(one.key for one in mapper.column_attrs if one.key != "id" and not _is_skipped(one.columns[0]))


def _is_skipped(column: ColumnElement[Any]) -> bool:
    return bool(column.info.get("audit") == "skip")


def _values(row: Base) -> Iterator[tuple[str, Any]]:
    values = ((name, getattr(row, name)) for name in _names(_mapper(row)))
    return ((name, value) for name, value in values if value is not None)


def _set(row: Base) -> Iterator[tuple[str, History]]:
    """The audited fields that were set since the last flush."""
    were_set = instance_state(row).committed_state
    for name in _names(_mapper(row)):
        if name in were_set:
            yield name, get_history(row, name, PASSIVE_NO_INITIALIZE)


def _is_unread(history: History) -> bool:
    return bool(history.added) and not history.deleted


def _before(name: str, history: History, was: Row[Any] | None) -> Any:
    return getattr(was, name) if _is_unread(history) else _only(history.deleted)


def _only(values: Any) -> Any:
    return values[0] if values else None
