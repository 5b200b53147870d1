"""Positions, account values and profits: told when asked for, and from then on when they change.

Source: IBKR's "TWS API: Account and Portfolio Data". Values change with positions, and every three minutes.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from tests.brokers.interactive_brokers.gateway.account import Holding
from tests.brokers.interactive_brokers.gateway.asked import Asked
from tests.brokers.interactive_brokers.gateway.client import ApiClient
from tests.brokers.interactive_brokers.gateway.context import Context, Handler
from tests.brokers.interactive_brokers.gateway.figures import Figures, Value
from tests.brokers.interactive_brokers.gateway.instruments import Instrument
from tests.brokers.interactive_brokers.gateway.messages import (
    Message,
    account_summary,
    account_time,
    account_update_multi,
    account_value,
    end_of,
    portfolio,
    position,
    position_multi,
)
from tests.brokers.interactive_brokers.gateway.refusals import Refusal, invalid
from tests.brokers.interactive_brokers.gateway.times import ZONE

_EVERY = timedelta(minutes=3)
_MOST_SUMMARIES = 2


class AccountDesk:
    """`refreshed_at` is when everybody was told the values last."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._refreshed_at: datetime = context.now()

    def handlers(self) -> dict[str, Handler]:
        return {
            "reqPositions": self._positions,
            "cancelPositions": self._cancel_positions,
            "reqPositionsMulti": self._positions_multi,
            "cancelPositionsMulti": self._cancel_positions_multi,
            "reqAccountUpdates": self._account_updates,
            "reqAccountUpdatesMulti": self._account_updates_multi,
            "cancelAccountUpdatesMulti": self._cancel_account_updates_multi,
            "reqAccountSummary": self._account_summary,
            "cancelAccountSummary": self._cancel_account_summary,
        }

    # --- asked for

    def _positions(self, client: ApiClient, _asked: Asked) -> None:
        client.subscribed.positions = True
        for account in self._context.accounts:
            client.tell(*(position(account, holding) for holding in self._holdings(account)))
        client.tell(end_of("positionEnd", 1))

    def _cancel_positions(self, client: ApiClient, _asked: Asked) -> None:
        client.subscribed.positions = False

    def _positions_multi(self, client: ApiClient, asked: Asked) -> None:
        account = self._known(asked.rest().text())
        client.subscribed.positions_multi[asked.id] = account
        client.tell(*(position_multi(asked.id, account, holding) for holding in self._holdings(account)))
        client.tell(end_of("positionMultiEnd", 1, asked.id))

    def _cancel_positions_multi(self, client: ApiClient, asked: Asked) -> None:
        client.subscribed.positions_multi.pop(asked.id, None)

    def _account_updates(self, client: ApiClient, asked: Asked) -> None:
        fields = asked.rest()
        is_wanted, account = fields.flag(), fields.text()
        if not is_wanted:
            client.subscribed.account = None
            return
        account = self._known(account)
        for other in self._context.clients.ready:
            if other.subscribed.account != account:
                other.subscribed.account = None  # one account at a time, whoever asks
        client.subscribed.account = account
        self._forget(client, ("updates", account))
        self._tell_updates(client, account)
        client.tell(end_of("accountDownloadEnd", 1, account))

    def _account_updates_multi(self, client: ApiClient, asked: Asked) -> None:
        account = self._known(asked.rest().text())
        client.subscribed.accounts_multi[asked.id] = account
        self._forget(client, ("multi", asked.id))
        self._tell_multi(client, asked.id, account)
        client.tell(end_of("accountUpdateMultiEnd", 1, asked.id))

    def _cancel_account_updates_multi(self, client: ApiClient, asked: Asked) -> None:
        client.subscribed.accounts_multi.pop(asked.id, None)

    def _account_summary(self, client: ApiClient, asked: Asked) -> None:
        fields = asked.rest()
        group, tags = fields.text(), fields.text()
        summaries = client.subscribed.summaries
        if asked.id not in summaries and len(summaries) >= _MOST_SUMMARIES:
            raise Refusal(322, "Error processing request.-'bN' : cause - Maximum number of account summary requests "
                          "exceeded; desubscribe first to request again.")  # fmt: skip
        accounts = self._context.accounts if group == "All" else (self._known(group),)
        summaries[asked.id] = accounts, frozenset(tags.split(","))
        self._forget(client, ("summary", asked.id))
        self._tell_summary(client, asked.id)
        client.tell(end_of("accountSummaryEnd", 1, asked.id))

    def _cancel_account_summary(self, client: ApiClient, asked: Asked) -> None:
        client.subscribed.summaries.pop(asked.id, None)

    # --- told by itself

    def moved(self, account: str, instrument: Instrument) -> None:
        """A position has changed, and with it the figures."""
        held = self._context.book.accounts[account].holdings.get(instrument.con_id, Holding(instrument))
        for client in self._context.clients.ready:
            if client.subscribed.positions:
                client.tell(position(account, held))
            multi = client.subscribed.positions_multi.items()
            client.tell(*(position_multi(number, account, held) for number, whose in multi if whose == account))
            if client.subscribed.account == account:
                client.tell(self._portfolio(account, held))
            self._tell_news(client, account)

    def refresh(self) -> None:
        """Every three minutes, all that has changed."""
        if abs(self._context.now() - self._refreshed_at) >= _EVERY:
            self.refresh_now()

    def refresh_now(self) -> None:
        self._refreshed_at = self._context.now()
        for client in self._context.clients.ready:
            for account in self._context.accounts:
                self._tell_news(client, account)

    # --- telling

    def _tell_news(self, client: ApiClient, account: str) -> None:
        subscribed = client.subscribed
        if subscribed.account == account:
            self._tell_updates(client, account)
        for number, whose in subscribed.accounts_multi.items():
            if whose == account:
                self._tell_multi(client, number, account)
        for number, (accounts, _) in subscribed.summaries.items():
            if account in accounts:
                self._tell_summary(client, number)

    def _tell_updates(self, client: ApiClient, account: str) -> None:
        news = self._news(client, ("updates", account), self._values(account))
        client.tell(*(account_value(account, *value) for value in news))
        for holding in self._holdings(account):
            client.tell(self._portfolio(account, holding))
        client.tell(account_time(f"{self._context.now().astimezone(ZONE):%H:%M}"))

    def _tell_multi(self, client: ApiClient, number: int, account: str) -> None:
        news = self._news(client, ("multi", number, account), self._values(account))
        client.tell(*(account_update_multi(number, account, *value) for value in news))

    def _tell_summary(self, client: ApiClient, number: int) -> None:
        accounts, tags = client.subscribed.summaries[number]
        for account in accounts:
            values = [value for value in self._values(account) if value[0] in tags and value[2] in ("", "USD")]
            news = self._news(client, ("summary", number, account), values)
            client.tell(*(account_summary(number, account, *value) for value in news))

    def _portfolio(self, account: str, holding: Holding) -> Message:
        price = self._context.market.price(holding.instrument)
        unrealized = holding.quantity * price * holding.instrument.multiplier - holding.cost
        return portfolio(account, holding, price, round(unrealized, 2))

    @staticmethod
    def _forget(client: ApiClient, key: tuple[object, ...]) -> None:
        """Have everything told anew under a key."""
        told = client.subscribed.told
        client.subscribed.told = {known: value for known, value in told.items() if known[: len(key)] != key}

    @staticmethod
    def _news(client: ApiClient, key: tuple[object, ...], values: Iterable[Value]) -> list[Value]:
        """The values that were not told before under the same key."""
        told, news = client.subscribed.told, []
        for tag, value, currency in values:
            if told.get((*key, tag, currency)) != value:
                told[(*key, tag, currency)] = value
                news.append((tag, value, currency))
        return news

    def _values(self, account: str) -> list[Value]:
        return list(self._figures(account).values(is_ready=self._context.switches.account_ready))

    def _figures(self, account: str) -> Figures:
        return self._context.book.figures(account)

    def _holdings(self, account: str) -> list[Holding]:
        return list(self._context.book.accounts[account].holdings.values())

    def _known(self, account: str) -> str:
        """An account by its id; the only one where none is named. Raises Refusal."""
        if not account and len(self._context.accounts) == 1:
            return self._context.accounts[0]
        if account not in self._context.accounts:
            raise invalid(f"Invalid account code '{account}'.")
        return account
