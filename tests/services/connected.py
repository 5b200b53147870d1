"""An application with a broker to connect to, and the common steps of the tests around connections."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any, cast

from flask import Flask

from tests.conftest import NOW
from tests.services import fake_broker
from tests.services.keyed import quick_vault
from trenddojo.application import Application
from trenddojo.brokers import registry
from trenddojo.brokers.manager import BrokerManager
from trenddojo.runtime import Runtime, install
from trenddojo.services import brokerage, connections, leases
from trenddojo.services.connections import Connected
from trenddojo.services.inputs import parse
from trenddojo.services.inputs.brokers import ConnectInput
from trenddojo.store.lock_file import LockFile
from trenddojo.store.models import User

INTEGRATIONS = {"enable_broker_integrations": True, "broker_encryption_key": "k" * 40}
SIMULATED = {"broker": "simulated", "mode": "mock", "credentials": {"latency_ms": "0", "always_open": "on"}}
FAKE = {"broker": "fake", "mode": "paper", "credentials": fake_broker.KEYS}


def entered(base: dict[str, Any] = SIMULATED, **changes: Any) -> ConnectInput:
    return parse(ConnectInput, {**base, **changes})


def furnish(app: Flask, monotonic: Callable[[], float] = time.monotonic, **switches: Any) -> BrokerManager:
    """The application's manager, which never sleeps; `switches` change the server's configuration."""
    cast(Application, app).furnish()
    before: Runtime = app.extensions["trenddojo"]
    config = replace(before.config, **switches)
    install(app, Runtime(config, before.clock))
    if config.broker_encryption_key:
        app.extensions["vault"] = quick_vault(config.broker_encryption_key)
    brokerage.install(app, lambda: False, sleep=lambda _seconds: None, monotonic=monotonic)
    return cast(BrokerManager, app.extensions[brokerage.EXTENSION])


def connect(manager: BrokerManager, user: User, base: dict[str, Any] = SIMULATED, **changes: Any) -> Connected:
    return connections.connect(manager, user, entered(base, **changes), NOW)


def owned_by_another(app: Flask, holder: str = "another process") -> None:
    """Let another living process have the brokers: ours gives them back, and it has the lock file and the lease."""
    leases.keeper().release()
    path = app.extensions["trenddojo"].config.sqlite_path
    if path is not None:
        lock = LockFile(path)
        assert lock.acquire()
        app.extensions["lock of another"] = lock
    assert leases.acquire(leases.BROKERS, holder, leases.TTL, app.extensions["trenddojo"].clock())


def with_fake(monkeypatch: Any) -> fake_broker.World:
    """Put the fake broker into the registry, in a world in which all is well."""
    monkeypatch.setitem(registry.ADAPTERS, "fake", "tests.services.fake_broker")
    return fake_broker.begin_anew()
