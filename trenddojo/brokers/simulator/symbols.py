"""The symbols of the simulated market: which there are, and what is peculiar to each.

A symbol is one to five capital letters, optionally with the class .A or .B. Those that begin with ZZ are reserved: the
market does not know them, so that an unknown symbol can be seen.
"""

import re
from dataclasses import dataclass
from functools import lru_cache

from trenddojo.brokers.simulator.draws import draws, uniform

_KNOWN = re.compile(r"(?!ZZ)[A-Z]{1,5}(\.[AB])?")

_FUNDS = {
    "SPY": 600, "VOO": 550, "IVV": 600, "VTI": 300, "QQQ": 530, "DIA": 430, "IWM": 215, "MDY": 570, "EFA": 88,
    "EEM": 48,
    "GLD": 300, "SLV": 33, "TLT": 88, "IEF": 95, "LQD": 109, "HYG": 80, "VNQ": 90, "XLB": 88, "XLC": 105, "XLE": 86,
    "XLF": 51, "XLI": 143, "XLK": 240, "XLP": 81, "XLU": 82, "XLV": 135, "XLY": 215, "SMH": 270, "ARKK": 65,
}  # fmt: skip
"""Well-known funds and what a share usually costs, in USD."""

_STOCKS = {
    "AAPL": (215, 0.9), "ABBV": (185, 0.75), "AMD": (140, 1.5), "AMZN": (210, 1.0), "AVGO": (230, 1.3),
    "BA": (195, 1.1), "BAC": (44, 0.85), "BRK.B": (485, 0.6), "C": (78, 0.95), "CAT": (360, 0.9),
    "COIN": (250, 2.2), "COST": (980, 0.7), "CRM": (270, 1.0), "CSCO": (65, 0.75), "CVX": (145, 0.8),
    "DIS": (112, 0.85), "F": (10.5, 1.0), "GE": (230, 0.95), "GOOG": (178, 0.95), "GOOGL": (176, 0.95),
    "GS": (610, 0.9), "HD": (365, 0.75), "IBM": (270, 0.8), "INTC": (22, 1.3), "JNJ": (155, 0.6),
    "JPM": (265, 0.8), "KO": (70, 0.5), "LLY": (780, 1.0), "MA": (560, 0.7), "MCD": (300, 0.6),
    "META": (620, 1.15), "MRK": (80, 0.75), "MSFT": (460, 0.8), "NFLX": (1150, 1.15), "NKE": (62, 0.95),
    "NVDA": (145, 1.5), "ORCL": (200, 1.1), "PEP": (131, 0.6), "PFE": (24, 0.8), "PG": (162, 0.55),
    "PLTR": (130, 2.0), "SBUX": (92, 0.9), "T": (28, 0.7), "TSLA": (310, 1.8), "UNH": (310, 0.95),
    "V": (355, 0.65), "VZ": (43, 0.65), "WFC": (75, 0.85), "WMT": (97, 0.65), "XOM": (108, 0.8),
}  # fmt: skip
"""Well-known stocks: what a share usually costs, in USD, and how volatile it is beside an ordinary stock."""


class UnknownSymbol(LookupError):
    """The market does not trade the symbol."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """What is peculiar to a symbol.

    `level` is its usual price in USD in 2025, which grows by the factor `growth` a year. `volatility` is relative to
    the market's setting, so that its beta is `volatility` times `market_share`, the correlation of its returns with the
    factor that all symbols share. `turnover` is what a usual session trades, in USD. Only where it `splits`, it may.
    """

    symbol: str
    level: float
    growth: float
    volatility: float
    market_share: float
    turnover: float
    spread_bps: float
    splits: bool


def knows(symbol: str) -> bool:
    """Whether there is such a symbol."""
    return _KNOWN.fullmatch(symbol) is not None


@lru_cache(maxsize=4096)
def listing_of(symbol: str) -> Listing:
    """A symbol's listing, the same in every market. Raises UnknownSymbol."""
    if not knows(symbol):
        raise UnknownSymbol(f"The simulated market does not trade {symbol}.")
    if symbol in _FUNDS:
        return _fund(symbol)
    return _famous(symbol) if symbol in _STOCKS else _stock(symbol)


def _fund(symbol: str) -> Listing:
    return Listing(
        symbol=symbol, level=float(_FUNDS[symbol]), growth=1.05, volatility=0.5, market_share=0.9,
        turnover=5e9, spread_bps=0.5, splits=False,
    )  # fmt: skip


def _famous(symbol: str) -> Listing:
    level, volatility = _STOCKS[symbol]
    return Listing(
        symbol=symbol, level=float(level), growth=1.02, volatility=volatility, market_share=0.6,
        turnover=4e9, spread_bps=1.0, splits=True,
    )  # fmt: skip


def _stock(symbol: str) -> Listing:
    """Drawn: one in sixteen is a penny stock of 2 to 5 USD, the others usually cost 8 to 400."""
    kind, level, volatility, market_share, size = map(uniform, draws(5, "listing", symbol))
    return Listing(
        symbol=symbol,
        level=round(2 + 3 * level if kind < 1 / 16 else 8 * 50**level, 2),
        growth=1.01,
        volatility=round(0.8 + 0.4 * volatility, 3),
        market_share=round(0.4 + 0.3 * market_share, 3),
        turnover=float(round(3e6 * 500**size)),
        spread_bps=round(2 + 18 * (1 - size), 1),
        splits=True,
    )
