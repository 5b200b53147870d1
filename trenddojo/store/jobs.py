"""How recurring jobs last went."""

from sqlalchemy import select

from trenddojo.store.database import db
from trenddojo.store.models import Job


def job_named(name: str) -> Job | None:
    """One job's record, if it has ever been scheduled."""
    return db.session.get(Job, name)


def all_jobs() -> list[Job]:
    """Every job's record, by name."""
    return list(db.session.scalars(select(Job).order_by(Job.name)))
