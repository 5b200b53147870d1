"""Pictures on trades and days: kept once, private, deleted with a way back, and cleared away in the end."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path
from stat import S_IMODE
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from PIL import Image
from sqlalchemy import text

from tests.conftest import NOW, make_user
from tests.services.pictured import attached, encoded, image, upload
from tests.services.recorded import instrument, plan, stranger, viewer_of
from trenddojo.domain.terms import MediaType
from trenddojo.services import attachments, doctor
from trenddojo.services.attachments import MOST_AT_ONCE, Target, clear
from trenddojo.services.errors import Forbidden, Invalid, NotFound
from trenddojo.store import attachments as stored
from trenddojo.store import journal
from trenddojo.store.attachment_files import Folder
from trenddojo.store.database import db
from trenddojo.store.models import AuditEntry
from trenddojo.store.seats import Seat, SeatRole

DAY = date(2026, 11, 18)


@pytest.fixture
def database_url(both_databases: str) -> str:
    return both_databases


@pytest.fixture(autouse=True)
def folder(app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of pictures, also where the database has none beside it."""
    parts = app.extensions["trenddojo"]
    object.__setattr__(parts.config, "attachments_path", tmp_path / "attachments")
    return tmp_path / "attachments"


def _limit(app: Flask, **limits: Any) -> None:
    for name, value in limits.items():
        object.__setattr__(app.extensions["trenddojo"].config, name, value)


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def test_a_picture_of_a_trade_is_kept_with_what_is_known_of_it(seat: Seat, folder: Path) -> None:
    trade = plan(seat)
    row = attached(seat, attachments.of_trade(trade), name="C:\\shots\\entry chart.PNG")
    assert (row.account_id, row.trade_id, row.on, row.created_by) == (seat.account.id, trade.id, None, seat.user.id)
    assert (row.name, row.media_type, row.width, row.height) == ("entry chart", MediaType.PNG, 60, 40)
    place, media_type = attachments.file_of(row, small=False)
    small, small_type = attachments.file_of(row, small=True)
    assert (place.stat().st_size, media_type, small_type) == (row.size, MediaType.PNG, MediaType.WEBP)
    assert _files(folder) == sorted([place, small])
    with Image.open(place) as drawn:
        assert drawn.size == (60, 40)


def test_files_are_their_owners_alone_and_named_by_chance(seat: Seat, folder: Path) -> None:
    row = attached(seat, Target(on=DAY), name="../../etc/passwd")
    assert row.name == "passwd"
    for path in _files(folder):
        assert S_IMODE(path.stat().st_mode) == 0o600
        assert S_IMODE(path.parent.stat().st_mode) == 0o700
        assert path.name.startswith(row.id.hex)
    assert S_IMODE(folder.stat().st_mode) == 0o700


def test_the_same_picture_is_kept_once_on_one_trade(seat: Seat, folder: Path) -> None:
    trade, other = plan(seat), plan(seat, instrument("AMD"))
    target = attachments.of_trade(trade)
    first = attached(seat, target)
    assert attached(seat, target, name="again.png").id == first.id
    assert attached(seat, target, encoded("PNG", image(), compress_level=1)).id == first.id  # the same pixels
    assert len(_files(folder)) == 2
    assert attached(seat, attachments.of_trade(other)).id != first.id
    attachments.delete(seat, first, NOW)
    assert attached(seat, target).id != first.id


def test_several_come_at_once_and_those_before_a_bad_one_stay(seat: Seat, folder: Path) -> None:
    trade = plan(seat)
    sent = [upload(encoded("PNG", image(colour=colour)), f"{colour}.png") for colour in ("red", "blue")]
    with pytest.raises(Invalid) as refused:
        attachments.attach(seat, attachments.of_trade(trade), [*sent, upload(b"<svg/>", "x.png")], NOW)
    assert refused.value.fields == {"files": "x: This is no whole PNG, JPEG, WebP or GIF picture."}
    assert [row.name for row, _ in stored.of_trade(seat.account.id, trade.id)] == ["red", "blue"]
    assert len(_files(folder)) == 4


def test_there_are_limits_and_each_has_its_sentence(app: Flask, seat: Seat, folder: Path) -> None:
    target = Target(on=DAY)
    for sent, sentence in (
        ([], "Choose a picture first."),
        ([upload()] * (MOST_AT_ONCE + 1), "At most 10 pictures at once."),
    ):
        with pytest.raises(Invalid, match=sentence):
            attachments.attach(seat, target, sent, NOW)
    _limit(app, attachment_bytes=2_000_000)
    with pytest.raises(Invalid, match="chart: At most 2 MB, please"):
        attached(seat, target, b"x" * 2_000_001)
    first = attached(seat, target)
    _limit(app, attachments_bytes=first.size + 1)
    with pytest.raises(Invalid, match="would take more than"):
        attached(seat, target, encoded("PNG", image(colour="red")))
    assert len(_files(folder)) == 2
    _limit(app, attachments_path=None)
    with pytest.raises(Invalid, match="ATTACHMENTS_PATH"):
        attached(seat, target)


def test_a_row_that_cannot_be_written_leaves_no_file(seat: Seat, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_account: Any) -> None:
        raise OSError("the disk is full")

    monkeypatch.setattr("trenddojo.store.accounts.lock", full)
    with pytest.raises(OSError, match="full"):
        attached(seat, Target(on=DAY))
    assert _files(folder) == []


def test_nobody_waits_for_the_database_while_a_picture_is_drawn(
    app: Flask, seat: Seat, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = app.extensions["trenddojo"].config.sqlite_path
    if path is None:
        pytest.skip("PostgreSQL has many writers")
    written = Folder.write

    def write(*given: Any) -> Any:
        with closing(sqlite3.connect(path, timeout=0)) as other:
            other.execute("BEGIN IMMEDIATE")
        return written(*given)

    monkeypatch.setattr(Folder, "write", write)
    db.session.execute(text("SELECT 1"))  # a request has asked who is there, and holds the lock
    assert attached(seat, Target(on=DAY)).size


def test_only_seats_see_a_picture_and_only_traders_add(seat: Seat) -> None:
    row = attached(seat, attachments.of_trade(plan(seat)))
    viewer = viewer_of(seat)
    assert attachments.attachment_of([viewer], row.id)[1] is row
    with pytest.raises(Forbidden):
        attached(viewer, Target(on=DAY))
    with pytest.raises(Forbidden):
        attachments.delete(viewer, row, NOW)
    for seats in ([stranger()], []):
        with pytest.raises(NotFound):
            attachments.attachment_of(seats, row.id)
    with pytest.raises(NotFound):
        attachments.attachment_of([seat], uuid4())


def test_pictures_of_a_trade_are_deleted_by_all_who_trade(seat: Seat) -> None:
    pia = Seat(make_user("pia@example.org", "Pia"), seat.account, SeatRole.TRADER)
    row = attached(seat, attachments.of_trade(plan(seat)))
    assert attachments.delete(pia, row, NOW).deleted_at == NOW


def test_others_pictures_of_a_day_are_deleted_by_the_owner_alone(seat: Seat) -> None:
    pia = Seat(make_user("pia@example.org", "Pia"), seat.account, SeatRole.TRADER)
    hers, mine = attached(pia, Target(on=DAY)), attached(seat, Target(on=DAY), encoded("PNG", image(colour="red")))
    with pytest.raises(Forbidden):
        attachments.delete(pia, mine, NOW)
    attachments.delete(seat, hers, NOW)
    assert [row.id for row, _ in stored.of_day(seat.account.id, DAY)] == [mine.id]


def test_a_deleted_picture_comes_back_within_the_week(seat: Seat, folder: Path) -> None:
    row = attached(seat, Target(on=DAY))
    attachments.delete(seat, row, NOW)
    with pytest.raises(NotFound):
        attachments.attachment_of([seat], row.id)
    assert clear(NOW + timedelta(days=6)).pictures == 0
    attachments.restore(seat, attachments.attachment_of([seat], row.id, deleted=True)[1])
    assert clear(NOW + timedelta(days=30)) == attachments.Cleared(0, 0)
    attachments.delete(seat, row, NOW)
    row_id = row.id
    assert clear(NOW + timedelta(days=7, seconds=1)).pictures == 1
    assert _files(folder) == []
    with pytest.raises(NotFound):
        attachments.attachment_of([seat], row_id, deleted=True)


def test_files_that_nobody_knows_go_after_a_day(seat: Seat, folder: Path) -> None:
    attached(seat, Target(on=DAY))
    known = _files(folder)
    for path in known:
        os.utime(path, (1, 1))
    old, young = folder / "ab" / uuid4().hex, folder / "ab" / f"{uuid4().hex}.small"
    half = folder / "ab" / f"{uuid4().hex}.part"
    old.parent.mkdir(exist_ok=True)
    for path in (old, young, half):
        path.write_bytes(b"x")
    for path, hours in ((old, 25), (half, 25), (young, 23)):
        at = (NOW - timedelta(hours=hours)).timestamp()
        os.utime(path, (at, at))
    assert clear(NOW).files == 2
    assert _files(folder) == sorted([*known, young])


def test_a_picture_without_its_file_is_told(app: Flask, seat: Seat, folder: Path) -> None:
    row = attached(seat, Target(on=DAY))
    assert attachments.missing() == 0
    attachments.file_of(row, small=False)[0].unlink()
    assert attachments.missing() == 1
    with pytest.raises(NotFound, match="not on this server"):
        attachments.file_of(row, small=False)
    assert doctor._pictures().sentence.startswith("1 lack")


def test_a_day_with_a_picture_alone_is_in_the_journal(seat: Seat) -> None:
    attached(seat, Target(on=DAY))
    assert journal.days_with_matter(seat.account.id, date(2026, 11, 19), 5) == [DAY]
    assert journal.next_with_matter(seat.account.id, date(2026, 11, 1)) == DAY


def test_a_day_to_come_takes_none(seat: Seat) -> None:
    with pytest.raises(NotFound):
        attachments.of_day(seat, date(2026, 11, 20), NOW)


def test_the_audit_log_tells_of_it(seat: Seat) -> None:
    trade = plan(seat)
    row = attached(seat, attachments.of_trade(trade))
    entry = db.session.query(AuditEntry).order_by(AuditEntry.seq.desc()).first()
    assert entry is not None
    assert entry.subject == "NVDA long"
    assert row.sha256 in str(entry.changes)
