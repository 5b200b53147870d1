"""Requests that may be repeated: the same key makes a thing once, and gets the first answer again.

A key is claimed in the transaction that makes the thing, so that both are kept or neither is; the answer follows in a
second one. Where that is lost, the repeated request runs again under the same `Repeatable.id`, by which the services
find what the first one made. Refusals are not kept: whoever mends the request may send it with the same key.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

from sqlalchemy.exc import IntegrityError

from trenddojo.services.errors import Conflict, Invalid
from trenddojo.store import idempotency
from trenddojo.store.database import db, discard
from trenddojo.store.models import IdempotencyKey

HEADER = "Idempotency-Key"
KEPT = timedelta(hours=48)
_UNANSWERED = 0


@dataclass(frozen=True, slots=True)
class Repeatable:
    """A person's request under a key of theirs; `fingerprint` tells it from every other request."""

    user_id: UUID
    key: str
    fingerprint: str

    @property
    def id(self) -> UUID:
        """The same for the same request, and for no other one."""
        return uuid5(self.user_id, f"{self.key}:{self.fingerprint}")


@dataclass(frozen=True, slots=True)
class Answer:
    """What a request was answered: the HTTP status and the JSON body."""

    status: int
    body: dict[str, Any]


def claim(wanted: Repeatable, now: datetime) -> Answer | None:
    """The answer that this request got before; None where it is to be done now, under a claim that its commit keeps.

    Raises Invalid where the key came with another request, Conflict where that one is being done at this moment.
    """
    return _claimed(wanted, idempotency.kept(wanted.user_id, wanted.key), now)


def _claimed(wanted: Repeatable, found: IdempotencyKey | None, now: datetime) -> Answer | None:
    if found is not None and found.created_at <= now - KEPT:
        idempotency.prune(now - KEPT)
        found = None
    if found is None:
        found = _added(wanted, now)
    if found is None:
        return None
    if found.request_hash != wanted.fingerprint:
        raise Invalid({HEADER: "This key came with another request before. Send a new key."})
    return None if found.status == _UNANSWERED else Answer(found.status, found.body)


def reserve(wanted: Repeatable, now: datetime) -> bool:
    """Claim a key and commit at once, for a request that asks a broker: whether it is the first with this key.

    Raises Invalid where the key came with another request, and as `claim` does.
    """
    found = idempotency.kept(wanted.user_id, wanted.key)
    is_first = found is None
    _claimed(wanted, found, now)
    db.session.commit()
    return is_first


def let_go(wanted: Repeatable) -> None:
    """Forget a key whose request was refused, so that it may come with a mended one."""
    discard()
    idempotency.remove(wanted.user_id, wanted.key)
    db.session.commit()


def _added(wanted: Repeatable, now: datetime) -> IdempotencyKey | None:
    """Claim the key; the row of somebody quicker, or None where the claim is ours."""
    try:
        idempotency.add(_row(wanted, Answer(_UNANSWERED, {}), now))
    except IntegrityError:
        discard()
        found = idempotency.kept(wanted.user_id, wanted.key)
        if found is None:
            raise Conflict("The same request is being done at this moment. Send it again.") from None
        return found
    return None


def keep(wanted: Repeatable, answer: Answer, now: datetime) -> None:
    """Keep the answer for whoever sends the request again, and forget those that are older than two days."""
    row = idempotency.kept(wanted.user_id, wanted.key)
    try:
        if row is None:  # the service began its transaction anew, and the claim went with the old one
            idempotency.add(_row(wanted, answer, now))
        else:
            row.status, row.body = answer.status, answer.body
        idempotency.prune(now - KEPT)
        db.session.commit()
    except IntegrityError:
        discard()  # the same request, answered a moment before


def _row(wanted: Repeatable, answer: Answer, now: datetime) -> IdempotencyKey:
    return IdempotencyKey(
        user_id=wanted.user_id,
        key=wanted.key,
        request_hash=wanted.fingerprint,
        status=answer.status,
        body=answer.body,
        created_at=now,
    )
