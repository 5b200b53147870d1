"""What connections work with, and how a client is built from it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from random import Random
from typing import TYPE_CHECKING

from trenddojo.brokers.backoff import BackOff, Retrying
from trenddojo.brokers.base import BrokerClient
from trenddojo.brokers.building import build_client
from trenddojo.brokers.ports import Link
from trenddojo.brokers.spec import BrokerSpec, Building, LedgerStore, Operator, TokenStore

if TYPE_CHECKING:
    from requests import Session


@dataclass(frozen=True, slots=True, kw_only=True)
class Tools:
    """Time, chance and the network. `patience` is how many seconds a caller waits for a connection that is in use."""

    clock: Callable[[], datetime]
    monotonic: Callable[[], float]
    sleep: Callable[[float], None]
    random: Random
    transport: Callable[[], Session]
    patience: float
    operator: Operator
    backoff: BackOff = field(default_factory=BackOff)
    retrying: Retrying = field(default_factory=Retrying)

    def client(
        self,
        spec: BrokerSpec,
        link: Link,
        *,
        credentials: Mapping[str, str],
        ledger: LedgerStore,
        tokens: TokenStore,
    ) -> BrokerClient:
        """A client for `link`, not yet connected. Raises BrokerError for a mode that the broker does not have."""
        building = Building(
            connection=str(link.connection_id),
            mode=link.mode,
            credentials=credentials,
            settings=link.settings,
            clock=self.clock,
            sleep=self.sleep,
            transport=self.transport,
            ledger=ledger,
            tokens=tokens,
            monotonic=self.monotonic,
            random=self.random,
            operator=self.operator,
        )
        client = build_client(spec, building)
        if client.name != link.broker:
            raise TypeError(f"the client of {link.broker} calls itself {client.name}")
        return client
