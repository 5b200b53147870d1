"""The scheduler runs each job once at a time, records how it went, and survives what a job raises."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from queue import Queue
from threading import Event
from typing import Any, cast

import pytest
from flask import Flask

from tests.conftest import NOW, Clock
from tests.services.connected import owned_by_another
from trenddojo.jobs.scheduler import ELSEWHERE, Scheduler
from trenddojo.jobs.table import JOBS, Recurring
from trenddojo.services import jobs
from trenddojo.services.errors import NotFound
from trenddojo.store.database import db, discard, reading
from trenddojo.store.models import Job, JobOutcome

PATIENCE = 20

pytestmark = pytest.mark.usefixtures("furnished")


@contextmanager
def running(app: Flask, *table: Recurring) -> Iterator[Scheduler]:
    """A scheduler that has begun, and a test that sees every end of a run."""
    scheduler = Scheduler(app, cast(Any, None), table)
    scheduler.start()
    try:
        yield scheduler
    finally:
        scheduler.stop()


def job(run: Callable[[Any, datetime], str], name: str = "count") -> Recurring:
    return Recurring(name, 3600, run)


@pytest.fixture
def ends(monkeypatch: pytest.MonkeyPatch) -> Queue[str]:
    """The name of each job whose end was just recorded."""
    told: Queue[str] = Queue()
    record = jobs.ended

    def ended(name: str, *more: Any) -> None:
        record(name, *more)
        told.put(name)

    monkeypatch.setattr(jobs, "ended", ended)
    return told


def after(ends: Queue[str]) -> Job:
    """The record of the job that ends next."""
    name = ends.get(timeout=PATIENCE)
    with reading():
        record = next(one for one in jobs.listed() if one.name == name)
    db.session.expunge_all()
    discard()
    return record


def test_a_job_comes_at_once_and_its_run_is_recorded(app: Flask, clock: Clock, ends: Queue[str]) -> None:
    asked: list[datetime] = []

    def run(_manager: Any, now: datetime) -> str:
        asked.append(now)
        clock.turn(seconds=2)
        return "Counted 3."

    with running(app, job(run)):
        record = after(ends)
    assert asked == [NOW]
    assert (record.outcome, record.told, record.milliseconds) == (JobOutcome.OK, "Counted 3.", 2000)
    assert (record.runs, record.failures, record.every_seconds) == (1, 0, 3600)
    assert record.next_run_at is not None


def test_what_a_job_raises_ends_in_its_record_and_the_next_run_comes(
    app: Flask, caplog: pytest.LogCaptureFixture, ends: Queue[str]
) -> None:
    answers = iter(["raise", "Fine again."])

    def run(_manager: Any, _now: datetime) -> str:
        if (answer := next(answers)) == "raise":
            raise ZeroDivisionError("a secret would stand here")
        return answer

    with caplog.at_level(logging.ERROR), running(app, job(run)) as scheduler:
        failed = after(ends)
        assert (failed.outcome, failed.told) == (JobOutcome.FAILED, "ZeroDivisionError: it is in the log.")
        scheduler.run_now("count", NOW)
        record = after(ends)
    assert (record.outcome, record.told, record.failures) == (JobOutcome.OK, "Fine again.", 1)


def test_a_run_that_would_overlap_does_not_begin(
    app: Flask, caplog: pytest.LogCaptureFixture, ends: Queue[str]
) -> None:
    begun, go_on = Event(), Event()
    runs: list[datetime] = []

    def run(_manager: Any, now: datetime) -> str:
        runs.append(now)
        begun.set()
        assert go_on.wait(PATIENCE)
        return "Done."

    with caplog.at_level(logging.WARNING), running(app, job(run)) as scheduler:
        assert begun.wait(PATIENCE)
        skipped = Event()
        scheduler._scheduler.add_listener(lambda _event: skipped.set(), 1 << 16)  # EVENT_JOB_MAX_INSTANCES
        scheduler.run_now("count", NOW)
        assert skipped.wait(PATIENCE)
        assert len(runs) == 1
        go_on.set()
        assert after(ends).runs == 1


def test_nothing_is_asked_while_another_process_owns_the_brokers(app: Flask, ends: Queue[str]) -> None:
    owned_by_another(app)
    asked: list[datetime] = []
    with running(app, job(lambda _manager, now: asked.append(now) or "Asked.")):  # type: ignore[func-returns-value]
        record = after(ends)
    assert (asked, record.told, record.outcome) == ([], ELSEWHERE, JobOutcome.OK)


def test_only_jobs_of_the_table_can_be_started(app: Flask) -> None:
    with running(app) as scheduler, pytest.raises(NotFound):
        scheduler.run_now("rm", NOW)


def test_the_table_names_each_job_once() -> None:
    names = [one.name for one in JOBS]
    asking, clearing = ["connection_check", "order_sync", "snapshots", "bars", "watch"], ["attachments"]
    assert names == [*asking, *clearing, "imports", "import_files", "archives"]
    assert all(one.every_seconds >= 10 or one.is_quiet for one in JOBS)


def test_a_quiet_job_is_noted_now_and_then(app: Flask, clock: Clock, ends: Queue[str]) -> None:
    quiet = Recurring("quiet", 3600, lambda _manager, _now: "done", is_quiet=True)
    with running(app, quiet) as scheduler:
        assert after(ends).runs == 1
        scheduler.run_now("quiet", clock())
        clock.turn(seconds=31)
        scheduler.run_now("quiet", clock())
        assert after(ends).runs == 2
