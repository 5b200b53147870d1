"""A client for a broker and a mode: the simulated exchange in mock mode, the broker's own adapter in every other."""

from trenddojo.brokers.base import BrokerClient
from trenddojo.brokers.errors import BrokerError, BrokerErrorCode
from trenddojo.brokers.spec import BrokerSpec, Building
from trenddojo.domain.terms import Mode


def build_client(spec: BrokerSpec, building: Building) -> BrokerClient:
    """A client, not yet connected. Raises BrokerError for a mode that the broker does not have."""
    if building.mode not in spec.modes:
        message = f"{spec.label} cannot be connected in {building.mode} mode."
        raise BrokerError(message, BrokerErrorCode.CONNECTION_FAILED, spec.name)
    if building.mode is Mode.MOCK:
        from trenddojo.brokers.simulator.client import SimulatedClient  # noqa: PLC0415 - only where it is used

        return SimulatedClient(spec, building)
    if spec.build is None:
        raise TypeError(f"{spec.name} names the mode {building.mode} and builds nothing for it")
    return spec.build(building)
