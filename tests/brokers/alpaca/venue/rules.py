"""What the venue checks before it takes an order, in its order: each check raises Refusal."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from tests.brokers.alpaca.venue.account import Account, cost
from tests.brokers.alpaca.venue.assets import Asset, Assets
from tests.brokers.alpaca.venue.families import guards
from tests.brokers.alpaca.venue.figures import Figures
from tests.brokers.alpaca.venue.hours import is_forbidden
from tests.brokers.alpaca.venue.intake import Ticket, check_stock_price
from tests.brokers.alpaca.venue.orders import ZERO, Order
from tests.brokers.alpaca.venue.prices import Prices
from tests.brokers.alpaca.venue.refusals import Refusal, forbidden, illegal, missing

_CENT = Decimal("0.01")
_FRACTIONAL_TYPES = ("market", "limit", "stop", "stop_limit")
_CRYPTO_TYPES = ("market", "limit", "stop_limit")
_AT_ANY_PRICE = ("market", "stop", "stop_limit", "trailing_stop")


@dataclass(frozen=True)
class Rules:
    account: Account
    prices: Prices
    assets: Assets

    def admitted(self, ticket: Ticket, now: datetime) -> tuple[Asset, str]:
        """The asset, and what the order means to do with the position. Raises Refusal."""
        asset = self._tradable(ticket.symbol)
        self.check_client_id(ticket.client_order_id)
        if self.account.configuration.suspend_trade:
            raise forbidden("new orders are rejected by user request")
        if is_forbidden(ticket.time_in_force, now):
            raise illegal(f"{ticket.time_in_force} orders are not accepted at this time")
        _check_coin(ticket) if asset.is_crypto else _check_share(ticket, asset)
        intent = self._intent(ticket, asset)
        price = self.prices.price(asset.symbol)
        _check_family_prices(ticket, price)
        check_stop(ticket, price)
        if not ticket.order_class and ticket.type != "trailing_stop":
            self._check_wash(ticket, asset, price)
        if intent.endswith("close"):
            self._check_available(ticket, asset)
        else:
            self._check_opening(ticket, asset, price)
        return asset, intent

    def check_client_id(self, client_order_id: str | None) -> None:
        if client_order_id in self.account.by_client_id:
            raise missing("client_order_id must be unique")

    def check_buying_power(self, wanted: Decimal, *, is_crypto: bool, released: Decimal = ZERO) -> None:
        """`released` is what an order that is replaced gives back."""
        figures = Figures(self.account, self.prices)
        power = (figures.non_marginable_buying_power if is_crypto else figures.buying_power) + released
        if wanted > power:
            raise forbidden("insufficient buying power", buying_power=f"{power:.2f}", cost_basis=f"{wanted:.2f}")

    def insufficient(self, symbol: str, wanted: Decimal) -> Refusal:
        held, available = abs(self.account.held(symbol)), self.account.available(symbol)
        return forbidden(
            f"insufficient qty available for order (requested: {wanted:f}, available: {available:f})",
            available=f"{available:f}",
            existing_qty=f"{held:f}",
            held_for_orders=f"{self.account.held_for_orders(symbol):f}",
            related_orders=[order.id for order in self.account.exits(symbol)],
            symbol=symbol,
        )

    def _tradable(self, symbol: str) -> Asset:
        asset = self.assets.find(symbol)
        if asset is None or not self.prices.knows(asset.symbol):
            raise illegal(f'asset "{symbol}" not found')
        if asset.status != "active":
            raise illegal(f'asset "{asset.symbol}" is not active')
        if not asset.tradable:
            raise illegal(f'asset "{asset.symbol}" is not tradable')
        return asset

    def _intent(self, ticket: Ticket, asset: Asset) -> str:
        held = self.account.held(asset.symbol)
        closes = held < 0 if ticket.is_buy else held > 0
        if asset.is_crypto and not ticket.is_buy:
            closes = True
        if ticket.order_class == "oco" and not closes:
            raise illegal("oco orders must be exit orders")
        if ticket.order_class in ("bracket", "oto") and closes:
            raise illegal(f"{ticket.order_class} orders must be entry orders")
        return f"{ticket.side}_to_{'close' if closes else 'open'}"

    def _check_wash(self, ticket: Ticket, asset: Asset, price: Decimal) -> None:
        for order in self.account.open_orders.values():
            if order.symbol != asset.symbol or order.side == ticket.side or order.status == "held":
                continue
            at_any_price = ticket.type in _AT_ANY_PRICE or order.type in _AT_ANY_PRICE
            buy, sell = (ticket, order) if ticket.is_buy else (order, ticket)
            if guards(order) and (at_any_price or (buy.limit_price or price) >= (sell.limit_price or price)):
                raise forbidden(
                    "potential wash trade detected. use complex orders",
                    existing_order_id=order.id,
                    reject_reason="opposite side market/stop order exists",
                )

    def _check_available(self, ticket: Ticket, asset: Asset) -> None:
        wanted = ticket.qty if ticket.qty is not None else _shares(ticket, self.prices.price(asset.symbol))
        available = self.account.available(asset.symbol)
        if wanted <= available:
            return
        if asset.is_crypto:
            coin = asset.symbol.partition("/")[0]
            raise forbidden(
                f"insufficient balance for {coin} (requested: {wanted:f}, available: {available:f})",
                available=f"{available:f}",
                balance=f"{abs(self.account.held(asset.symbol)):f}",
                symbol=coin,
            )
        raise self.insufficient(asset.symbol, wanted)

    def _check_opening(self, ticket: Ticket, asset: Asset, price: Decimal) -> None:
        self._check_other_direction(ticket, asset)
        if not ticket.is_buy:
            self._check_short(ticket, asset)
        unit = cost(
            ticket.type, is_buy=ticket.is_buy, limit=ticket.limit_price, stop=ticket.stop_price, price=price
        )  # fmt: skip
        wanted = ticket.notional if ticket.qty is None else ticket.qty * unit
        assert wanted is not None
        least = 10 if asset.is_crypto else 1
        if wanted < least:
            raise forbidden(f"cost basis must be >= minimal amount of order {least}")
        self.check_buying_power(wanted, is_crypto=asset.is_crypto)

    def _check_other_direction(self, ticket: Ticket, asset: Asset) -> None:
        if self.account.held(asset.symbol):
            return
        for order in self.account.open_orders.values():
            if order.symbol == asset.symbol and order.opens and order.side != ticket.side:
                new, old = ("long buy", "short sell") if ticket.is_buy else ("short sell", "long buy")
                raise forbidden(f"cannot open a {new} while a {old} order is open", existing_order_id=order.id)

    def _check_short(self, ticket: Ticket, asset: Asset) -> None:
        if ticket.is_fractional:
            raise illegal("fractional orders cannot be sold short")
        figures = Figures(self.account, self.prices)
        if self.account.configuration.no_shorting or figures.multiplier == 1:
            raise forbidden("account is not allowed to short")
        if not (asset.shortable and asset.easy_to_borrow):
            raise forbidden(f'asset "{asset.symbol}" cannot be sold short')


def check_stop(ticket: "Ticket | Order", price: Decimal) -> None:
    """A stop must not trigger at once."""
    stop = ticket.stop_price
    if stop is None or ticket.type == "trailing_stop":
        return
    if stop <= price if ticket.is_buy else stop >= price:
        raise illegal(
            f"stop price must be {'greater' if ticket.is_buy else 'less'} than current price",
            market_price=f"{price:f}",
            stop_price=f"{stop:f}",
        )


def check_leg_stop(*, exit_is_buy: bool, stop: Decimal, base: Decimal) -> None:
    """A stop-loss keeps a cent away from the entry's price, and from the take-profit of an oco."""
    if exit_is_buy and stop < base + _CENT:
        raise illegal("stop_loss.stop_price must be >= base_price + 0.01", base_price=f"{base:f}")
    if not exit_is_buy and stop > base - _CENT:
        raise illegal("stop_loss.stop_price must be <= base_price - 0.01", base_price=f"{base:f}")


def _check_family_prices(ticket: Ticket, price: Decimal) -> None:
    if not ticket.order_class:
        return
    profit, stop = ticket.take_profit, ticket.stop_loss
    exit_is_buy = ticket.is_buy if ticket.order_class == "oco" else not ticket.is_buy
    base = price if ticket.order_class == "oco" else ticket.limit_price or price
    if stop is not None:
        check_leg_stop(exit_is_buy=exit_is_buy, stop=stop, base=base)
    if profit is not None and stop is not None and (profit >= stop if exit_is_buy else profit <= stop):
        raise illegal(f"take_profit.limit_price must be {'<' if exit_is_buy else '>'} stop_loss.stop_price")


def _check_share(ticket: Ticket, asset: Asset) -> None:
    for name, price in (("limit_price", ticket.limit_price), ("stop_price", ticket.stop_price),
                        ("take_profit.limit_price", ticket.take_profit), ("stop_loss.stop_price", ticket.stop_loss),
                        ("stop_loss.limit_price", ticket.stop_loss_limit)):  # fmt: skip
        check_stock_price(name, price)
    if ticket.time_in_force in ("opg", "cls") and ticket.type not in ("market", "limit"):
        raise illegal(f"{ticket.time_in_force} orders must be market or limit orders")
    if ticket.type == "trailing_stop" and ticket.time_in_force not in ("day", "gtc"):
        raise illegal("trailing stop orders must be DAY or GTC orders")
    if ticket.is_fractional:
        _check_fraction(ticket, asset)


def _check_fraction(ticket: Ticket, asset: Asset) -> None:
    if not asset.fractionable:
        raise forbidden("requested asset is not fractionable")
    if ticket.order_class:
        raise illegal("fractional orders must be simple orders")
    if ticket.time_in_force != "day":
        raise illegal("fractional orders must be DAY orders")
    if ticket.type not in (_FRACTIONAL_TYPES if ticket.qty is not None else ("market", "limit")):
        raise illegal(f"fractional orders do not support {ticket.type} orders")


def _check_coin(ticket: Ticket) -> None:
    if ticket.type not in _CRYPTO_TYPES:
        raise illegal("invalid order type for crypto order")
    if ticket.time_in_force not in ("gtc", "ioc"):
        raise illegal("invalid crypto time_in_force")
    if ticket.order_class:
        raise illegal("crypto orders must be simple orders")


def _shares(ticket: Ticket, price: Decimal) -> Decimal:
    assert ticket.notional is not None
    return round(ticket.notional / price - Decimal("5e-10"), 9)
