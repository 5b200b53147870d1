"""What an account is worth and may spend, out of its ledger and the prices."""

from collections import defaultdict
from datetime import datetime
from decimal import Decimal
from functools import cached_property

from tests.brokers.alpaca.venue.account import Account, has_margin, order_cost
from tests.brokers.alpaca.venue.assets import CRYPTO
from tests.brokers.alpaca.venue.orders import ZERO
from tests.brokers.alpaca.venue.prices import Prices

_INITIAL, _MAINTENANCE = Decimal("0.5"), Decimal("0.3")


class Figures:
    """At one instant; each is computed when asked for."""

    def __init__(self, account: Account, prices: Prices) -> None:
        self._account = account
        self._prices = prices

    @cached_property
    def cash(self) -> Decimal:
        return self._account.cash

    @cached_property
    def long_value(self) -> Decimal:
        return sum((value for _, value in self._values() if value > 0), ZERO)

    @cached_property
    def short_value(self) -> Decimal:
        return sum((value for _, value in self._values() if value < 0), ZERO)

    @cached_property
    def equity(self) -> Decimal:
        return self.cash + self.long_value + self.short_value

    @cached_property
    def initial_margin(self) -> Decimal:
        return sum((abs(value) * (1 if symbol in CRYPTO else _INITIAL) for symbol, value in self._values()), ZERO)

    @cached_property
    def maintenance_margin(self) -> Decimal:
        return sum((abs(value) * (1 if symbol in CRYPTO else _MAINTENANCE) for symbol, value in self._values()), ZERO)

    @cached_property
    def multiplier(self) -> int:
        return 2 if has_margin(self.equity) and self._account.configuration.max_margin_multiplier != "1" else 1

    @cached_property
    def reserved(self) -> Decimal:
        """What the open opening orders tie up."""
        orders, price = self._account.open_orders.values(), self._prices.table()
        return sum((order_cost(order, price(order.symbol)) for order in orders if order.opens), ZERO)

    @cached_property
    def buying_power(self) -> Decimal:
        free = max(ZERO, self.equity - self.initial_margin) * 2 if self.multiplier == 2 else self.cash
        return max(ZERO, free - self.reserved)

    @cached_property
    def non_marginable_buying_power(self) -> Decimal:
        return max(ZERO, min(self.cash, self.equity - self.initial_margin) - self.reserved)

    def equity_at(self, at: datetime) -> Decimal:
        """What it was worth then, by the prices of then."""
        return self._cash_at(at) + sum(
            (qty * self._prices.price_at(symbol, at) for symbol, qty in self._held_at(at).items()), ZERO
        )

    def held_at(self, symbol: str, at: datetime) -> Decimal:
        return self._held_at(at).get(symbol, ZERO)

    def spent_since(self, symbol: str, at: datetime) -> Decimal:
        """What purchases less sales have cost since then."""
        fills = (fill for fill in self._account.fills if fill.symbol == symbol and fill.at > at)
        return sum((fill.signed * fill.price for fill in fills), ZERO)

    def _cash_at(self, at: datetime) -> Decimal:
        cash = self._account.starting_cash + sum(
            (entry.net_amount for entry in self._account.entries if entry.at <= at), ZERO
        )
        return cash - sum((fill.signed * fill.price for fill in self._account.fills if fill.at <= at), ZERO)

    def _held_at(self, at: datetime) -> dict[str, Decimal]:
        held: dict[str, Decimal] = defaultdict(lambda: ZERO)
        for fill in self._account.fills:
            if fill.at <= at:
                held[fill.symbol] += fill.signed
        return {symbol: qty for symbol, qty in held.items() if qty}

    def _values(self) -> list[tuple[str, Decimal]]:
        holdings = self._account.holdings.items()
        return [(symbol, holding.qty * self._prices.price(symbol)) for symbol, holding in holdings]
