"""What clients send: every message by its name, as IBKR's EClient calls it."""

from dataclasses import dataclass, field
from functools import cached_property

from tests.brokers.interactive_brokers.gateway.fields import Fields, whole
from tests.brokers.interactive_brokers.gateway.tickets import Ticket, read_ticket


@dataclass(frozen=True)
class Kind:
    """A kind of message: whether a version comes first, and then an id."""

    name: str
    has_version: bool
    has_id: bool


def _kinds(names: str, *, has_version: bool = True, has_id: bool = False) -> dict[int, Kind]:
    pairs = (part.split(":") for part in names.split())
    return {int(number): Kind(name, has_version, has_id) for number, name in pairs}


KINDS: dict[int, Kind] = (
    _kinds(
        "5:reqOpenOrders 6:reqAccountUpdates 8:reqIds 15:reqAutoOpenOrders 16:reqAllOpenOrders 17:reqManagedAccts "
        "49:reqCurrentTime 58:reqGlobalCancel 59:reqMarketDataType 61:reqPositions 64:cancelPositions 71:startApi"
    )
    | _kinds(
        "1:reqMktData 2:cancelMktData 4:cancelOrder 7:reqExecutions 9:reqContractDetails 25:cancelHistoricalData "
        "62:reqAccountSummary 63:cancelAccountSummary 74:reqPositionsMulti 75:cancelPositionsMulti "
        "76:reqAccountUpdatesMulti 77:cancelAccountUpdatesMulti",
        has_id=True,
    )
    | _kinds(
        "3:placeOrder 20:reqHistoricalData 81:reqMatchingSymbols 91:reqMarketRule 92:reqPnL 93:cancelPnL "
        "94:reqPnLSingle 95:cancelPnLSingle",
        has_version=False,
        has_id=True,
    )
    | _kinds("99:reqCompletedOrders", has_version=False)
)


@dataclass(frozen=True)
class Asked:
    """One message. `id` is the request's or the order's, -1 where the kind has none; `fields` are what follows it."""

    kind: str
    client_id: int
    version: int
    id: int
    fields: list[str] = field(default_factory=list)

    @cached_property
    def ticket(self) -> Ticket:
        """What a placeOrder says. Raises Refusal."""
        return read_ticket(Fields([str(self.id), *self.fields]), self.version)

    def rest(self) -> Fields:
        return Fields(self.fields)


def read_asked(fields: list[str], client_id: int, version: int) -> Asked:
    """A message of a kind that is not known keeps its number for a name. Raises Refusal."""
    kind = KINDS.get(whole(fields[0]), Kind(fields[0], has_version=False, has_id=False))
    _, *rest = fields[kind.has_version :]
    request_id = whole(rest.pop(0)) if kind.has_id and rest else -1
    return Asked(kind.name, client_id, version, request_id, rest)
