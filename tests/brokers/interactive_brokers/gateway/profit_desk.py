"""Profit and loss, told once asked for and whenever it changes. Source: IBKR's "TWS API: Profit And Loss (P&L)"."""

from decimal import Decimal

from tests.brokers.interactive_brokers.gateway.account import Holding
from tests.brokers.interactive_brokers.gateway.asked import Asked
from tests.brokers.interactive_brokers.gateway.client import ApiClient
from tests.brokers.interactive_brokers.gateway.context import Context, Handler
from tests.brokers.interactive_brokers.gateway.messages import Message, pnl, pnl_single

_ALL = 0
_CENT = Decimal("0.01")


class ProfitDesk:
    def __init__(self, context: Context) -> None:
        self._context = context

    def handlers(self) -> dict[str, Handler]:
        return {
            "reqPnL": self._profit,
            "cancelPnL": self._cancel,
            "reqPnLSingle": self._profit_of_one,
            "cancelPnLSingle": self._cancel,
        }

    def _profit(self, client: ApiClient, asked: Asked) -> None:
        client.subscribed.profits[asked.id] = asked.rest().text(), _ALL
        self._tell(client, asked.id)

    def _profit_of_one(self, client: ApiClient, asked: Asked) -> None:
        fields = asked.rest()
        account, _model, con_id = fields.text(), fields.text(), fields.integer()
        client.subscribed.profits[asked.id] = account, con_id
        self._tell(client, asked.id)

    def _cancel(self, client: ApiClient, asked: Asked) -> None:
        client.subscribed.profits.pop(asked.id, None)
        client.subscribed.told.pop(("profit", asked.id), None)

    def tell_news(self) -> None:
        """To everybody whose profit has changed."""
        for client in self._context.clients.ready:
            for number in client.subscribed.profits:
                self._tell(client, number)

    def _tell(self, client: ApiClient, number: int) -> None:
        account, con_id = client.subscribed.profits[number]
        message = self._of_one(number, account, con_id) if con_id else self._of_all(number, account)
        key = "profit", number
        if client.subscribed.told.get(key) != message:
            client.subscribed.told[key] = message
            client.tell(message)

    def _of_all(self, number: int, account: str) -> Message:
        figures = self._context.book.figures(account)
        unrealized, realized = round(figures.unrealized, 2), round(figures.realized, 2)
        return pnl(number, unrealized + realized, unrealized, realized)

    def _of_one(self, number: int, account: str, con_id: int) -> Message:
        instrument = self._context.instruments.known[con_id]
        held = self._context.book.accounts[account].holdings.get(con_id, Holding(instrument))
        value = held.quantity * self._context.market.price(instrument) * instrument.multiplier
        return pnl_single(number, held.quantity, (value - held.cost).quantize(_CENT), value)
