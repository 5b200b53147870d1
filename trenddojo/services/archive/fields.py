"""Rows as an archive writes them: which fields a table has, each of which type, and how their values read in JSON."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

import msgspec
from sqlalchemy import JSON, BigInteger, Boolean, Column, Date, Enum, Integer, Table, Text, Uuid
from sqlalchemy.types import TypeEngine

from trenddojo.domain.csv_cells import GUARD, Cell, cell_text
from trenddojo.store.types import Scaled, Utc

OWNER = "owner"
"""Who owns the archive, in a field that names a person; others are named by their id there, which `people` explains."""
MOST_TEXT = 100_000

_Text = Annotated[str, msgspec.Meta(max_length=MOST_TEXT)]
_Int = Annotated[int, msgspec.Meta(ge=-(2**31), le=2**31 - 1)]
_BigInt = Annotated[int, msgspec.Meta(ge=-(2**63), le=2**63 - 1)]
_Instant = Annotated[datetime, msgspec.Meta(tz=True)]


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a row. `places` are those of a decimal; `is_person`: it names somebody; `is_needed`: it has a value
    in every row; `goes_to` is the table that it refers to."""

    name: str
    type: Any
    is_needed: bool = True
    places: int | None = None
    is_person: bool = False
    goes_to: str = ""
    default: Any = field(default=msgspec.NODEFAULT, compare=False)


def fields_of(table: Table, without: Iterable[str], people: str) -> tuple[Field, ...]:
    """The fields of a table in its order, but for some; `people` is the name of the table of persons."""
    left_out = set(without)
    return tuple(_field(column, people) for column in table.columns if column.name not in left_out)


def _field(column: Column[Any], people: str) -> Field:
    tables = {key.column.table.name for key in column.foreign_keys}
    is_person = people in tables  # and nothing else then: an account's owner also has to be its connection's
    kind = _Text if is_person else _type(column.type)
    return Field(
        name=column.name,
        type=kind,
        is_needed=not column.nullable,
        places=column.type.places if isinstance(column.type, Scaled) else None,
        is_person=is_person,
        goes_to="" if is_person else next(iter(tables), ""),
        default=_default(column),
    )


def _default(column: Column[Any]) -> Any:
    """What an archive made before the column came is read with; NODEFAULT where it has to be there."""
    if column.nullable:
        return None
    value = getattr(column.default, "arg", None)
    return msgspec.NODEFAULT if value is None or callable(value) else value


def _type(kind: TypeEngine[Any]) -> Any:
    match kind:
        case Scaled():
            return Decimal
        case Utc():
            return _Instant
        case Uuid():
            return UUID
        case Enum():
            return kind.enum_class
        case Date():
            return date
        case Boolean():
            return bool
        case BigInteger():
            return _BigInt
        case Integer():
            return _Int
        case Text():
            return _Text
        case JSON():
            return dict[str, Any] | list[Any]
        case _:
            raise TypeError(f"an archive has no form for {kind!r}")


def decoder(name: str, fields: Iterable[Field]) -> "msgspec.json.Decoder[msgspec.Struct]":
    """What reads a line of JSON as a row of those fields; it raises `msgspec.MsgspecError` for anything else."""
    told = [(one.name, one.type if one.is_needed else one.type | None, one.default) for one in fields]
    bare = [entry[:2] if entry[2] is msgspec.NODEFAULT else entry for entry in told]
    return msgspec.json.Decoder(msgspec.defstruct(name, bare, forbid_unknown_fields=True, kw_only=True))


def json_line(row: Mapping[str, Any]) -> bytes:
    """A row as a line of JSON: decimals as text in plain digits, times in UTC."""
    return msgspec.json.encode({name: _plain(value) for name, value in row.items()}) + b"\n"


def _plain(value: Any) -> Any:
    return f"{value:f}" if isinstance(value, Decimal) else value


def cells(row: Mapping[str, Any], fields: Iterable[Field]) -> list[str]:
    """A row as the cells of a CSV file. Empty is what there is none of; a text without letters in a field that may be
    empty is the guard alone, so that the two can be told apart."""
    return [GUARD if row[one.name] == "" and not one.is_needed else cell_text(_cell(row[one.name])) for one in fields]


def _cell(value: Any) -> Cell:
    match value:
        case bool():
            return str(value).lower()
        case UUID():
            return str(value)
        case list() | dict():
            return msgspec.json.encode(value).decode()
        case _:
            known: Cell = value
            return known
