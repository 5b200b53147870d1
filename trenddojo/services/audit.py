"""The audit log: who did what, from where, what was before and what is after.

An entry is written for every transaction that changes audited rows, by `watch`; services only note what rows do not
tell. It is verified as a whole, and shown to those whose acts or accounts it is about.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from trenddojo.domain.terms import Role
from trenddojo.runtime import runtime
from trenddojo.security import chain
from trenddojo.security.chain import Verdict
from trenddojo.services import audit_subjects as subjects
from trenddojo.store import accounts, audit, audit_log, origin, people
from trenddojo.store.areas import Area
from trenddojo.store.audit import Act, Note
from trenddojo.store.audit_log import Filters, Sight
from trenddojo.store.changes import Change, plain
from trenddojo.store.database import db, discard, reading
from trenddojo.store.models import AuditEntry, User
from trenddojo.store.origin import Actor
from trenddojo.store.seats import seats_of

MOST_ADDED = 50
"""How many new rows of one table an entry tells; of more it keeps their number and hash, or an import would fill it."""


@dataclass(frozen=True, slots=True)
class Line:
    """An entry as one person may see it: `address` is empty for somebody else's act, except to admins."""

    entry: AuditEntry
    address: str


@dataclass(frozen=True, slots=True)
class Listed:
    """One page of the log, the newest first. `older` is where the next page begins, None at the end."""

    lines: Sequence[Line]
    older: int | None


@cache
def watch() -> None:
    """Write an entry for whatever this process commits. Called again, it does nothing."""
    audit.watch(_write)


def note(
    act: str, area: Area, subject: str = "", *, who: User | None = None, account_id: UUID | None = None, **detail: Any
) -> None:
    """Say in the present transaction's entry what its rows do not tell; the caller commits.

    `who` is for acts that begin with a stranger, such as a sign-in. Never hand over a secret.
    """
    actor = Actor(who.id, who.name) if who else None
    audit.note(Note(act, area, subject, account_id, actor, plain(detail)))


def record(act: str, area: Area, subject: str = "", **more: Any) -> None:
    """The same as `note`, for an act that changes nothing: it is kept at once."""
    note(act, area, subject, **more)
    db.session.commit()


# ---- writing


def _write(act: Act) -> None:
    """One entry for each note, the changes with the first; without notes one for the changes."""
    changes = list(_told(act.changes))
    concerned = subjects.accounts_of(act.rows)
    account_id = concerned.pop() if len(concerned) == 1 else None
    for said in act.notes or [_unsaid(act)]:
        subject = said.subject or subjects.subject_of(act.rows)
        _append(act.session, replace(said, subject=subject, account_id=said.account_id or account_id), changes)
        changes = []


def _unsaid(act: Act) -> Note:
    return Note(origin.current().act, subjects.area_of(act.rows), "", None, None, {})


def _told(changes: Sequence[Change]) -> Iterator[dict[str, Any]]:
    added = Counter(change.table for change in changes if change.is_addition)
    for change in changes:
        if not change.is_addition or added[change.table] <= MOST_ADDED:
            yield change.as_json()
    for table in (table for table, rows in added.items() if rows > MOST_ADDED):
        yield _summed(table, [one.as_json() for one in changes if one.is_addition and one.table == table])


def _summed(table: str, rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    return {"table": table, "act": "added", "rows": len(rows), "sha256": chain.digest(rows)}


def _append(session: Session, said: Note, changes: list[dict[str, Any]]) -> None:
    here = origin.current()
    who = said.who or here.actor
    last = audit_log.end(session)
    seq, previous = (last[0] + 1, last[1]) if last else (chain.FIRST, chain.GENESIS)
    columns = {
        "at": runtime().clock(),
        "actor_id": who.id,
        "actor": who.name,
        "source": here.source,
        "address": here.address,
        "area": said.area,
        "act": said.act,
        "subject": said.subject,
        "account_id": said.account_id,
        "detail": said.detail,
        "changes": changes,
    }
    digest = chain.sealed(seq, plain(columns), previous)
    audit_log.put(session, **columns, seq=seq, previous_hash=previous, hash=digest)


# ---- reading


def verify(anchor: str = "") -> Verdict:
    """Read the whole log and check its chain; `anchor` is the hash of an entry that was noted earlier."""
    discard()
    with reading(), closing(audit_log.whole()) as entries:
        verdict = chain.verify(map(_sealed, entries), anchor)
    discard()
    return verdict


_FIELDS = [
    column.name for column in AuditEntry.__table__.columns if column.name not in ("seq", "previous_hash", "hash")
]


def _sealed(entry: AuditEntry) -> chain.Entry:
    fields = plain({name: getattr(entry, name) for name in _FIELDS})
    return chain.Entry(entry.seq, fields, entry.previous_hash, entry.hash)


def listed(user: User, filters: Filters, before: int | None, limit: int) -> Listed:
    """One page of what `user` may see."""
    is_admin = user.role is Role.ADMIN
    sight = Sight(user.id, tuple(seat.account.id for seat in seats_of(user)), everything=is_admin)
    found = audit_log.entries(sight, filters, before, limit + 1)
    shown = found[:limit]
    lines = [Line(one, one.address if is_admin or one.actor_id == user.id else "") for one in shown]
    return Listed(lines, shown[-1].seq if len(found) > limit else None)


@dataclass(frozen=True, slots=True)
class Choices:
    """Whose acts and which accounts a person may ask for, with their names."""

    people: Mapping[UUID, str]
    accounts: Mapping[UUID, str]


def choices(user: User) -> Choices:
    """What `user` may ask for: an admin everything, others themselves and whoever shares an account with them."""
    if user.role is Role.ADMIN:
        return Choices({one.id: one.name for one in people.everybody()}, accounts.names())
    seats = seats_of(user)
    known = {person.id: person.name for seat in seats for person in accounts.people_at(seat.account)}
    return Choices({user.id: user.name, **known}, {seat.account.id: seat.account.name for seat in seats})
