"""How instruments are written, and what the protocol calls them.

    AAPL, BRK.B                a share or fund in US dollars, routed by SMART
    SAP@IBIS/EUR               a share by its listing exchange and currency, where the symbol alone would be another
    EUR/USD, BTC/USD           a pair: forex at IDEALPRO, or crypto
    SPY261218C00500000         an option by its OCC symbol: root, expiry, right, strike in thousandths
    ESZ6@CME                   a future by its local symbol and exchange

IBKR writes a class of shares with a space (BRK B). Source: IBKR, "Contracts".
"""

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from trenddojo.domain.terms import AssetType

Terms = dict[str, object]
"""Fields of a contract, by the protocol's names."""

SMART = "SMART"
_DOLLAR = "USD"
_MONIES = frozenset(
    [
        "USD",
        "EUR",
        "GBP",
        "JPY",
        "CHF",
        "CAD",
        "AUD",
        "NZD",
        "SEK",
        "NOK",
        "DKK",
        "HKD",
        "SGD",
        "MXN",
        "PLN",
        "CZK",
        "HUF",
        "ILS",
        "CNH",
        "ZAR",
        "TRY",
        "KRW",
    ]
)
"""The currencies that IBKR exchanges on IDEALPRO."""
_SHARE = re.compile(r"([A-Z0-9][A-Z0-9. -]*?)(?:@([A-Z0-9.]+)(?:/([A-Z]{3}))?)?")
_PAIR = re.compile(r"([A-Z0-9]{2,10})/([A-Z]{3})")
_OPTION = re.compile(r"([A-Z]{1,6}) *(\d{6}[CP]\d{8})")
_FUTURE = re.compile(r"([A-Z0-9]{1,4}[FGHJKMNQUVXZ]\d{1,2})@([A-Z0-9]+)(?:/([A-Z]{3}))?")
_TYPES: Mapping[str, AssetType] = MappingProxyType(
    {
        "STK": AssetType.STOCK,
        "OPT": AssetType.OPTION,
        "FUT": AssetType.FUTURE,
        "CASH": AssetType.FOREX,
        "CRYPTO": AssetType.CRYPTO,
    }
)


def terms_of(symbol: str) -> Terms | None:
    """What to ask for to find an instrument; None for a text that names none."""
    if found := _PAIR.fullmatch(symbol):
        return _pair(found[1], found[2])
    if found := _OPTION.fullmatch(symbol):
        return {"secType": "OPT", "localSymbol": f"{found[1]:<6}{found[2]}", "exchange": SMART, "currency": _DOLLAR}
    if found := _FUTURE.fullmatch(symbol):
        return {"secType": "FUT", "localSymbol": found[1], "exchange": found[2], "currency": found[3] or ""}
    if found := _SHARE.fullmatch(symbol):
        return _share(found[1], found[2] or "", found[3] or _DOLLAR)
    return None


def symbol_of(contract: Any) -> str:
    """How the instrument of a contract is written, where nobody has asked for it in another way."""
    match contract.secType:
        case "CASH" | "CRYPTO":
            return f"{contract.symbol}/{contract.currency}"
        case "OPT":
            return str(contract.localSymbol).replace(" ", "")
        case "FUT":
            return f"{contract.localSymbol}@{contract.exchange}"
        case _:
            return _written(contract)


def asset_type(contract: Any) -> AssetType | None:
    """What kind of instrument a contract is of; None for one that this house has no form for."""
    return _TYPES.get(contract.secType)


def written_out(contract: Any) -> str:
    """A share with its listing exchange and currency, which tells it from others of the same symbol."""
    symbol, listing = _dotted(contract.symbol), contract.primaryExchange or contract.exchange
    return f"{symbol}@{listing}/{contract.currency}"


def _written(contract: Any) -> str:
    return _dotted(contract.symbol) if contract.currency == _DOLLAR else written_out(contract)


def _pair(base: str, quote: str) -> Terms:
    if base in _MONIES:
        return {"secType": "CASH", "symbol": base, "exchange": "IDEALPRO", "currency": quote}
    return {"secType": "CRYPTO", "symbol": base, "currency": quote}


def _share(symbol: str, listing: str, currency: str) -> Terms:
    found: Terms = {"secType": "STK", "symbol": symbol.replace(".", " "), "exchange": SMART, "currency": currency}
    return found | ({"primaryExchange": listing} if listing else {})


def _dotted(symbol: str) -> str:
    return symbol.replace(" ", ".")
