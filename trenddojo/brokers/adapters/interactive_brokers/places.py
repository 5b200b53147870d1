"""Where a gateway may be: on this machine, unless the operator names other hosts, so that the form scans no network."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from trenddojo.brokers.hosts import LOOPBACK
from trenddojo.brokers.spec import Building, Operator
from trenddojo.domain.terms import Mode

HOST, PORT, CLIENT_ID, ALLOWED = "IBKR_HOST", "IBKR_PORT", "IBKR_CLIENT_ID", "IBKR_ALLOWED_HOSTS"
_PORTS: Mapping[Mode, str] = MappingProxyType({Mode.PAPER: "7497", Mode.LIVE: "7496"})
"""Those of TWS; IB Gateway listens at 4002 and 4001 (IBKR, "TWS API: initial setup")."""
_THIS_MACHINE, _FIRST_CLIENT = "127.0.0.1", "1"
_MOST = {PORT: 65_535, CLIENT_ID: 2_147_483_647}


@dataclass(frozen=True, slots=True)
class Place:
    """A gateway, and which of its clients we are."""

    host: str
    port: int
    client_id: int

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


def place(building: Building) -> Place:
    """Where a connection's gateway is. Raises ValueError, with a sentence, for a host that is not allowed."""

    def of(field: str, otherwise: str) -> str:
        return building.settings.get(field) or building.credentials.get(field) or otherwise

    host = of("host", _THIS_MACHINE).lower()
    if host not in allowed(building.operator):
        message = (
            f"{host} is not among the hosts that this server may connect to. Its operator can add it to {ALLOWED}."
        )
        raise ValueError(message)
    return Place(host, int(of("port", _PORTS[building.mode])), int(of("client_id", _FIRST_CLIENT)))


def allowed(operator: Operator) -> frozenset[str]:
    """The hosts that a connection may name: this machine, and what the operator lists, separated by commas."""
    listed = operator.variables.get(ALLOWED, "").lower().split(",")
    return LOOPBACK | {one.strip() for one in listed if one.strip()}


def misset(operator: Operator) -> dict[str, str]:
    """What is wrong with each of the operator's variables."""
    found = {}
    host = operator.variables.get(HOST, "").strip().lower()
    if host and host not in allowed(operator):
        found[HOST] = f"names {host}, which is not among {ALLOWED}."
    for name, most in _MOST.items():
        told = operator.variables.get(name, "").strip()
        if told and not (told.isdecimal() and int(told) <= most):
            found[name] = f"must be a whole number of at most {most}."
    return found
