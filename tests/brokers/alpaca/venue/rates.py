"""The limit of requests a minute, and the headers that tell of it."""

from collections.abc import Callable
from datetime import datetime

from tests.brokers.alpaca.venue.data_api import is_data
from tests.brokers.alpaca.venue.refusals import Refusal
from tests.brokers.alpaca.venue.switches import Switches

_USUAL = 200
_WINDOW = 60


class Rates:
    """Counts the trading host's requests in windows of a minute by the venue's clock, where a limit is switched on."""

    def __init__(self, switches: Switches, now: Callable[[], datetime]) -> None:
        self._switches = switches
        self._now = now
        self._window = 0
        self._count = 0

    def count(self, path: str) -> None:
        """Count a request. Raises Refusal above the limit."""
        limit = self._switches.rate_limit
        if limit is None or is_data(path):
            return
        window = int(self._now().timestamp()) // _WINDOW
        self._count = self._count + 1 if window == self._window else 1
        self._window = window
        if self._count > limit:
            raise Refusal(429, 42910000, "rate limit exceeded")

    def headers(self) -> dict[str, str]:
        limit = self._switches.rate_limit
        used = 1 if limit is None else min(self._count, limit)
        return {
            "X-RateLimit-Limit": str(limit or _USUAL),
            "X-RateLimit-Remaining": str((limit or _USUAL) - used),
            "X-RateLimit-Reset": str((int(self._now().timestamp()) // _WINDOW + 1) * _WINDOW),
        }
