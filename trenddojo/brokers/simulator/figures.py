"""What an account is worth and how it is exposed: pure functions of its cash, its positions and the market's prices."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from trenddojo.brokers.simulator.holdings import Holding
from trenddojo.brokers.simulator.orders import Ticket
from trenddojo.brokers.types import Balances, MarginInfo, Position, RiskMetrics
from trenddojo.domain.money import RATIO_PLACES, ZERO, cents, rounded
from trenddojo.domain.terms import AssetType

MAINTENANCE_LONG = Decimal("0.25")
MAINTENANCE_SHORT = Decimal("0.30")
"""Shares of a position's value that must stay in equity: FINRA rule 4210 for shares of 5 USD and more."""


@dataclass(frozen=True, slots=True)
class Valued:
    """A holding at a price."""

    symbol: str
    holding: Holding
    price: Decimal

    @property
    def value(self) -> Decimal:
        """Its market value in cents, negative for a short."""
        return cents(self.holding.quantity * self.price)

    @property
    def unrealised(self) -> Decimal:
        """What closing it at the price would gain over its average price, in cents."""
        return cents(self.holding.quantity * (self.price - self.holding.average))

    @property
    def maintenance(self) -> Decimal:
        """The equity that keeping it asks for, in cents."""
        return maintenance(self.holding.quantity, self.price)


@dataclass(frozen=True, slots=True)
class Figures:
    """An account valued at one moment. `leverage` makes equity buying power."""

    cash: Decimal
    valued: tuple[Valued, ...]
    leverage: Decimal
    reserved: Decimal

    @property
    def equity(self) -> Decimal:
        """Cash and the value of everything that is held."""
        return self.cash + sum((one.value for one in self.valued), ZERO)

    @property
    def gross(self) -> Decimal:
        """The value of longs and shorts, added up without their signs."""
        return sum((abs(one.value) for one in self.valued), ZERO)

    @property
    def buying_power(self) -> Decimal:
        """Equity times leverage, less what is held and what working orders would open; never negative."""
        return max(ZERO, cents(self.equity * self.leverage) - self.gross - self.reserved)

    def balances(self, currency: str, now: datetime) -> Balances:
        """The account's money; trades settle at once here."""
        return Balances(
            currency=currency,
            cash=self.cash,
            equity=self.equity,
            buying_power=self.buying_power,
            long_value=sum((one.value for one in self.valued if one.value > 0), ZERO),
            short_value=sum((one.value for one in self.valued if one.value < 0), ZERO),
            settled_cash=self.cash,
            as_of=now,
        )

    def positions(self, currency: str) -> list[Position]:
        """Everything that is held, by symbol."""
        return [_position(one, currency) for one in self.valued]

    def risk(self) -> RiskMetrics:
        """How the account is exposed."""
        equity = self.equity
        kept = sum((one.maintenance for one in self.valued), ZERO)
        return RiskMetrics(
            equity=equity,
            gross_exposure=self.gross,
            net_exposure=sum((one.value for one in self.valued), ZERO),
            leverage=rounded(self.gross / equity, RATIO_PLACES) if equity > 0 else None,
            initial_margin=cents(self.gross / self.leverage),
            maintenance_margin=kept,
            excess_liquidity=equity - kept,
            unrealised=sum((one.unrealised for one in self.valued), ZERO),
        )


def valued(holdings: Mapping[str, Holding], prices: Mapping[str, Decimal]) -> tuple[Valued, ...]:
    """The holdings that are not empty, at their prices, by symbol."""
    return tuple(
        Valued(symbol, holding, prices[symbol]) for symbol, holding in sorted(holdings.items()) if holding.quantity
    )


def value_reserved(tickets: Iterable[Ticket]) -> Decimal:
    """What the working orders that open a position would cost."""
    return sum((cents(ticket.left * ticket.reserved) for ticket in tickets if ticket.is_open), ZERO)


def margin(symbol: str, quantity: Decimal, price: Decimal, leverage: Decimal) -> MarginInfo:
    """What `quantity` units at `price` would tie up."""
    return MarginInfo(
        symbol=symbol,
        quantity=quantity,
        price=price,
        initial_margin=cents(abs(quantity) * price / leverage),
        maintenance_margin=maintenance(quantity, price),
    )


def maintenance(quantity: Decimal, price: Decimal) -> Decimal:
    """The equity in cents that keeping `quantity` units, negative for a short, asks for at `price`."""
    return cents(abs(quantity) * price * (MAINTENANCE_LONG if quantity > 0 else MAINTENANCE_SHORT))


def _position(one: Valued, currency: str) -> Position:
    return Position(
        symbol=one.symbol,
        asset_type=AssetType.STOCK,
        quantity=one.holding.quantity,
        average_price=one.holding.average,
        market_price=one.price,
        market_value=one.value,
        unrealised=one.unrealised,
        currency=currency,
    )
