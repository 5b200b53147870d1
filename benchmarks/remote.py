"""A broker on the other side of a network: the simulated exchange, which asks an address before each answer."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import TypeVar

from trenddojo.brokers.adapters.simulated import SPEC as SIMULATED
from trenddojo.brokers.http import Wire
from trenddojo.brokers.simulator.client import SimulatedClient
from trenddojo.brokers.simulator.exchange import Exchange
from trenddojo.brokers.spec import Building, CredentialField
from trenddojo.domain.terms import Mode

_T = TypeVar("_T")


class RemoteClient(SimulatedClient):
    """Answers once its address has."""

    def __init__(self, building: Building) -> None:
        super().__init__(SPEC, building)
        self._address = building.settings["address"]
        self._wire = Wire(self.name, SPEC.label, SPEC.hosts[building.mode], building.transport, sleep=building.sleep)

    def connect(self) -> None:
        self._wire.get(f"{self._address}/connect")
        super().connect()

    def _ask(self, operation: str, work: Callable[[Exchange, datetime], _T]) -> _T:
        self._wire.get(f"{self._address}/{operation}")
        return super()._ask(operation, work)


SPEC = replace(
    SIMULATED,
    name="remote",
    label="Remote",
    aliases=(),
    modes=frozenset({Mode.PAPER}),
    hosts={Mode.PAPER: frozenset({"127.0.0.1"})},
    fields=(CredentialField(name="address", label="Address", message="An address.", is_setting=True),),
    build=RemoteClient,
)
