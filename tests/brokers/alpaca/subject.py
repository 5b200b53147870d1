"""The contract's subject at the local Alpaca: a client of its paper or live mode, and the venue to judge by."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.brokers.alpaca.venue.venue import Venue, alpaca_venue
from tests.brokers.subjects import OPEN, Subject, building
from tests.conftest import Clock
from trenddojo.brokers.adapters.alpaca.keys import KEY, SECRET
from trenddojo.brokers.adapters.alpaca.places import BASE, DATA
from trenddojo.brokers.building import build_client
from trenddojo.brokers.http import session
from trenddojo.brokers.registry import spec_of
from trenddojo.brokers.spec import Building, Operator
from trenddojo.domain.terms import Mode


def operator(venue: Venue) -> Operator:
    """A developer's machine whose Alpaca is the venue."""
    return Operator(variables={BASE: venue.base_url, DATA: venue.data_url}, is_production=False)


def built_from(venue: Venue, clock: Clock, **changes: Any) -> Building:
    """What a client of the venue's account is built from."""
    key, secret = venue.keys
    parts: dict[str, Any] = {
        "credentials": {KEY: key, SECRET: secret},
        "settings": {},
        "transport": session,
        "operator": operator(venue),
    }
    return building(Mode.LIVE if venue.is_live else Mode.PAPER, clock, **(parts | changes))


@contextmanager
def alpaca_subject(mode: Mode) -> Iterator[tuple[Subject, Venue]]:
    """A client of the venue's account."""
    clock = Clock(OPEN)
    spec = spec_of("alpaca")
    with alpaca_venue(clock, live=mode is Mode.LIVE) as venue:
        parts = built_from(venue, clock)
        subject = Subject(spec=spec, mode=mode, clock=clock, fresh=lambda: build_client(spec, parts))
        try:
            yield subject, venue
        finally:
            subject.client.disconnect()
