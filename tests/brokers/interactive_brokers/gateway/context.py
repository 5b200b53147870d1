"""What the desks of the gateway share."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from tests.brokers.interactive_brokers.gateway.asked import Asked
from tests.brokers.interactive_brokers.gateway.book import Book
from tests.brokers.interactive_brokers.gateway.client import ApiClient
from tests.brokers.interactive_brokers.gateway.clients import Clients
from tests.brokers.interactive_brokers.gateway.instruments import Instruments
from tests.brokers.interactive_brokers.gateway.placing import Placing
from tests.brokers.interactive_brokers.gateway.prices import Market
from tests.brokers.interactive_brokers.gateway.switches import Switches

Handler = Callable[[ApiClient, Asked], None]


@dataclass(frozen=True, eq=False)
class Context:
    """`accounts` are the ids of those that are managed."""

    accounts: tuple[str, ...]
    switches: Switches
    now: Callable[[], datetime]
    instruments: Instruments
    market: Market
    clients: Clients
    book: Book
    placing: Placing
