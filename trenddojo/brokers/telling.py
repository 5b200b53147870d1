"""What there is to tell of one connection: gathered while it is locked, told when it is not."""

from collections import deque
from datetime import datetime, timedelta

from trenddojo.brokers.errors import BrokerError
from trenddojo.brokers.ports import Link, Ports
from trenddojo.brokers.standing import Standing
from trenddojo.brokers.tools import Tools
from trenddojo.brokers.types import ConnectionStatus


class Telling:
    """Tells each fault once, and each standing when it is another than the last."""

    def __init__(self, ports: Ports, tools: Tools) -> None:
        self._ports, self._tools = ports, tools
        self._faults: deque[tuple[BrokerError, str]] = deque()
        self._told: Standing | None = None

    def note(self, error: BrokerError, what: str) -> None:
        """Remember a fault to tell."""
        self._faults.append((error, what))

    def anew(self) -> None:
        """Tell the standing the next time, whatever was told before."""
        self._told = None

    def tell(self, link: Link, now: Standing | None) -> None:
        """Tell what there is. No lock may be held: the ports write to the database."""
        while self._faults:
            self._ports.on_fault(link, *self._faults.popleft())
        before, self._told = self._told, now
        if now is not None and now is not before:
            self._ports.on_state(link, now.status, self._next_try(now))

    def tell_shut(self, link: Link, sentence: str) -> None:
        """Tell that a connection may not be used, and why."""
        at = self._tools.clock()
        status = ConnectionStatus(is_connected=False, is_healthy=False, error=sentence, since=at)
        self._ports.on_state(link, status, None)

    def _next_try(self, now: Standing) -> datetime | None:
        if now.due is None:
            return None
        return self._tools.clock() + timedelta(seconds=max(0.0, now.due - self._tools.monotonic()))
