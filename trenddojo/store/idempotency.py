"""Queries about the answers that are kept for repeated requests."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import delete

from trenddojo.store.database import db
from trenddojo.store.models import IdempotencyKey


def kept(user_id: UUID, key: str) -> IdempotencyKey | None:
    """What a person's key stands for."""
    return db.session.get(IdempotencyKey, (user_id, key), populate_existing=True)


def add(row: IdempotencyKey) -> None:
    """Write a key at once. Raises IntegrityError where the person's key is there already."""
    db.session.add(row)
    db.session.flush()


def remove(user_id: UUID, key: str) -> None:
    """Forget one key of a person's."""
    mine = (IdempotencyKey.user_id == user_id, IdempotencyKey.key == key)
    db.session.execute(delete(IdempotencyKey).where(*mine))


def prune(before: datetime) -> None:
    """Forget every key from before a time."""
    db.session.execute(delete(IdempotencyKey).where(IdempotencyKey.created_at <= before))
