"""Questions about instruments, numbers and the time."""

from tests.brokers.interactive_brokers.gateway import sessions
from tests.brokers.interactive_brokers.gateway.asked import Asked
from tests.brokers.interactive_brokers.gateway.client import ApiClient
from tests.brokers.interactive_brokers.gateway.context import Context, Handler
from tests.brokers.interactive_brokers.gateway.instruments import RULES, Routed
from tests.brokers.interactive_brokers.gateway.messages import (
    Message,
    contract_details,
    current_time,
    end_of,
    managed_accounts,
    market_rule,
    next_valid_id,
    symbol_samples,
)
from tests.brokers.interactive_brokers.gateway.refusals import invalid
from tests.brokers.interactive_brokers.gateway.tickets import read_wanted


class ReferenceDesk:
    def __init__(self, context: Context) -> None:
        self._context = context

    def handlers(self) -> dict[str, Handler]:
        return {
            "reqContractDetails": self._contract_details,
            "reqMarketRule": self._market_rule,
            "reqMatchingSymbols": self._matching_symbols,
            "reqCurrentTime": self._current_time,
            "reqIds": self._ids,
            "reqManagedAccts": self._managed_accounts,
        }

    def _contract_details(self, client: ApiClient, asked: Asked) -> None:
        found = self._context.instruments.found(read_wanted(asked.rest()))
        client.tell(*(self._details(client, asked, routed) for routed in found))
        client.tell(end_of("contractDetailsEnd", 1, asked.id))

    def _details(self, client: ApiClient, asked: Asked, routed: Routed) -> Message:
        now, one = self._context.now(), routed.instrument
        hours = sessions.told(one, now, liquid=False), sessions.told(one, now, liquid=True)
        under = self._context.instruments.known.get(one.under_con_id)
        return contract_details(asked.id, routed, hours, under, client.version)

    def _market_rule(self, client: ApiClient, asked: Asked) -> None:
        if asked.id not in RULES:
            raise invalid(f"Invalid market rule id: {asked.id}")
        client.tell(market_rule(asked.id))

    def _matching_symbols(self, client: ApiClient, asked: Asked) -> None:
        found = self._context.instruments.matching(asked.rest().text())
        client.tell(symbol_samples(asked.id, found, client.version))

    def _current_time(self, client: ApiClient, _asked: Asked) -> None:
        client.tell(current_time(int(self._context.now().timestamp())))

    def _ids(self, client: ApiClient, _asked: Asked) -> None:
        assert client.id is not None
        client.tell(next_valid_id(self._context.placing.next_id(client.id)))

    def _managed_accounts(self, client: ApiClient, _asked: Asked) -> None:
        client.tell(managed_accounts(self._context.accounts))
