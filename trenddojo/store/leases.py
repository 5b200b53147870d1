"""Who alone may do something, until when. Every change is one conditional statement, so that of two one wins."""

from datetime import datetime

from sqlalchemy import bindparam, case, false, select, true, update

from trenddojo.store.database import db
from trenddojo.store.models import Lease
from trenddojo.store.upserts import insert


def take(name: str, holder: str, now: datetime, expires_at: datetime, *, is_alone: bool = False) -> int | None:
    """Make `holder` the holder until `expires_at`, or go on with it; None while somebody else holds the lease, unless
    it `is_alone` and that one is gone.

    The answer is the fencing token, one higher than that of the holder before.
    """
    renewed = case((Lease.holder == holder, Lease.token), else_=Lease.token + 1)
    statement = (
        insert(Lease)
        .values(name=name, holder=holder, token=1, expires_at=expires_at)
        .on_conflict_do_update(
            index_elements=[Lease.name],
            set_={"holder": holder, "token": renewed, "expires_at": expires_at},
            where=(Lease.holder == holder) | (Lease.expires_at <= now) | (true() if is_alone else false()),
        )
        .returning(Lease.token)
    )
    return db.session.scalar(statement)


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
