"""The records of recurring jobs: when each began, how it ended, and when it comes next."""

from datetime import datetime

from trenddojo.services import topics
from trenddojo.services.leases import BROKERS
from trenddojo.store import jobs, leases
from trenddojo.store.database import db
from trenddojo.store.models import Job, JobOutcome, Lease

LONGEST_TOLD = 500


def scheduled(name: str, every_seconds: int, next_run_at: datetime | None) -> None:
    """A job stands in the schedule, `next_run_at` its next moment."""
    job = _record(name)
    job.every_seconds, job.next_run_at = every_seconds, next_run_at
    db.session.commit()


def began(name: str, now: datetime) -> None:
    """A run begins."""
    job = _record(name)
    job.started_at, job.finished_at = now, None
    topics.bump(topics.JOBS)
    db.session.commit()


def ended(name: str, outcome: JobOutcome, told: str, now: datetime, next_run_at: datetime | None) -> None:
    """A run ended; `told` says in a line what it did, or what was wrong."""
    job = _record(name)
    job.finished_at, job.outcome, job.told = now, outcome, told[:LONGEST_TOLD]
    if job.started_at is not None:
        job.milliseconds = max(0, round((now - job.started_at).total_seconds() * 1000))
    job.next_run_at = next_run_at
    job.runs += 1
    job.failures += outcome is JobOutcome.FAILED
    topics.bump(topics.JOBS)
    db.session.commit()


def listed() -> list[Job]:
    """Every job, by name."""
    return jobs.all_jobs()


def owner() -> Lease | None:
    """Who talks to the brokers, or did last."""
    return leases.find(BROKERS)


def is_owned(now: datetime) -> bool:
    """Whether some process talks to the brokers."""
    found = owner()
    return found is not None and found.expires_at > now


def _record(name: str) -> Job:
    found = jobs.job_named(name)
    if found is None:
        found = Job(name=name, every_seconds=0, told="", runs=0, failures=0)
        db.session.add(found)
    return found
