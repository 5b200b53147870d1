"""Master keys for an application in tests, and connections to keep credentials for."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from functools import partial
from hashlib import sha256

from flask import Flask

from tests.brokers import secretive
from tests.conftest import NOW
from trenddojo.domain.terms import Mode
from trenddojo.runtime import Runtime, install
from trenddojo.security.vault import Cost, Vault
from trenddojo.store.database import db
from trenddojo.store.models import BrokerConnection, ConnectionState, User

KEY, OLD_KEY, NEW_KEY = "current-key-" * 3, "former-key--" * 3, "strange-key-" * 3
LATER = NOW + timedelta(hours=1)


def quick(master: bytes, salt: bytes, cost: Cost) -> bytes:
    """Stands in for scrypt where its cost is not what is tested."""
    return sha256(repr((master, salt, cost)).encode()).digest()


quick_vault = partial(Vault, derive=quick)


def with_keys(app: Flask, key: str, *old_keys: str) -> None:
    """Restart `app` with these master keys."""
    before: Runtime = app.extensions["trenddojo"]
    config = replace(before.config, broker_encryption_key=key, broker_encryption_keys_old=old_keys)
    install(app, Runtime(config, before.clock))
    app.extensions.pop("vault", None)


def connected(
    user: User, name: str = "Main", *, broker: str = secretive.NAME, mode: Mode = Mode.PAPER, commit: bool = True
) -> BrokerConnection:
    """A connection of `user`, as yet without credentials."""
    made = BrokerConnection(
        user_id=user.id,
        broker=broker,
        mode=mode,
        name=name,
        is_paper=mode is not Mode.LIVE,
        settings={},
        state=ConnectionState.CONNECTING,
        state_since=NOW,
        created_at=NOW,
    )
    db.session.add(made)
    if commit:
        db.session.commit()
    return made
