"""The scheduler of the server's process: runs the table of jobs, one run of each at a time, and records how they went.

A run that is late or would overlap is merged into the next. What a run raises ends in its record and, by APScheduler,
in the log.
"""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta

from apscheduler.events import EVENT_JOB_ERROR, EVENT_JOB_EXECUTED, JobExecutionEvent
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from flask import Flask

from trenddojo.brokers.manager import BrokerManager
from trenddojo.jobs.table import JOBS, Recurring
from trenddojo.runtime import runtime
from trenddojo.services import jobs, leases
from trenddojo.services.ending import ENDING
from trenddojo.services.errors import NotFound
from trenddojo.services.orders.nudges import nudges
from trenddojo.store.database import db
from trenddojo.store.models import JobOutcome
from trenddojo.store.origin import acting, of_job

logging.getLogger("apscheduler.scheduler").setLevel(logging.ERROR)  # a run that would overlap is merged, as it should

EXTENSION = "scheduler"
ELSEWHERE = "Another process talks to the brokers."
FOLLOWER = "order_sync"
"""The job that follows orders at their brokers."""
NOTED_EVERY = timedelta(seconds=30)
"""How often the records of a quiet job follow it."""


class Scheduler:
    """Runs `table` for `app` until it is stopped; asks for nothing while another process owns the brokers."""

    def __init__(self, app: Flask, manager: BrokerManager, table: Sequence[Recurring] = JOBS) -> None:
        self._app, self._manager = app, manager
        self._table = {job.name: job for job in table}
        self._noted: dict[str, datetime] = {}
        self._scheduler = BackgroundScheduler(
            timezone="UTC",
            executors={"default": ThreadPoolExecutor(max(1, len(table)))},
            job_defaults={"max_instances": 1, "coalesce": True, "misfire_grace_time": None},
        )
        self._scheduler.add_listener(self._ended, EVENT_JOB_EXECUTED | EVENT_JOB_ERROR)

    def start(self) -> None:
        """Begin: each job comes at once, and then as often as the table says."""
        now = self._app.extensions["trenddojo"].clock()
        for job in self._table.values():
            self._scheduler.add_job(
                self._run, "interval", seconds=job.every_seconds, id=job.name, args=[job.name], next_run_time=now
            )
            with self._app.app_context():
                jobs.scheduled(job.name, job.every_seconds, now)
        self._scheduler.start()
        nudges(self._app).wake = self._wake

    def stop(self) -> None:
        """Begin no further run. Runs under way end by themselves, at their next step or within time limits."""
        self._app.extensions[ENDING] = True
        self._scheduler.shutdown(wait=False)

    def _wake(self) -> None:
        """Somebody's broker said that something happened: the job that asks comes at once, unless it runs."""
        if self.is_running and FOLLOWER in self._table:
            self._scheduler.modify_job(FOLLOWER, next_run_time=self._app.extensions["trenddojo"].clock())

    @property
    def is_running(self) -> bool:
        """Whether jobs are being run."""
        return bool(self._scheduler.running)

    def run_now(self, name: str, now: datetime) -> None:
        """Let a job come at once. Raises NotFound for none of this name."""
        if name not in self._table:
            raise NotFound
        self._scheduler.modify_job(name, next_run_time=now)

    def _run(self, name: str) -> str:
        with self._app.app_context(), acting(of_job(name)):
            now = runtime().clock()
            if not self._table[name].is_quiet:
                jobs.began(name, now)
            told = self._table[name].run(self._manager, now) if leases.keeper().owns() else ELSEWHERE
            db.session.rollback()
            return told

    def _ended(self, event: JobExecutionEvent) -> None:
        failed = event.exception is not None
        told = f"{type(event.exception).__name__}: it is in the log." if failed else str(event.retval)
        outcome = JobOutcome.FAILED if failed else JobOutcome.OK
        with self._app.app_context():
            now = runtime().clock()
            if self._table[event.job_id].is_quiet and not failed and not self._is_due(event.job_id, now):
                return
            jobs.ended(event.job_id, outcome, told, now, self._next(event.job_id))

    def _is_due(self, name: str, now: datetime) -> bool:
        """Whether a quiet job's records are to follow it again."""
        before = self._noted.get(name)
        if before is not None and before <= now < before + NOTED_EVERY:
            return False
        self._noted[name] = now
        return True

    def _next(self, name: str) -> datetime | None:
        job = self._scheduler.get_job(name)
        found: datetime | None = job.next_run_time if job else None
        return found
