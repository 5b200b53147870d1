"""The assets that may be traded."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any
from uuid import NAMESPACE_DNS, uuid5

from trenddojo.brokers.simulator import symbols

CRYPTO = {"BTC/USD": "Bitcoin / US Dollar", "ETH/USD": "Ethereum / US Dollar"}
LISTED = {
    "AAPL": "Apple Inc. Common Stock",
    "AMD": "Advanced Micro Devices, Inc. Common Stock",
    "AMZN": "Amazon.com, Inc. Common Stock",
    "F": "Ford Motor Company",
    "GOOGL": "Alphabet Inc. Class A Common Stock",
    "MSFT": "Microsoft Corporation Common Stock",
    "NVDA": "NVIDIA Corporation Common Stock",
    "QQQ": "Invesco QQQ Trust, Series 1",
    "SPY": "SPDR S&P 500 ETF Trust",
    "TSLA": "Tesla, Inc. Common Stock",
}
"""What the list of assets shows; more can be asked for by name."""
_KNOWN_IDS = {"AAPL": "b0b6dd9d-8b9b-48a9-ba46-b9d54906e415"}
_ARCA = frozenset({"SPY", "DIA", "GLD"})


@dataclass(frozen=True, kw_only=True)
class Asset:
    id: str
    symbol: str
    name: str
    asset_class: str = "us_equity"
    exchange: str = "NASDAQ"
    status: str = "active"
    tradable: bool = True
    marginable: bool = True
    shortable: bool = True
    easy_to_borrow: bool = True
    fractionable: bool = True
    attributes: tuple[str, ...] = ("fractional_eh_enabled", "has_options", "overnight_tradable")

    @property
    def is_crypto(self) -> bool:
        return self.asset_class == "crypto"


class Assets:
    """Every symbol that the simulated market knows, and two coins."""

    def __init__(self) -> None:
        self._known: dict[str, Asset] = {}
        self._by_id: dict[str, str] = {}
        for symbol in (*LISTED, *CRYPTO):
            self._keep(_asset(symbol))

    def find(self, name: str) -> Asset | None:
        """By symbol (also AAPL:NASDAQ and BTCUSD) or id; case matters."""
        symbol = self._by_id.get(name, name).partition(":")[0]
        symbol = next((pair for pair in CRYPTO if pair.replace("/", "") == symbol), symbol)
        if symbol not in self._known and symbols.knows(symbol):
            self._keep(_asset(symbol))
        return self._known.get(symbol)

    def change(self, symbol: str, **fields: Any) -> None:
        """Change what is told of an asset, or make one."""
        self._keep(replace(self.find(symbol) or _asset(symbol), **fields))

    def listed(self) -> Iterator[Asset]:
        yield from self._known.values()

    def _keep(self, asset: Asset) -> None:
        self._known[asset.symbol] = asset
        self._by_id[asset.id] = asset.symbol


def _asset(symbol: str) -> Asset:
    asset_id = _KNOWN_IDS.get(symbol) or str(uuid5(NAMESPACE_DNS, f"{symbol}.alpaca.test"))
    if symbol in CRYPTO:
        return Asset(
            id=asset_id, symbol=symbol, name=CRYPTO[symbol], asset_class="crypto", exchange="CRYPTO",
            marginable=False, shortable=False, easy_to_borrow=False, attributes=(),
        )  # fmt: skip
    name = LISTED.get(symbol, f"{symbol} Inc. Common Stock")
    return Asset(id=asset_id, symbol=symbol, name=name, exchange="ARCA" if symbol in _ARCA else "NASDAQ")
