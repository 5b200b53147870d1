"""What an archive holds: every table, or a reason why not; each value in CSV as in JSON; no secret."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Column, MetaData, Table, Uuid

from tests.archive.hostile import unpacked
from tests.archive.moving import made
from tests.conftest import NOW, Clock
from tests.orders.floor import Floor
from tests.services.recorded import enter, instrument, plan
from trenddojo.domain.csv_cells import unguarded
from trenddojo.domain.terms import NoteKind
from trenddojo.services.archive.contents import NOT_IN_IT, OTHERWISE, PEOPLE, contents, tables
from trenddojo.store.archive import Estate
from trenddojo.store.database import Base, db
from trenddojo.store.models import TradeNote, User
from trenddojo.store.seats import Seat

SECRETS = ("password", "credential", "token", "secret", "totp", "recovery", "settings", "sealed")


def test_every_table_is_in_it_or_has_a_reason() -> None:
    whole = {table.name for table in tables()}
    everything = set(Base.metadata.tables)
    assert everything == whole | NOT_IN_IT.keys() | OTHERWISE.keys()
    assert not whole & (NOT_IN_IT.keys() | OTHERWISE.keys())
    assert not NOT_IN_IT.keys() & OTHERWISE.keys()
    assert set(contents()) == whole | set(OTHERWISE.values())
    assert all(reason.endswith(".") for reason in NOT_IN_IT.values())


def test_a_row_of_every_table_belongs_to_somebody(app: Flask, user: User) -> None:
    """A table that comes later is either reached from an account or a person, or is said otherwise."""
    estate = Estate(user, tables())
    for table in tables():
        assert list(estate.rows(table, table.primary_key.columns.keys())) == []


def test_every_column_is_in_it_or_follows_from_others() -> None:
    left = {
        (one.name, column.name)
        for one in contents().values()
        if one.is_whole
        for column in one.model.__table__.columns
        if column.name not in {field.name for field in one.fields}
    }
    technical = {name for name in left if name[0] != "trades"}
    assert technical == {
        *(("accounts", name) for name in ("balance", "equity", "open_trades")),
        ("instruments", "identity"),
        *(("orders", name) for name in ("send_until", "claimed_at", "claimed_token")),
        ("order_attempts", "token"),
    }


def test_tables_come_after_those_that_they_refer_to() -> None:
    order = [*contents()]
    for name, one in contents().items():
        for field in one.fields:
            if field.goes_to in contents() and field.goes_to != name:
                assert order.index(field.goes_to) < order.index(name)


def test_what_rows_refer_to_belongs_to_an_account_or_to_all() -> None:
    """An import looks each reference up by id, within the archive's own accounts."""
    for one in contents().values():
        for column in one.model.__table__.columns if one.is_whole else ():
            for key in column.foreign_keys:
                assert key.column.name == "id" or key.column.table.name in ("accounts", "broker_connections")
                assert isinstance(column.type, Uuid) or key.column.table.name in ("accounts", "broker_connections")


def test_no_field_is_a_secret(app: Flask, sim: Floor, clock: Clock) -> None:
    for one in contents().values():
        for field in one.fields:
            assert not any(word in field.name for word in SECRETS), (one.name, field.name)
    words = b"".join(unpacked(made(sim.seat.user, clock)).values()).decode("utf-8-sig")
    assert sim.seat.user.password_hash not in words
    assert "settings" not in json.loads(words[: words.index("\n")])


@pytest.mark.parametrize("text", ["=1+1", "'", "", "-", 'a "b", c', "two\nlines\r\n", "\u202e", "\uff1d1", "😀", " "])
def test_csv_says_what_json_says(app: Flask, clock: Clock, seat: Seat, text: str) -> None:
    trade = plan(seat, instrument("=NVDA"), label=text)
    enter(seat, trade, "10", "100", NOW)
    db.session.add(TradeNote(trade_id=trade.id, kind=NoteKind.ENTRY, body=text, at=NOW, created_by=seat.user.id))
    db.session.commit()
    files = unpacked(made(seat.user, clock))
    for name, one in contents().items():
        rows = [json.loads(line) for line in files[f"json/{name}.jsonl"].splitlines()]
        heads, *lines = csv.reader(io.StringIO(files[f"csv/{name}.csv"].decode("utf-8-sig"), newline=""))
        assert heads == [field.name for field in one.fields]
        needed = {field.name: field.is_needed for field in one.fields}
        assert [
            {head: _read(cell, needed[head]) for head, cell in zip(heads, line, strict=True)} for line in lines
        ] == [{head: _written(row[head]) for head in heads} for row in rows]


def _read(cell: str, is_needed: bool) -> str | None:
    return None if cell == "" and not is_needed else unguarded(cell).replace("+00:00", "Z")


def _written(value: Any) -> str | None:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict | list):
        return json.dumps(value, separators=(",", ":"), ensure_ascii=False)
    return value if value is None else str(value)


def test_it_opens_anywhere_and_tells_when_it_was_made(app: Flask, clock: Clock, seat: Seat) -> None:
    archive = made(seat.user, clock)
    with zipfile.ZipFile(io.BytesIO(archive)) as packed:
        assert packed.testzip() is None
        names = packed.namelist()
        told = json.loads(packed.read("manifest.json"))
    assert names[-1] == "manifest.json"
    assert (told["format"], told["version"]) == ("trenddojo-archive", 1)
    assert told["created_at"].startswith(f"{clock():%Y-%m-%dT%H:%M:%S}")
    assert set(told["files"]) == {*names} - {"manifest.json"}
    people = [json.loads(line) for line in unpacked(archive)[f"json/{PEOPLE}.jsonl"].splitlines()]
    assert people == [{"id": "owner", **{name: getattr(seat.user, name) for name in ("name", "email")}, **_zone(seat)}]


def _zone(seat: Seat) -> dict[str, Any]:
    return {"time_zone": seat.user.time_zone, "currency": seat.user.currency}


def test_a_table_of_nobody_is_refused(app: Flask, user: User) -> None:
    lost = Table("lost", MetaData(), Column("id", Uuid, primary_key=True))
    with pytest.raises(TypeError, match="nobody owns a row of lost"):
        list(Estate(user, [lost]).rows(lost, ["id"]))
