"""The contract's subject at the local gateway: a client of its paper or live account, and the gateway to judge by."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.brokers.interactive_brokers.gateway import Gateway, gateway
from tests.brokers.subjects import OPEN, Subject, building
from tests.conftest import Clock
from trenddojo.brokers.building import build_client
from trenddojo.brokers.registry import spec_of
from trenddojo.brokers.spec import Building
from trenddojo.domain.terms import Mode

ACCOUNT = {Mode.PAPER: "DU1234567", Mode.LIVE: "U1234567"}


def built_from(there: Gateway, clock: Clock, **changes: Any) -> Building:
    """What a client of the gateway's is built from."""
    mode = Mode.LIVE if there.is_live else Mode.PAPER
    parts: dict[str, Any] = {"settings": {"host": "127.0.0.1", "port": str(there.port), "client_id": "7"}}
    return building(mode, clock, **(parts | changes))


@contextmanager
def ibkr_subject(mode: Mode) -> Iterator[tuple[Subject, Gateway]]:
    """A client of the gateway's account."""
    clock, spec = Clock(OPEN), spec_of("interactive_brokers")
    with gateway(clock, live=mode is Mode.LIVE, accounts=(ACCOUNT[mode],)) as there:
        parts = built_from(there, clock)
        subject = Subject(spec=spec, mode=mode, clock=clock, fresh=lambda: build_client(spec, parts))
        try:
            yield subject, there
        finally:
            subject.client.disconnect()
