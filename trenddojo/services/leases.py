"""One owner for what only one process may do: a lease in the database, with a token that tells an old owner apart."""

from collections.abc import Callable
from datetime import datetime, timedelta
from threading import Lock
from typing import cast

from flask import Flask, current_app

from trenddojo.store import leases
from trenddojo.store.database import db
from trenddojo.store.lock_file import LockFile

BROKERS = "brokers"
"""The lease of broker I/O."""
TTL = timedelta(seconds=30)
_ASK_AGAIN = timedelta(seconds=2)
"""How long a lease that somebody else holds is not asked for again."""
EXTENSION = "broker_lease"


def acquire(name: str, holder: str, ttl: timedelta, now: datetime, *, is_alone: bool = False) -> int | None:
    """Become or stay the holder until `now + ttl`: the fencing token, or None while another one holds the lease.

    Who `is_alone` on the database need not wait for what a process that is gone has left.
    """
    token = leases.take(name, holder, now, now + ttl, is_alone=is_alone)
    db.session.commit()
    return token


def renew(name: str, token: int, ttl: timedelta, now: datetime) -> bool:
    """Keep a lease until `now + ttl`. False where it has run out or another one holds it: acquire it anew."""
    kept = leases.prolong(name, token, now, now + ttl)
    db.session.commit()
    return kept


def release(name: str, token: int, now: datetime) -> None:
    """Let the next holder in at once; does nothing where another one is the holder."""
    leases.give_up(name, token, now)
    db.session.commit()


def owns(name: str, token: int) -> bool:
    """Whether `token` is still the newest; held for the running transaction, so that what it writes is the owner's."""
    return leases.holds(name, token)


class LeaseKeeper:
    """This process's hold on one lease: taken when first needed, renewed when half its time has passed.

    Cheap to ask and safe in threads; the database is asked about twice in each `ttl`. `lock` proves, where there is
    one, that no other process is left to hold the lease.
    """

    def __init__(
        self,
        app: Flask,
        name: str,
        holder: str,
        clock: Callable[[], datetime],
        ttl: timedelta = TTL,
        *,
        lock: LockFile | None = None,
    ) -> None:
        self.name, self.holder = name, holder
        self._app, self._clock, self._ttl = app, clock, ttl
        self._file = lock
        self._lock = Lock()
        self._token: int | None = None
        self._ask_at: datetime | None = None

    def owns(self) -> bool:
        """Whether this process is the owner."""
        return self.token() is not None

    def token(self) -> int | None:
        """The fencing token while this process is the owner."""
        with self._lock:
            now = self._clock()
            if self._ask_at is None or now >= self._ask_at:
                self._ask(now)
            return self._token

    def release(self) -> None:
        """Let another process in at once."""
        with self._lock, self._app.app_context():
            if self._token is not None:
                release(self.name, self._token, self._clock())
            self._token = self._ask_at = None
            if self._file is not None:
                self._file.release()

    def _ask(self, now: datetime) -> None:
        with self._app.app_context():
            is_alone = self._file is not None and self._file.acquire()
            self._token = acquire(self.name, self.holder, self._ttl, now, is_alone=is_alone)
        self._ask_at = now + (_ASK_AGAIN if self._token is None else self._ttl / 2)


def keeper() -> LeaseKeeper:
    """The running application's hold on broker I/O."""
    return cast(LeaseKeeper, current_app.extensions[EXTENSION])
