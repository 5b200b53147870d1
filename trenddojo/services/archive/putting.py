"""Writes the rows of an archive, a few hundred at a time, each only where it belongs to the archive's own accounts."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import Table
from sqlalchemy.exc import DBAPIError, IntegrityError

from trenddojo.services.archive.arriving import Arriving
from trenddojo.services.archive.bad import BadArchive, BadRow
from trenddojo.services.archive.contents import Content, table_of
from trenddojo.services.archive.fields import Field
from trenddojo.services.archive.manifest import json_name
from trenddojo.services.archive.reading import Archive
from trenddojo.store import archive as stored
from trenddojo.store.database import Base, discard

AT_ONCE = 500
_NOBODYS = ("accounts", "instruments", "broker_connections")
"""Tables that rows refer to and that belong to no account."""

Told = dict[str, Any]
Numbered = tuple[int, Told]


def numbered(archive: Archive, name: str) -> Iterator[list[Numbered]]:
    """The rows of a table with their lines, a few hundred at a time."""
    rows = ((number, msgspec.structs.asdict(told)) for number, told in archive.rows(name))
    while batch := list(islice(rows, AT_ONCE)):
        yield batch


def put_table(archive: Archive, content: Content, arriving: Arriving) -> None:
    """Write the rows of a table. Raises BadArchive."""
    table = table_of(content.model)
    own = [field for field in content.fields if field.goes_to == content.name]
    for batch in numbered(archive, content.name):
        _check_homes(content, batch, arriving)
        rows = [arriving.as_row(content, told) for _, told in batch]
        put(table, json_name(content.name), batch, [{**row, **{field.name: None for field in own}} for row in rows])
        arriving.course.step(len(batch))
    if own:
        _link(archive, content, own, table, arriving)


def put_personal(archive: Archive, content: Content, arriving: Arriving) -> None:
    """Write the rows of a table that are of a person and no account; what they have already stays as it is."""
    table = table_of(content.model)
    for batch in numbered(archive, content.name):
        fresh = [(number, arriving.as_row(content, told)) for number, told in batch]
        for key in stored.uniques(table):
            taken = stored.known(table, [[row[name] for name in key] for _, row in fresh], key)
            fresh = [one for one in fresh if tuple(one[1][name] for name in key) not in taken]
        put(table, json_name(content.name), fresh, [row for _, row in fresh])


def put(table: Table, file: str, batch: Sequence[Numbered], rows: list[Told]) -> None:
    """Write rows that are new. Raises BadRow for one that is not, or that the database refuses."""
    if not rows:
        return
    try:
        stored.add(table, rows)
    except DBAPIError as error:
        discard()
        raise _why(table, file, batch, rows, error) from None


def _why(table: Table, file: str, batch: Sequence[Numbered], rows: list[Told], error: DBAPIError) -> BadArchive:
    if isinstance(error, IntegrityError):
        keys = [tuple(row[column.name] for column in table.primary_key.columns) for row in rows]
        known = stored.known(table, keys)
        discard()
        for (number, _), key in zip(batch, keys, strict=True):
            if key in known:
                return BadRow(file, number, "It is here already.")
    first, last = batch[0][0], batch[-1][0]
    return BadArchive(f"{file}, lines {first:,} to {last:,}: one of them is there twice, or does not fit to the rest.")


# ---- whether rows belong together


def _check_homes(content: Content, batch: Sequence[Numbered], arriving: Arriving) -> None:
    links = [field for field in content.fields if field.goes_to not in ("", *_NOBODYS, content.name)]
    homes = {field.name: _homes(field, batch) for field in links}
    for number, told in batch:
        _check_home(content.name, (number, told), homes, arriving)


def _homes(field: Field, batch: Sequence[Numbered]) -> dict[UUID, UUID]:
    table = Base.metadata.tables[field.goes_to]
    return stored.homes(table, {told[field.name] for _, told in batch if told[field.name] is not None})


def _check_home(table: str, row: Numbered, homes: Mapping[str, Mapping[UUID, UUID]], arriving: Arriving) -> None:
    """A row and all that it refers to are of one account, which came with the archive."""
    number, told = row
    home = told.get("account_id")
    for name in homes:
        if told[name] is None:
            continue
        found = homes[name].get(told[name])
        if found is None or found not in arriving.accounts:
            raise BadRow(json_name(table), number, "The archive has no such row.", name)
        if home is not None and found != home:
            raise BadRow(json_name(table), number, "It belongs to another account.", name)
        home = found


def _link(archive: Archive, content: Content, own: Sequence[Field], table: Table, arriving: Arriving) -> None:
    """Rows that refer to others of their table do so once all are there."""
    for batch in numbered(archive, content.name):
        linked = [(number, told) for number, told in batch if any(told[field.name] for field in own)]
        homes = {field.name: _homes(field, linked) for field in own}
        for number, told in linked:
            _check_home(content.name, (number, told), homes, arriving)
        stored.link(table, [(told["id"], {field.name: told[field.name] for field in own}) for _, told in linked])
