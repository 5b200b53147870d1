"""The local Alpaca as a process of its own, open around the clock: python -m tests.chaos.alpaca

It prints its address, and works until it is killed; its ledger is its own memory.
"""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import UTC, datetime

from trenddojo.brokers.adapters.alpaca import SPEC as ALPACA
from trenddojo.brokers.simulator.sessions import AlwaysOpen
from trenddojo.brokers.spec import RateLimits

SPEC = replace(ALPACA, limits=RateLimits(otherwise=1_000_000))
"""Alpaca without request limits, for traffic that no person makes."""

if __name__ == "__main__":
    from tests.brokers.alpaca.venue import hours
    from tests.brokers.alpaca.venue.venue import alpaca_venue

    hours.SESSIONS = AlwaysOpen()  # type: ignore[assignment]
    with alpaca_venue(lambda: datetime.now(UTC)) as venue:
        print(venue.base_url, flush=True)
        threading.Event().wait()
