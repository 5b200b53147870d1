"""The work on imports: resumed after a kill, never two at once, called off, and given up where it gets no further."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask

from tests.conftest import NOW
from tests.services.brought import TRADERVUE, bring, looked_at, lying, say, worked
from tests.services.recorded import viewer_of
from trenddojo.domain.terms import ImportStatus
from trenddojo.services.ending import ENDING
from trenddojo.services.errors import Conflict, Forbidden, Invalid
from trenddojo.services.imports import (
    acts,
    assuming,
    booking,
    clearing,
    jottings,
    progress,
    reading,
    report,
    uploads,
    work,
)
from trenddojo.services.imports.progress import Stopped, Teller
from trenddojo.statements.settling import Dates
from trenddojo.statements.spool import Spool
from trenddojo.store import days, imports
from trenddojo.store.database import db
from trenddojo.store.models import AuditEntry, Execution, Import
from trenddojo.store.seats import Seat


@pytest.fixture
def database_url(both_databases: str) -> str:
    return both_databases


def state(row: Import) -> ImportStatus:
    db.session.rollback()
    found = imports.by_id(row.id)
    assert found is not None
    return found.status


def fills() -> int:
    db.session.rollback()
    return len(db.session.scalars(db.select(Execution).where(Execution.deleted_at.is_(None))).all())


class Kill(BaseException):
    """What ends a process in the middle of its work."""


def killed(monkeypatch: pytest.MonkeyPatch, row: Import, module: object, name: str) -> None:
    """Work on an import until a function is called, and no further."""

    def die(*_given: object, **_more: object) -> Iterator[int]:
        raise Kill

    with monkeypatch.context() as patch:
        patch.setattr(module, name, die)
        db.session.rollback()
        with pytest.raises(Kill):
            work.work(row.id, None, NOW)
    db.session.rollback()


@pytest.mark.parametrize("at", [(Spool, "take"), (work, "survey"), (work.report, "write")])
def test_reading_begins_again_after_a_kill(
    app: Flask, seat: Seat, monkeypatch: pytest.MonkeyPatch, at: tuple[object, str]
) -> None:
    row = bring(seat).row
    say(seat, row, zone="America/New_York")
    killed(monkeypatch, row, *at)
    assert state(row) is ImportStatus.READING
    done = worked(row.id)
    assert (done.status, done.counts["fills_new"], done.counts["lines_refused"]) == (ImportStatus.READY, 4, 1)


def test_booking_goes_on_after_a_kill(app: Flask, seat: Seat, monkeypatch: pytest.MonkeyPatch) -> None:
    row = looked_at(seat)
    acts.take(seat, row.id, {})
    killed(monkeypatch, row, booking, "recompute")
    assert (state(row), fills()) == (ImportStatus.BOOKING, 4)
    assert worked(row.id).status is ImportStatus.DONE
    assert fills() == 4


def test_undoing_goes_on_after_a_kill(app: Flask, seat: Seat, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    row = looked_at(seat)
    acts.take(seat, row.id, {})
    worked(row.id)
    acts.undo(seat, row.id)
    killed(monkeypatch, row, work, "undo")
    assert (state(row), fills()) == (ImportStatus.UNDOING, 4)
    assert worked(row.id).status is ImportStatus.UNDONE
    assert (fills(), lying(tmp_path / "imports")) == (0, [])


def test_never_two_at_once(app: Flask, seat: Seat) -> None:
    row = bring(seat).row
    say(seat, row, zone="America/New_York")
    place, import_id = uploads.folder(), row.id
    db.session.rollback()
    with place.alone(import_id) as is_ours:
        assert is_ours
        assert not work.work(import_id, None, NOW)
    assert state(row) is ImportStatus.READING
    assert work.work_off(None, NOW) == 1  # type: ignore[arg-type]  # no broker is asked
    assert state(row) is ImportStatus.READY
    assert work.work_off(None, NOW) == 0  # type: ignore[arg-type]


def test_a_killed_process_lets_go(app: Flask, seat: Seat) -> None:
    row = bring(seat).row
    place = uploads.folder()
    place.make(row.id)
    hold = (
        "import sys; from trenddojo.store.lock_file import LockFile\n"
        "held = LockFile(sys.argv[1]); print(held.acquire(), flush=True); input()"
    )
    other = subprocess.Popen(
        [sys.executable, "-c", hold, str(place.of(row.id) / "work")],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2],
    )  # fmt: skip
    assert other.stdout is not None
    assert other.stdout.readline().strip() == "True"
    with place.alone(row.id) as is_ours:
        assert not is_ours
    other.kill()
    other.wait()
    other.stdout.close()
    assert other.stdin is not None
    other.stdin.close()
    with place.alone(row.id) as is_ours:
        assert is_ours


def test_what_gets_no_further_fails_and_can_be_tried_again(
    app: Flask, seat: Seat, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = bring(seat).row
    say(seat, row, zone="America/New_York")
    for _ in range(5):
        killed(monkeypatch, row, work, "survey")
    assert worked(row.id).status is ImportStatus.FAILED
    found = imports.by_id(row.id)
    assert found is not None
    assert found.error == work.BROKE_OFF
    acts.again(seat, row.id)
    assert worked(row.id).status is ImportStatus.READY


def test_what_breaks_off_now_earlier_and_now_later_gets_no_further(
    app: Flask, seat: Seat, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = bring(seat).row
    say(seat, row, zone="America/New_York")
    for done in (90, 40, 60, 40, 60, 40):
        killed(monkeypatch, row, work, "survey")
        assert imports.advance(row.id, ImportStatus.READING, done, 100)
        db.session.commit()
    assert worked(row.id).error == work.BROKE_OFF


def test_discarded_while_it_is_read_it_leaves_nothing(
    app: Flask, seat: Seat, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    row = bring(seat).row
    say(seat, row, zone="America/New_York")
    read, import_id = reading.read_file, row.id

    def while_reading(*given: object) -> None:
        read(*given)  # type: ignore[arg-type]
        acts.discard(seat, import_id)

    monkeypatch.setattr(reading, "read_file", while_reading)
    db.session.rollback()
    assert work.work(import_id, None, NOW)
    assert imports.by_id(import_id) is None
    assert lying(tmp_path / "imports") == []


def test_it_is_shown_and_called_off_while_all_of_the_file_is_gone_through_first(
    app: Flask, seat: Seat, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Before any line is told, the order of the dates is found from all of them."""
    fill = TRADERVUE.splitlines(keepends=True)[1]
    row = bring(seat, TRADERVUE + fill * 2_000).row
    say(seat, row, zone="America/New_York")
    import_id, look, looked, shown = row.id, Dates.look_at, list[str](), list[tuple[bool, int]]()

    def while_looking(dates: Dates, text: str) -> None:
        look(dates, text)
        looked.append(text)
        if len(looked) == 1_000:
            found = imports.by_id(import_id)
            assert found is not None
            shown.append((900 < found.done < 1_500, found.total))
            acts.discard(seat, import_id)

    monkeypatch.setattr(progress, "_EVERY_SECONDS", 0)
    monkeypatch.setattr(Dates, "look_at", while_looking)
    db.session.rollback()
    assert work.work(import_id, None, NOW)
    assert shown == [(True, 2_007)]
    assert len(looked) < 1_300
    assert imports.by_id(import_id) is None
    assert lying(tmp_path / "imports") == []


def test_it_is_called_off_while_the_refused_lines_are_written(
    app: Flask, seat: Seat, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    row = bring(seat).row
    say(seat, row, zone="America/New_York")
    import_id, write = row.id, report._write_shaped

    def while_writing(*given: object) -> None:
        acts.discard(seat, import_id)
        write(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(progress, "_EVERY_SECONDS", 0)
    monkeypatch.setattr(report, "_write_shaped", while_writing)
    monkeypatch.setattr(work, "_end", lambda *given, **_: None)
    db.session.rollback()
    assert work.work(import_id, None, NOW)
    assert lying(tmp_path / "imports") == []


def test_the_teller_stops_what_was_called_off(app: Flask, seat: Seat) -> None:
    row = bring(seat).row
    say(seat, row, zone="America/New_York")
    tell = Teller(row.id, ImportStatus.READING, iter(range(100)).__next__)
    db.session.rollback()
    tell(3, 5)
    found = imports.by_id(row.id)
    assert found is not None
    assert (found.done, found.total) == (3, 5)
    acts.discard(seat, row.id)
    with pytest.raises(Stopped):
        tell(4, 5)


def test_a_process_that_ends_leaves_it_to_the_next_one(app: Flask, seat: Seat) -> None:
    row = bring(seat).row
    say(seat, row, zone="America/New_York")
    app.extensions[ENDING] = True
    assert worked(row.id).status is ImportStatus.READING
    del app.extensions[ENDING]
    assert worked(row.id).status is ImportStatus.READY


def test_progress_is_no_act(app: Flask, seat: Seat) -> None:
    row = bring(seat).row
    say(seat, row, zone="America/New_York")
    before = db.session.scalar(db.select(db.func.count()).select_from(AuditEntry))
    db.session.rollback()
    assert imports.advance(row.id, ImportStatus.READING, 1, 2)
    db.session.commit()
    assert db.session.scalar(db.select(db.func.count()).select_from(AuditEntry)) == before


def test_what_the_worker_does_is_told_of_whoever_brought_it(app: Flask, seat: Seat) -> None:
    row = looked_at(seat)
    acts.take(seat, row.id, {})
    worked(row.id)
    last = db.session.scalars(db.select(AuditEntry).order_by(AuditEntry.seq.desc())).first()
    assert last is not None
    assert (last.actor, last.subject) == ("Marta Lind", row.name)


def test_whoever_may_not_any_more_imports_nothing(app: Flask, seat: Seat) -> None:
    member = viewer_of(seat)
    row = bring(seat).row
    row.created_by = member.user.id
    db.session.commit()
    say(seat, row, zone="America/New_York")
    assert worked(row.id).error == work.NOBODY


def test_a_viewer_does_nothing(app: Flask, seat: Seat) -> None:
    row, looker = looked_at(seat), viewer_of(seat)
    with pytest.raises(Forbidden):
        bring(looker)
    for act in (acts.again, acts.undo, acts.discard):
        with pytest.raises(Forbidden):
            act(looker, row.id)
    with pytest.raises(Forbidden):
        acts.take(looker, row.id, {})


def test_acts_fit_the_state(app: Flask, seat: Seat) -> None:
    row = bring(seat).row
    with pytest.raises(Conflict):
        acts.take(seat, row.id, {})
    with pytest.raises(Conflict):
        acts.undo(seat, row.id)
    say(seat, row, zone="America/New_York")
    worked(row.id)
    for _ in range(2):
        acts.take(seat, row.id, {})
    worked(row.id)
    for act in (acts.again, acts.discard):
        with pytest.raises(Conflict):
            act(seat, row.id)
    with pytest.raises(Conflict):
        say(seat, row, zone="Europe/Berlin")
    for _ in range(2):
        acts.undo(seat, row.id)


def test_the_same_file_may_come_again_once_it_was_undone(app: Flask, seat: Seat) -> None:
    row = looked_at(seat)
    assert bring(seat).row.id == row.id
    acts.take(seat, row.id, {})
    worked(row.id)
    assert not bring(seat).is_new
    acts.undo(seat, row.id)
    worked(row.id)
    again = bring(seat)
    assert again.is_new
    assert again.row.status is ImportStatus.READING  # how to read it is remembered


def test_a_broker_is_asked_of_its_own_accounts_only(app: Flask, seat: Seat) -> None:
    with pytest.raises(Invalid) as refused:
        uploads.ask_broker(seat, NOW.date(), NOW)
    assert list(refused.value.fields) == ["account"]


PERCENT = {"kind": "percent", "value": "8"}


def booked(seat: Seat) -> Import:
    row = looked_at(seat)
    acts.take(seat, row.id, {})
    return worked(row.id)


class TestStops:
    def test_they_are_assumed_after_the_import_and_taken_away_again(self, app: Flask, seat: Seat) -> None:
        row = booked(seat)
        finished, before = row.finished_at, dict(row.counts)
        for _ in range(2):
            acts.assume(seat, row.id, PERCENT)
        assert state(row) is ImportStatus.BOOKING
        done = worked(row.id)
        assert (done.status, done.options["stop_rule"], done.finished_at) == (ImportStatus.DONE, PERCENT, finished)
        assert done.counts == {**before, "stops_assumed": 2}
        acts.assume(seat, row.id, None)
        done = worked(row.id)
        assert (done.counts, "stop_rule" in done.options) == (before, False)

    def test_they_need_no_file(self, app: Flask, seat: Seat) -> None:
        row = booked(seat)
        uploads.folder().remove(row.id)
        acts.assume(seat, row.id, PERCENT)
        assert worked(row.id).counts["stops_assumed"] == 2

    def test_it_goes_on_after_a_kill(self, app: Flask, seat: Seat, monkeypatch: pytest.MonkeyPatch) -> None:
        row = booked(seat)
        acts.assume(seat, row.id, PERCENT)
        killed(monkeypatch, row, assuming, "recompute")
        assert state(row) is ImportStatus.BOOKING
        assert worked(row.id).counts["stops_assumed"] == 2
        tally = days.tally_between(row.account_id, None, None)
        assert (tally.trades, tally.with_r) == (2, 2)

    def test_what_gets_no_further_stays_imported_and_says_why(
        self, app: Flask, seat: Seat, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        row = booked(seat)
        acts.assume(seat, row.id, PERCENT)
        for _ in range(5):
            killed(monkeypatch, row, assuming, "keep_totals")
        failed = worked(row.id)
        assert (failed.status, failed.error) == (ImportStatus.DONE, work.BROKE_OFF)
        assert jottings.is_assuming(failed.counts)
        acts.assume(seat, row.id, PERCENT)
        done = worked(row.id)
        assert (done.error, done.counts["stops_assumed"], jottings.is_assuming(done.counts)) == ("", 2, False)

    def test_only_what_is_in_the_books_has_them_and_one_rule_at_a_time(self, app: Flask, seat: Seat) -> None:
        row = looked_at(seat)
        with pytest.raises(Conflict):
            acts.assume(seat, row.id, PERCENT)
        acts.take(seat, row.id, {})
        with pytest.raises(Conflict):
            acts.assume(seat, row.id, None)
        worked(row.id)
        acts.assume(seat, row.id, PERCENT)
        for act in (lambda: acts.assume(seat, row.id, None), lambda: acts.undo(seat, row.id)):
            with pytest.raises(Conflict):
                act()
        worked(row.id)
        acts.undo(seat, row.id)
        assert worked(row.id).status is ImportStatus.UNDONE

    def test_a_viewer_chooses_none(self, app: Flask, seat: Seat) -> None:
        row = booked(seat)
        with pytest.raises(Forbidden):
            acts.assume(viewer_of(seat), row.id, PERCENT)


class TestClearing:
    def test_files_go_when_nothing_needs_them(self, app: Flask, seat: Seat, tmp_path: Path) -> None:
        place = tmp_path / "imports"
        row = looked_at(seat)
        acts.take(seat, row.id, {})
        worked(row.id)
        assert clearing.clear(NOW + timedelta(days=20)).files == 0
        assert lying(place)
        assert clearing.clear(NOW + timedelta(days=40)).files == 1
        assert lying(place) == []
        acts.undo(seat, row.id)
        assert worked(row.id).status is ImportStatus.UNDONE
        assert fills() == 0

    def test_what_nobody_goes_on_with_is_forgotten(self, app: Flask, seat: Seat, tmp_path: Path) -> None:
        bring(seat)
        bring(seat, TRADERVUE.replace("AAPL", "TSLA"), "other.csv")
        assert clearing.clear(NOW + timedelta(days=29)).imports == 0
        assert clearing.clear(NOW + timedelta(days=31)).imports == 2
        assert db.session.scalars(db.select(Import)).all() == []
        assert lying(tmp_path / "imports") == []

    def test_what_was_left_behind_goes_after_a_day(self, app: Flask, seat: Seat, tmp_path: Path) -> None:
        kept = looked_at(seat)
        uploads.folder().make(kept.account_id)
        half = uploads.folder().incoming()
        half.write(b"half")
        assert clearing.clear(NOW).files == 0
        assert clearing.clear(NOW + timedelta(days=400)).files >= 2
        assert [name for name in lying(tmp_path / "imports") if "incoming" in name] == []
        half.close()
