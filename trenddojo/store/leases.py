"""Who alone may do something, until when. Every change is one conditional statement, so that of two one wins."""

from datetime import datetime
from functools import cache
from typing import cast

from sqlalchemy import BindParameter, Table, bindparam, case, false, select, true, update
from sqlalchemy.sql.dml import ReturningInsert

from trenddojo.store.database import db
from trenddojo.store.models import Lease
from trenddojo.store.upserts import insert

_LEASES = cast(Table, Lease.__table__)
_NOW: BindParameter[datetime] = bindparam("now")
_UNTIL: BindParameter[datetime] = bindparam("until")
_BY: BindParameter[str] = bindparam("by")


@cache
def _take(_dialect: str, *, is_alone: bool) -> ReturningInsert[int]:
    """Written once for each kind of database: every process asks it again and again."""
    held = _LEASES.c
    renewed = case((held.holder == _BY, held.token), else_=held.token + 1)
    return (
        insert(_LEASES)
        .values(name=bindparam("lease"), holder=_BY, token=1, expires_at=_UNTIL)
        .on_conflict_do_update(
            index_elements=[held.name],
            set_={"holder": _BY, "token": renewed, "expires_at": _UNTIL},
            where=(held.holder == _BY) | (held.expires_at <= _NOW) | (true() if is_alone else false()),
        )
        .returning(held.token)
    )


def take(name: str, holder: str, now: datetime, expires_at: datetime, *, is_alone: bool = False) -> int | None:
    """Make `holder` the holder until `expires_at`, or go on with it; None while somebody else holds the lease, unless
    it `is_alone` and that one is gone.

    The answer is the fencing token, one higher than that of the holder before.
    """
    statement = _take(db.engine.dialect.name, is_alone=is_alone)
    return db.session.scalar(statement, {"lease": name, "by": holder, "now": now, "until": expires_at})


def prolong(name: str, token: int, now: datetime, expires_at: datetime) -> bool:
    """Keep a lease that has not run out; whether it was kept."""
    mine = (Lease.name == name) & (Lease.token == token) & (Lease.expires_at > now)
    kept = update(Lease).where(mine).values(expires_at=expires_at).returning(Lease.token)
    return db.session.scalar(kept) is not None


def give_up(name: str, token: int, now: datetime) -> None:
    """Let a lease run out now. The row stays, so that the next token is higher."""
    db.session.execute(update(Lease).where(Lease.name == name, Lease.token == token).values(expires_at=now))


_HELD = (
    select(Lease.token)
    .where(Lease.name == bindparam("name"), Lease.token == bindparam("token"))
    .with_for_update(read=True)
)


def holds(name: str, token: int) -> bool:
    """Whether nobody has taken the lease since `token`; nobody does before this transaction has ended."""
    return db.session.scalar(_HELD, {"name": name, "token": token}) is not None


def find(name: str) -> Lease | None:
    """The lease as it stands, held or run out."""
    return db.session.get(Lease, name, populate_existing=True)
