"""Alpaca on this machine, for tests: see `venue`."""

from tests.brokers.alpaca.venue.venue import KEYS, LIVE_KEYS, Venue, alpaca_venue

__all__ = ["KEYS", "LIVE_KEYS", "Venue", "alpaca_venue"]
