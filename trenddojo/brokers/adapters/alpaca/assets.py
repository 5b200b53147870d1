"""What Alpaca says of an asset, and what stands against an order because of it."""

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from urllib.parse import quote as quoted

from trenddojo.brokers.adapters.alpaca.rest import Rest
from trenddojo.brokers.adapters.alpaca.shapes import ASSET, Account, Asset
from trenddojo.brokers.errors import BrokerError, BrokerErrorCode
from trenddojo.brokers.spec import Capabilities
from trenddojo.brokers.validation import problems
from trenddojo.domain.orders import OrderRequest, is_pair
from trenddojo.domain.terms import Side

_FRESH = timedelta(hours=6)
"""How long what was told of an asset counts: lists of what can be borrowed change once a day."""
_ACTIVE = "active"
_UNKNOWN = "Alpaca does not know this symbol."
_PENNIES_FROM = Decimal(1)


class Assets:
    """Assets as they were last told, and the checks that need them."""

    def __init__(self, rest: Rest, can: Capabilities, clock: Callable[[], datetime], broker: str) -> None:
        self._rest, self._can, self._clock, self._broker = rest, can, clock, broker
        self._known: dict[str, tuple[datetime, Asset | None]] = {}

    def find(self, symbol: str) -> Asset | None:
        """An asset, None where Alpaca has none of this symbol. Raises BrokerError."""
        now = self._clock()
        at, asset = self._known.get(symbol, (None, None))
        if at is None or now - at > _FRESH:
            asset = self._rest.find(f"assets/{quoted(symbol, safe='')}", ASSET)
            self._known[symbol] = now, asset
        return asset

    def require(self, symbol: str) -> Asset:
        """An asset. Raises BrokerError (SYMBOL_NOT_FOUND)."""
        found = self.find(symbol)
        if found is None:
            raise self.unknown()
        return found

    def is_tradable(self, symbol: str) -> bool:
        """Whether orders for a symbol are taken. Raises BrokerError."""
        found = self.find(symbol)
        return found is not None and found.tradable and found.status == _ACTIVE

    def unknown(self) -> BrokerError:
        """The error that a symbol which Alpaca does not know meets."""
        return BrokerError(_UNKNOWN, BrokerErrorCode.SYMBOL_NOT_FOUND, self._broker, {"field": "symbol"})

    def form_problems(self, request: OrderRequest) -> dict[str, str]:
        """What can be said of an order by itself: one sentence for each bad field."""
        found = dict(problems(self._can, request).errors)
        for field, price in _prices(request).items():
            if price is not None and not is_pair(request.symbol) and not _is_on_grid(price):
                found.setdefault(field, "A price from 1 on has 2 decimals at most, one below has 4.")
        return found

    def problems(self, request: OrderRequest, account: Account, held: Callable[[str], Decimal]) -> dict[str, str]:
        """The same, with what Alpaca says of asset and account. Raises BrokerError."""
        found = self.form_problems(request)
        asset = self.find(request.symbol)
        if asset is None:
            return found | {"symbol": _UNKNOWN}
        if not self.is_tradable(request.symbol):
            found.setdefault("symbol", f"Alpaca does not trade {request.symbol} now.")
        if not asset.fractionable and request.quantity % 1:
            found.setdefault("quantity", f"{request.symbol} is traded in whole shares only.")
        can_short = asset.shortable and account.shorting_enabled
        if request.side is Side.SELL and not can_short and request.quantity > (owned := held(request.symbol)):
            found.setdefault("quantity", f"{request.symbol} cannot be sold short, and {owned.normalize():f} are held.")
        if account.trading_blocked or account.account_blocked:
            found.setdefault("symbol", "Alpaca has blocked trading on this account.")
        return found


def _prices(request: OrderRequest) -> dict[str, Decimal | None]:
    stop, target = request.stop_loss, request.take_profit
    return {
        "limit_price": request.limit_price,
        "stop_price": request.stop_price,
        "stop_loss": None if stop is None else stop.stop_price,
        "take_profit": None if target is None else target.limit_price,
    }


def _is_on_grid(price: Decimal) -> bool:
    """Source: Alpaca, "Placing orders: sub-penny increments"."""
    places = 2 if price >= _PENNIES_FROM else 4
    return bool(10**places % price.as_integer_ratio()[1] == 0)
