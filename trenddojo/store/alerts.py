"""A person's alerts."""

import re
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, bindparam, func, or_, select, text, update

from trenddojo.store.database import db
from trenddojo.store.models import Alert
from trenddojo.store.upserts import insert

_OPEN = text("resolved_at IS NULL")


def ring(values: dict[str, Any], *, anew: bool) -> None:
    """Add an alert, or count it again where one with its key is unresolved; `anew` makes that one unread."""
    statement = insert(Alert).values(**values)
    again = {name: statement.excluded[name] for name in ("code", "title", "next_step", "last_at")}
    if anew:
        again["read_at"] = statement.excluded["read_at"]
    db.session.execute(
        statement.on_conflict_do_update(
            index_elements=[Alert.user_id, Alert.key],
            index_where=_OPEN,
            set_={**again, "count": Alert.count + 1},
        )
    )


def open_with(user_id: UUID, key: str) -> Alert | None:
    """The person's unresolved alert with this key."""
    return db.session.scalar(
        select(Alert).where(Alert.user_id == user_id, Alert.key == key, Alert.resolved_at.is_(None))
    )


_OPEN_LIKE = select(Alert.key).where(
    Alert.user_id == bindparam("user"),
    Alert.account_id == bindparam("account"),
    Alert.resolved_at.is_(None),
    Alert.key.like(bindparam("like"), escape="/"),
)
"""Built once: every pass over an account's orders asks it."""


def open_with_prefix(user_id: UUID, account_id: UUID, prefix: str) -> set[str]:
    """The keys that begin with `prefix` of the person's unresolved alerts about an account."""
    like = re.sub("([/%_])", r"/\1", prefix) + "%"
    return set(db.session.scalars(_OPEN_LIKE, {"user": user_id, "account": account_id, "like": like}))


def unread_count(user_id: UUID) -> int:
    """How many alerts the person has not seen and that are not over."""
    unseen = (Alert.user_id == user_id, Alert.read_at.is_(None), Alert.resolved_at.is_(None))
    return db.session.execute(select(func.count()).select_from(Alert).where(*unseen)).scalar_one()


def page(user_id: UUID, before: Alert | None, limit: int) -> Sequence[Alert]:
    """The person's alerts that came before `before`, newest first."""
    query = select(Alert).where(Alert.user_id == user_id)
    if before is not None:
        same = and_(Alert.last_at == before.last_at, Alert.id < before.id)
        query = query.where(or_(Alert.last_at < before.last_at, same))
    return db.session.scalars(query.order_by(Alert.last_at.desc(), Alert.id.desc()).limit(limit)).all()


def find(user_id: UUID, alert_id: UUID) -> Alert | None:
    """One of the person's alerts."""
    return db.session.scalar(select(Alert).where(Alert.id == alert_id, Alert.user_id == user_id))


def mark_read(user_id: UUID, only: UUID | None, now: datetime) -> bool:
    """Note that the person has seen all their alerts, or one; whether there was something to note."""
    unseen = update(Alert).where(Alert.user_id == user_id, Alert.read_at.is_(None))
    if only is not None:
        unseen = unseen.where(Alert.id == only)
    return bool(db.session.scalars(unseen.values(read_at=now).returning(Alert.id)).all())


def resolve(keys: Collection[str], now: datetime) -> set[UUID]:
    """End the alerts with these keys; whose they were."""
    return _end(Alert.key.in_(keys), now)


def resolve_connection(connection_id: UUID, now: datetime) -> set[UUID]:
    """End every alert of a connection; whose they were."""
    return _end(Alert.connection_id == connection_id, now)


def resolve_account(account_id: UUID, now: datetime) -> set[UUID]:
    """End every alert of an account; whose they were."""
    return _end(Alert.account_id == account_id, now)


def _end(which: ColumnElement[bool], now: datetime) -> set[UUID]:
    ended = update(Alert).where(which, Alert.resolved_at.is_(None)).values(resolved_at=now)
    return set(db.session.scalars(ended.returning(Alert.user_id)))
