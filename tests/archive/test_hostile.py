"""Archives that are broken, by accident or on purpose: each is refused in a sentence, and nothing of it stays."""

from __future__ import annotations

import io
import json
import re
import struct
import zipfile
from collections.abc import Callable
from random import Random
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import func, select

from tests.archive.hostile import Files, packed, told, unpacked, with_file, with_rows
from tests.archive.moving import Elsewhere, made
from tests.conftest import Clock, make_seat, make_user
from tests.orders.floor import Floor
from tests.services.pictured import attached, encoded, image
from tests.services.recorded import enter, instrument, plan
from tests.services.reported import report
from trenddojo.domain.terms import Role
from trenddojo.services import attachments
from trenddojo.services.archive.bringing import bring
from trenddojo.services.archive.course import Stage
from trenddojo.services.archive.reading import LONGEST_LINE
from trenddojo.services.attachments import Target
from trenddojo.services.errors import Forbidden, Invalid
from trenddojo.store.database import Base, db
from trenddojo.store.models import Trade
from trenddojo.store.people import user_by_email
from trenddojo.store.seats import Seat, seats_of


@pytest.fixture
def archive(app: Flask, clock: Clock, seat: Seat) -> bytes:
    of = instrument()
    of.identity = "stock|NVDA|USD||1"
    trade = plan(seat, of)
    enter(seat, trade, "10", "100", clock())
    attached(seat, Target(trade_id=trade.id), encoded("PNG", image(40, 30)))
    db.session.commit()
    return made(seat.user, clock)


def refused(elsewhere: Elsewhere, clock: Clock, sent: bytes) -> str:
    """Why an archive is not brought in; and nothing of it is."""
    with elsewhere.running():
        person = user_by_email("zoe@example.org") or make_user("zoe@example.org", "Zoe", Role.ADMIN)
        before = counted()
        with pytest.raises(Invalid) as refusal:
            bring(person, io.BytesIO(sent), clock())
        assert counted() == before
        folder = attachments.folder()
        assert folder is not None
        assert list(folder.lying(float("inf"))) == []
        return refusal.value.fields["file"]


def counted() -> dict[str, int]:
    db.session.rollback()
    return {
        table.name: db.session.scalar(select(func.count()).select_from(table)) or 0
        for table in Base.metadata.sorted_tables
    }


def without(files: Files, name: str) -> Files:
    return {key: value for key, value in files.items() if key != name}


WRONG: dict[str, tuple[Callable[[Files], bytes], str]] = {
    "no zip": (lambda _: b"Symbol,Quantity\n" * 9, "no ZIP file"),
    "nothing": (lambda _: b"", "no ZIP file"),
    "half": (lambda files: packed(files)[:-40], "its end is missing"),
    "another zip": (lambda _: packed({"a.txt": b"hello"}), "no manifest.json"),
    "no json": (lambda files: packed({**files, "manifest.json": b"{"}), "manifest.json is not one"),
    "nested": (lambda files: packed({**files, "manifest.json": b"[" * 100_000}), "manifest.json is not one"),
    "another format": (lambda files: packed(told(files, format="x")), "manifest.json is not one"),
    "newer": (lambda files: packed(told(files, version=2)), "version 2; this TrendDojo reads 1"),
    "changed": (
        lambda files: packed({**files, "json/trades.jsonl": files["json/trades.jsonl"].replace(b"NVDA", b"NVDB")}),
        "it was changed since",
    ),
    "missing": (lambda files: packed(without(files, "json/trades.jsonl")), "json/trades.jsonl is missing"),
    "unlisted": (lambda files: packed({**files, "json/more.jsonl": b"{}\n"}), "does not tell of it"),
    "unknown table": (lambda files: packed(told({**files, "json/spells.jsonl": b"{}\n"})), "of a newer one"),
    "program": (lambda files: packed(told({**files, "run.exe": b"MZ"})), "nothing that this TrendDojo knows"),
    "climbs": (lambda files: packed(told({**files, "../../etc/passwd": b"x"})), "leads out of it"),
    "climbs inside": (lambda files: packed(told({**files, "pictures/../../x.png": b"x"})), "leads out of it"),
    "absolute": (lambda files: packed(told({**files, "/etc/passwd": b"x"})), "leads out of it"),
    "backslash": (lambda files: packed(told({**files, "..\\x": b"x"})), "leads out of it"),
    "picture of nobody": (lambda files: packed(told({**files, f"pictures/{uuid4()}.png": b"x"})), "is no picture"),
    "bomb": (lambda files: packed(told({**files, "json/trades.jsonl": b" " * (64 << 20)})), "which no archive does"),
    "long line": (
        lambda files: packed(told({**files, "json/trades.jsonl": b" " * (LONGEST_LINE + 1) + b"\n" * 2})),
        "longer than",
    ),
    "no end": (lambda files: packed(told({**files, "json/trades.jsonl": b"{}"})), "does not end"),
    "deep": (
        lambda files: packed(told({**files, "json/trades.jsonl": b"[" * 9_999 + b"\n"})),
        "json/trades.jsonl, line 1",
    ),
    "no row": (
        lambda files: packed(told({**files, "json/trades.jsonl": b"x\n"})),
        "json/trades.jsonl, line 1: This is no JSON",
    ),
    "packed otherwise": (lambda files: packed(files, zipfile.ZIP_LZMA), "packed in a way"),
    "no owner": (
        lambda files: packed(told({**files, "json/people.jsonl": b""})),
        "Nobody in json/people.jsonl has this id",
    ),
}


@pytest.mark.parametrize("how", WRONG)
def test_a_file_that_is_wrong_is_refused(archive: bytes, clock: Clock, elsewhere: Elsewhere, how: str) -> None:
    change, why = WRONG[how]
    assert why in refused(elsewhere, clock, change(unpacked(archive)))


def test_a_name_twice_and_a_password_are_refused(archive: bytes, clock: Clock, elsewhere: Elsewhere) -> None:
    into = io.BytesIO(archive)
    with zipfile.ZipFile(into, "a") as packing, pytest.warns(UserWarning, match="Duplicate name"):
        packing.writestr("json/trades.jsonl", b"")
    assert "json/trades.jsonl 2 times" in refused(elsewhere, clock, into.getvalue())


def test_a_locked_one_is_refused(archive: bytes, clock: Clock, elsewhere: Elsewhere) -> None:
    locked = bytearray(archive)
    for found in re.finditer(re.escape(b"PK\x01\x02"), archive):
        struct.pack_into("<H", locked, found.start() + 8, 1)
    assert "locked by a password" in refused(elsewhere, clock, bytes(locked))


def test_a_size_that_is_a_lie_is_noticed(archive: bytes, clock: Clock, elsewhere: Elsewhere) -> None:
    """A directory that says that a bomb is small."""
    files = unpacked(archive)
    bomb = bytearray(packed(told({**files, "json/trades.jsonl": b" " * (64 << 20)})))
    for found in re.finditer(re.escape(b"PK\x01\x02"), bytes(bomb)):
        if bomb[found.start() + 46 :].startswith(b"json/trades.jsonl"):
            struct.pack_into("<L", bomb, found.start() + 24, 100)
    assert refused(elsewhere, clock, bytes(bomb))


def test_bytes_that_flip_are_noticed(archive: bytes, clock: Clock, elsewhere: Elsewhere) -> None:
    random = Random(7)
    with elsewhere.running():
        person = make_user("zoe@example.org", "Zoe", Role.ADMIN)
        for _ in range(40):
            bad = bytearray(archive)
            bad[random.randrange(len(bad))] ^= 1 << random.randrange(8)
            before = counted()
            try:
                bring(person, io.BytesIO(bad), clock())
            except Invalid:
                assert counted() == before
            else:  # where nothing is read that flipped, all is there as it was
                assert db.session.scalars(select(Trade.symbol)).all() == ["NVDA"]
                break


# ---- rows


def test_an_unknown_column_is_named(archive: bytes, clock: Clock, elsewhere: Elsewhere) -> None:
    sent = with_rows(archive, "trades", lambda rows: rows[0].update(is_admin=True))
    assert refused(elsewhere, clock, sent).startswith(
        "json/trades.jsonl, line 1: Object contains unknown field `is_admin`"
    )


def test_a_column_that_came_later_has_its_default(archive: bytes, clock: Clock, elsewhere: Elsewhere) -> None:
    """An archive of an older release."""
    sent = with_rows(
        archive, "trades", lambda rows: [row.pop(name) for row in rows for name in ("review", "setup_quality")]
    )
    elsewhere.bring(sent, "marta@example.org", lambda _person, brought: brought)


def test_a_table_that_came_later_is_empty(archive: bytes, clock: Clock, elsewhere: Elsewhere) -> None:
    files = without(without(unpacked(archive), "json/saved_views.jsonl"), "csv/saved_views.csv")
    elsewhere.bring(packed(told(files)), "marta@example.org", lambda _person, brought: brought)


def test_rows_of_other_accounts_are_refused(archive: bytes, clock: Clock, elsewhere: Elsewhere) -> None:
    """Neither a row nor what it refers to may be of an account that is here already."""
    with elsewhere.running():
        person = make_user("zoe@example.org", "Zoe", Role.ADMIN)
        theirs = make_seat(make_user("other@example.org", "Other"), "Theirs")
        of = instrument()
        of.identity = "stock|NVDA|USD||1"
        trade = plan(theirs, of)
        enter(theirs, trade, "10", "100", clock())
        db.session.commit()
        account_id, trade_id = str(theirs.account.id), str(trade.id)
        before = counted()
        for table, change in (
            ("trades", {"account_id": account_id}),
            ("executions", {"trade_id": trade_id}),
            ("executions", {"account_id": account_id, "trade_id": trade_id}),
            ("legs", {"trade_id": trade_id}),
            ("trade_stops", {"trade_id": trade_id}),
            ("attachments", {"trade_id": trade_id}),
            ("trades", {"id": trade_id}),
            ("accounts", {"id": account_id}),
        ):
            if not unpacked(archive)[f"json/{table}.jsonl"]:
                continue
            sent = with_rows(archive, table, lambda rows, change=change: rows[0].update(change))
            with pytest.raises(Invalid):
                bring(person, io.BytesIO(sent), clock())
            assert counted() == before


class Enough(Exception):
    """It would have been brought in."""


def test_each_value_may_be_anything(sim: Floor, clock: Clock, elsewhere: Elsewhere) -> None:
    """Whatever stands in a field, the answer is a sentence, or an account whose figures can be read."""
    sim.enter(sim.plan())
    whole, random = made(sim.seat.user, clock), Random(11)
    tables = [name[5:-6] for name, content in unpacked(whole).items() if name.startswith("json/") and content]
    with elsewhere.running():
        person = make_user("zoe@example.org", "Zoe", Role.ADMIN)

        def look(stage: Stage, done: int, total: int) -> None:
            if stage is Stage.RECKONING and done == total:
                for seat in seats_of(person):
                    report(seat, now=clock())
                raise Enough

        before, refusals = counted(), 0
        for _ in range(80):
            sent = with_rows(whole, random.choice(tables), lambda rows: _spoil(rows, random))
            with pytest.raises((Invalid, Enough)) as told_so:
                bring(person, io.BytesIO(sent), clock(), tell=look)
            refusals += told_so.errisinstance(Invalid)
            assert counted() == before
        assert refusals > 40


ODD: list[Any] = [None, "", "x", -1, 0, "0", "-1", "1e400", "NaN", 2**70, True, [], {}, [[]], "9" * 60, "0001-01-01"]
ODD += [
    "9999-12-31T23:59:59Z",
    str(uuid4()),
    "owner",
    "\u0000",
    "x" * 200_000,
    {"a": {"b": {"c": {"d": {"e": {"f": {}}}}}}},
]


def _spoil(rows: list[dict[str, Any]], random: Random) -> None:
    row = random.choice(rows)
    row[random.choice(list(row))] = random.choice(ODD)


# ---- pictures


def test_a_picture_that_was_changed_is_refused(archive: bytes, clock: Clock, elsewhere: Elsewhere) -> None:
    [name] = [name for name in unpacked(archive) if name.startswith("pictures/")]
    content = unpacked(archive)[name]
    flipped = content[:-20] + bytes([content[-20] ^ 1]) + content[-19:]
    assert name in refused(elsewhere, clock, with_file(archive, name, flipped))
    assert name in refused(elsewhere, clock, with_file(archive, name, b"<svg onload=alert(1)>".ljust(len(content))))
    assert name in refused(elsewhere, clock, with_file(archive, name, content + b"PK"))


def test_somebody_who_only_looks_brings_nothing(archive: bytes, clock: Clock, elsewhere: Elsewhere) -> None:
    with elsewhere.running():
        with pytest.raises(Forbidden):
            bring(make_user("vic@example.org", "Vic", Role.VIEWER), io.BytesIO(archive), clock())
        assert json.loads(unpacked(archive)["manifest.json"])["version"] == 1
