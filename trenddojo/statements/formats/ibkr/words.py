"""IBKR's words for kinds of instruments, sides, codes and levels of detail.

Source: IBKR, "Reporting Reference Guide": "Codes", "Trades"; asset classes as in its contracts.
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import Final

from trenddojo.domain.terms import AssetType, Side
from trenddojo.statements.lines import Effect
from trenddojo.statements.values import BadValue

FAMILY: Final = "interactive_brokers"
"""Whose names of fills the keys are: the same as those of fills that were followed live."""

STK, OPT, FUT, CASH, CRYPTO = "STK", "OPT", "FUT", "CASH", "CRYPTO"

_ASSETS: Final[Mapping[str, AssetType]] = {
    STK: AssetType.STOCK,
    OPT: AssetType.OPTION,
    "FSOPT": AssetType.OPTION,
    "FOP": AssetType.OPTION,
    "FSFOP": AssetType.OPTION,
    FUT: AssetType.FUTURE,
    CASH: AssetType.FOREX,
    CRYPTO: AssetType.CRYPTO,
}
_OTHERS: Final[Mapping[str, str]] = {
    "BOND": "Bonds",
    "BILL": "Treasury bills",
    "WAR": "Warrants",
    "IOPT": "Structured products",
    "CFD": "Contracts for difference",
    "FXCFD": "Contracts for difference on currencies",
    "FUND": "Mutual funds",
    "CMDTY": "Metals",
}
_CATEGORIES: Final[Mapping[str, str]] = {
    "stocks": STK,
    "equity and index options": OPT,
    "options on futures": "FOP",
    "futures options": "FOP",
    "futures": FUT,
    "forex": CASH,
    "crypto": CRYPTO,
    "cryptocurrency": CRYPTO,
    "cryptocurrencies": CRYPTO,
    "bonds": "BOND",
    "treasury bills": "BILL",
    "warrants": "WAR",
    "structured products": "IOPT",
    "cfds": "CFD",
    "forex cfds": "FXCFD",
    "mutual funds": "FUND",
    "metals": "CMDTY",
}
"""The asset categories of activity statements, as Flex queries call them."""

_SIDES: Final[Mapping[str, Side]] = {
    "BUY": Side.BUY, "B": Side.BUY, "BOT": Side.BUY,
    "SELL": Side.SELL, "S": Side.SELL, "SLD": Side.SELL, "SSHORT": Side.SELL,
}  # fmt: skip

ENDINGS: Final = frozenset({"Ep", "A", "Ex", "AEx", "MEx"})
"""Codes of what ends an option: it expired, was assigned, or was exercised."""
CANCELLED: Final = "Ca"
ENDINGS_TOLD_APART: Final = frozenset({"Expiration", "Assignment", "Exercise", "Buy", "Sell"})
"""What a section of its own calls the endings of options, and the shares that came of them; trades tell them too."""
TOLD_BY_TRADES: Final = "How an option ended: the trades tell it, as fills."
_CONVERTED: Final = "AFx"
_CONVERTING_EXCHANGE: Final = "FXCONV"
CONVERSION: Final = "Currency that was changed to pay for something else: no trade."

_LONGEST = 100
"""Characters of codes: there are some 80 codes, and a line has a few of them."""

_LEVELS: Final[Mapping[str, str]] = {
    "ORDER": "An order as a whole: its executions are lines of their own.",
    "EXECUTION": "A part of an order, which is a line of its own.",
    "TRADE": "A part of an order, which is a line of its own.",
    "CLOSEDLOT": "A lot that a sale closed: the fills are lines of their own.",
    "SUBTOTAL": "A total.",
    "TOTAL": "A total.",
    "BASECURRENCY": "A sum of all currencies: each is a line of its own.",
    "SYMBOL_SUMMARY": "A total of a symbol.",
    "ASSET_SUMMARY": "A total of an asset class.",
    "SUMMARY": "A total.",
    "CLOSED_LOT": "A lot that a sale closed: the fills are lines of their own.",
    "LOT": "A lot of a position, which is a line of its own.",
    "WASH_SALE": "A wash sale, which concerns taxes only.",
}


def asset_of(code: str) -> AssetType:
    """The asset type of an asset class. Raises BadValue for one that the books have no form for."""
    found = _ASSETS.get(code.upper())
    if found is None:
        named = _OTHERS.get(code.upper(), f"Instruments of the asset class “{code[:20]}”")
        raise BadValue(f"{named} are not kept here (asset class {code[:20]}): this line is left out.")
    return found


@lru_cache(maxsize=256)
def category_of(name: str) -> str:
    """The asset class of an activity statement's category, such as "Forex - Held with ..."; itself if unknown."""
    return _CATEGORIES.get(name.partition(" - ")[0].strip().casefold(), name)


@lru_cache(maxsize=256)
def side_of(text: str) -> Side:
    """The side that a fill, or the fill that was cancelled, had. Raises BadValue."""
    found = _SIDES.get(text.upper().partition("(")[0].strip())
    if found is None:
        raise BadValue(f"Buy/Sell: “{text[:60]}” is neither a purchase nor a sale.")
    return found


def codes_of(text: str) -> frozenset[str]:
    """The codes of a note such as "O;P"."""
    return _codes_of(text[:_LONGEST])


@lru_cache(maxsize=1024)
def _codes_of(text: str) -> frozenset[str]:
    return frozenset(one.strip() for one in text.replace(",", ";").split(";"))


def effect_of(indicator: str, codes: frozenset[str]) -> Effect | None:
    """What a fill did to its position, by the indicator or else the codes; None for both at once, or untold."""
    told = {"O", "C"} & (codes_of(indicator) if indicator.strip("- ") else codes)
    if len(told) != 1:
        return None
    return Effect.OPEN if "O" in told else Effect.CLOSE


def is_cancellation(side: str, kind: str, codes: frozenset[str]) -> bool:
    """Whether a line takes back a fill: "SELL (Ca.)", a TradeCancel, or the code Ca."""
    return "(CA" in side.upper() or kind.upper().endswith("CANCEL") or CANCELLED in codes


def is_conversion(asset: str, exchange: str, codes: frozenset[str]) -> bool:
    """Whether a line changed currency automatically, or on the exchange that IBKR keeps for conversions."""
    return asset == CASH and (_CONVERTED in codes or exchange.upper() == _CONVERTING_EXCHANGE)


def why_skipped(level: str, expected: str) -> str | None:
    """Why a line of a level of detail says nothing for the books; None for the `expected` level, and where untold."""
    word = level.upper()
    if word in ("", expected) or word.endswith(" CANCEL"):
        return None
    return _LEVELS.get(word, f"A line of the level of detail “{level[:40]}”.")
