"""What the System page shows: jobs, health, versions."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from platform import python_version

from trenddojo import __version__
from trenddojo.store.models import Job, JobOutcome, Lease

_JOBS = {
    "connection_check": ("Connection check", "looks at every connection and reconnects what is down or unhealthy"),
    "order_sync": ("Order sync", "asks for the working orders of every account"),
    "snapshots": ("Snapshots", "asks for figures, positions and quotes of every account"),
    "bars": ("Prices", "asks for the bars that charts, excursions, gaps and correlations lack"),
    "watch": ("Watch", "rings for limits approached, goals reached and rules broken; asks no broker"),
    "attachments": ("Pictures", "clears away what was deleted a week ago, and files that nobody knows"),
    "imports": ("Imports", "reads statements, writes them to the books, and takes them out again"),
    "archives": ("Archives", "brings in the archives that people sent"),
    "import_files": ("Files of imports", "takes away files that nothing needs, and imports that nobody went on with"),
}
_LIBRARIES = ("flask", "sqlalchemy", "apscheduler", "cryptography", "requests", "ib_insync", "gunicorn")


@dataclass(frozen=True, slots=True)
class JobRow:
    """One job as it last went. `seconds` is the length of its last run, None before the first has ended."""

    name: str
    title: str
    what: str
    every_seconds: int
    started_at: datetime | None
    seconds: str
    state: str
    told: str
    next_run_at: datetime | None
    runs: int
    failures: int


@dataclass(frozen=True, slots=True)
class Fact:
    """A line of health: its name, its figure in words, and whether it is as it should be."""

    name: str
    value: str
    note: str = ""
    is_well: bool = True


def job_rows(jobs: Sequence[Job]) -> list[JobRow]:
    """The jobs in the order of their names."""
    return [_row(job) for job in jobs]


def _row(job: Job) -> JobRow:
    title, what = _JOBS.get(job.name, (job.name, ""))
    return JobRow(
        name=job.name,
        title=title,
        what=what,
        every_seconds=job.every_seconds,
        started_at=job.started_at,
        seconds="" if job.milliseconds is None else f"{job.milliseconds / 1000:.2f} s",
        state=_state(job),
        told=job.told,
        next_run_at=job.next_run_at,
        runs=job.runs,
        failures=job.failures,
    )


def _state(job: Job) -> str:
    if job.started_at is not None and job.finished_at is None:
        return "running"
    if job.outcome is None:
        return "waiting"
    return "failed" if job.outcome is JobOutcome.FAILED else "ok"


def health(lease: Lease | None, now: datetime, is_running: bool) -> list[Fact]:
    """Whether the parts work that no page shows otherwise."""
    return [
        Fact("Scheduler", "running here" if is_running else "not in this process", is_well=is_running),
        _owner(lease, now),
    ]


def _owner(lease: Lease | None, now: datetime) -> Fact:
    if lease is None or lease.expires_at <= now:
        return Fact("Broker connections", "nobody's", "no process owns them", is_well=False)
    return Fact("Broker connections", lease.holder.split(":")[0], f"owner no. {lease.token}")


def versions() -> list[Fact]:
    """TrendDojo and what it stands on."""
    found = [Fact("TrendDojo", __version__), Fact("Python", python_version())]
    return [*found, *(Fact(name, version(name)) for name in _LIBRARIES)]
