"""What a person should know, kept in the app behind a bell: the same trouble rings once, and counts how often."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from trenddojo.services import topics
from trenddojo.services.errors import NotFound
from trenddojo.store import alerts
from trenddojo.store.database import db
from trenddojo.store.models import Alert, User

PAGE = 30


@dataclass(frozen=True, slots=True)
class Page:
    """Some of a person's alerts, newest first; `next` is what to ask for the older ones before, None at the end."""

    alerts: Sequence[Alert]
    next: UUID | None


def ring(
    user_id: UUID,
    key: str,
    code: str,
    title: str,
    next_step: str,
    *,
    now: datetime,
    connection_id: UUID | None = None,
    account_id: UUID | None = None,
    trade_id: UUID | None = None,
    anew: bool = False,
) -> None:
    """Tell a person, within the caller's transaction.

    While an alert with this key is unresolved it is counted again and stays read if it was; `anew` is for what
    happens rather than lasts, such as a refused order: each time is news.
    """
    values = {
        "user_id": user_id, "key": key, "code": code, "title": title, "next_step": next_step,
        "first_at": now, "last_at": now, "connection_id": connection_id, "account_id": account_id,
        "trade_id": trade_id, "read_at": None,
    }  # fmt: skip
    alerts.ring(values, anew=anew)
    topics.bump(topics.alerts(user_id))


def is_open(user_id: UUID, key: str) -> bool:
    """Whether this trouble has been told and is not over."""
    return alerts.open_with(user_id, key) is not None


def unread(user: User) -> int:
    """How many alerts the bell shows: those that are neither seen nor over."""
    return alerts.unread_count(user.id)


def alerts_of(user: User, before: UUID | None = None, limit: int = PAGE) -> Page:
    """The person's alerts, newest first; those older than the alert `before`. Raises NotFound for somebody else's."""
    last = _own(user, before) if before else None
    found = alerts.page(user.id, last, limit + 1)
    return Page(found[:limit], found[limit - 1].id if len(found) > limit else None)


def mark_read(user: User, now: datetime, alert_id: UUID | None = None) -> None:
    """The person has seen one of their alerts, or all. Raises NotFound for somebody else's."""
    if alert_id is not None:
        _own(user, alert_id)
    if alerts.mark_read(user.id, alert_id, now):
        topics.bump(topics.alerts(user.id))
    db.session.commit()


def resolve(keys: Collection[str], now: datetime) -> None:
    """The troubles with these keys are over, within the caller's transaction."""
    topics.bump(*map(topics.alerts, alerts.resolve(keys, now)))


def resolve_connection(connection_id: UUID, now: datetime) -> None:
    """Whatever was told of a connection is over, within the caller's transaction."""
    topics.bump(*map(topics.alerts, alerts.resolve_connection(connection_id, now)))


def resolve_account(account_id: UUID, now: datetime) -> None:
    """Whatever was told of an account is over, within the caller's transaction."""
    topics.bump(*map(topics.alerts, alerts.resolve_account(account_id, now)))


def _own(user: User, alert_id: UUID) -> Alert:
    found = alerts.find(user.id, alert_id)
    if found is None:
        raise NotFound
    return found
