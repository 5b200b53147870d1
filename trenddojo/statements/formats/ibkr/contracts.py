"""What was traded, by IBKR's terms.

Symbols are written as the live connection writes them, so that fills told by both are in one instrument: BRK.B for
IBKR's BRK B, EUR/USD for EUR.USD. IBKR names an option by its OCC symbol ("AAPL  240119C00150000") or by words
("AAPL 19JAN24 150 C"); what columns do not tell is taken from that.
"""

import re
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple

from trenddojo.domain.money import ONE, exactly
from trenddojo.domain.terms import AssetType
from trenddojo.statements.format import DateOrder
from trenddojo.statements.formats.ibkr.records import Record
from trenddojo.statements.formats.ibkr.words import CASH, OPT, STK, asset_of, category_of
from trenddojo.statements.lines import Contract
from trenddojo.statements.options import HUNDRED_SHARES, option, right_of, strike_of
from trenddojo.statements.reading import dated
from trenddojo.statements.values import BadValue, number

_LONGEST = 40
"""Characters of a term; what is longer is none, and not worth remembering."""
_OCC = re.compile(r"([A-Z]{1,6})(\d?) *(\d{6})([CP])(\d{8})", re.ASCII)
_WORDS = re.compile(r"(\S+) +(\d{1,2})([A-Z]{3})(\d\d) +(\d+(?:\.\d+)?) +([CP])", re.ASCII)
_PAIR = re.compile(r"[A-Z]{3}\.[A-Z]{3}", re.ASCII)


class Terms(NamedTuple):
    """What a record says of its instrument, as text. `worth` is its value for each unit of quantity times price."""

    symbol: str
    asset: str
    currency: str
    underlying: str = ""
    multiplier: str = ""
    expiry: str = ""
    strike: str = ""
    right: str = ""
    description: str = ""
    worth: Decimal | None = None


def terms_of(record: Record, currency: str) -> Terms:
    """The terms that a record tells; `currency` counts where it tells none."""
    get = record.get
    asset = category_of(get("asset"))
    if asset in (STK, CASH):
        return Terms(get("symbol"), asset, get("currency") or currency)
    right = get("right")
    return Terms(
        get("symbol"), asset or _guessed(get("symbol"), right), get("currency") or currency, get("underlying"),
        get("multiplier"), get("expiry"), get("strike"), right, get("description")[:_LONGEST],
    )  # fmt: skip


def needs_worth(terms: Terms) -> bool:
    """Whether a contract is of several units, but nobody tells of how many."""
    return not terms.multiplier and terms.asset not in (STK, CASH)


@lru_cache(maxsize=4096)
def contract(terms: Terms, order: DateOrder | None) -> Contract:
    """The contract of some terms. Raises BadValue for one that the books have no form for, or that lacks a term."""
    if not terms.symbol:
        raise BadValue("Symbol: this cell holds no symbol.")
    if any(len(one) > _LONGEST for one in terms[:-1]):
        raise BadValue("This line does not tell which instrument it is: a cell of it is too long.")
    if not re.fullmatch(r"[A-Za-z]{3}", terms.currency, re.ASCII):
        raise BadValue(f"Currency: “{terms.currency[:20]}” is no currency's code.")
    kind = asset_of(terms.asset)
    currency = terms.currency.upper()
    match kind:
        case AssetType.OPTION:
            return _option(terms, currency, order or DateOrder.YEAR_FIRST)
        case AssetType.FUTURE:
            expiry = dated(terms.expiry, "Expiry", order or DateOrder.YEAR_FIRST) if terms.expiry else None
            return Contract(terms.symbol, kind, currency, multiplier=_multiplier(terms), expiry=expiry)
        case AssetType.FOREX:
            return _pair(terms.symbol, currency)
        case AssetType.CRYPTO:
            return Contract(f"{terms.symbol.partition('.')[0]}/{currency}", kind, currency)
        case _:
            return Contract(terms.symbol.replace(" ", "."), kind, currency)


def _guessed(symbol: str, right: str) -> str:
    """The asset class of a record that tells none."""
    if right or _OCC.fullmatch(symbol) or _WORDS.fullmatch(symbol):
        return OPT
    return CASH if _PAIR.fullmatch(symbol) else STK


def _pair(symbol: str, currency: str) -> Contract:
    base, dot, quote = symbol.upper().partition(".")
    if not dot:
        raise BadValue(f"Symbol: “{symbol}” is no pair of currencies.")
    if quote != currency:
        raise BadValue(f"Symbol: “{symbol}” is not priced in {currency}, which this line says.")
    return Contract(f"{base}/{quote}", AssetType.FOREX, currency)


class _Named(NamedTuple):
    """What an option's name tells of it.

    A root that ends in a digit is that of an adjusted option, which is on other than 100 shares. Source: OCC, "Options
    Symbology".
    """

    underlying: str
    expiry: str
    strike: Decimal
    right: str
    is_standard: bool


def _option(terms: Terms, currency: str, order: DateOrder) -> Contract:
    named = _named(terms.symbol) or _named(terms.description)
    expiry = terms.expiry or (named.expiry if named else "")
    right = terms.right or (named.right if named else "")
    if not expiry or not right or (not terms.strike and named is None):
        raise BadValue(f"This line does not tell which option “{terms.symbol}” is: expiry, strike, and put or call.")
    strike = strike_of(terms.strike, "Strike") if terms.strike else named.strike if named else ONE
    underlying = terms.underlying or (named.underlying if named else terms.symbol)
    is_standard = named is not None and named.is_standard
    return option(
        underlying.replace(" ", "."),
        expiry=dated(expiry, "Expiry", order),
        strike=strike.normalize() + 0,
        right=right_of(right, "Put/Call"),
        currency=currency,
        multiplier=_multiplier(terms, HUNDRED_SHARES if is_standard and currency == "USD" else None),
    )


def _named(text: str) -> _Named | None:
    if found := _OCC.fullmatch(text):
        return _Named(found[1], f"20{found[3]}", Decimal(found[5]).scaleb(-3), found[4], not found[2])
    if found := _WORDS.fullmatch(text):
        root, on, month, year, strike, right = found.groups()
        return _Named(root, f"{on}-{month}-{year}", Decimal(strike), right, not root[-1].isdecimal())
    return None


@exactly
def _multiplier(terms: Terms, usual: Decimal | None = None) -> Decimal:
    """Units of a contract: as told, as its value says, or as is usual. Raises BadValue."""
    told = number(terms.multiplier, "Multiplier").normalize() + 0 if terms.multiplier else terms.worth or usual
    if told is None:
        raise BadValue("This line lacks the multiplier. Add the column “Multiplier” to the Flex query.")
    if told <= 0:
        raise BadValue(f"Multiplier: {told} is not above 0.")
    return told
