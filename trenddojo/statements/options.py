"""What was traded, by the symbol that a statement writes: a share, or an option in one of the usual spellings."""

import re
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import lru_cache
from types import MappingProxyType
from zoneinfo import ZoneInfo

from trenddojo.domain.terms import AssetType, OptionRight
from trenddojo.statements.format import DateOrder
from trenddojo.statements.lines import Contract
from trenddojo.statements.values import BadValue, day, number

HUNDRED_SHARES = Decimal(100)
"""What one option of a US exchange is for, unless its terms say otherwise."""

_SYMBOL = re.compile(r"[A-Z0-9][A-Z0-9 ./:^=_-]{0,31}")
_ROOT = r"\$?(?P<root>[A-Z][A-Z0-9./]{0,7}?)"
_STRIKE = r"(?P<strike>\d{1,6}(?:\.\d{1,4})?|\.\d{1,4})"
_SPELLINGS = (
    # The OCC's: root, YYMMDD, right, strike in thousandths. Webull and many others write it without the blanks.
    re.compile(rf"[.-]?{_ROOT} *(?P<compact>\d{{6}})(?P<right>[CP])(?P<thousandths>\d{{8}})"),
    # thinkorswim's ".AAPL240119C150", TradeStation's "AAPL 240119C150": the strike as it is
    re.compile(rf"[.-]?{_ROOT} *(?P<compact>\d{{6}})(?P<right>[CP]){_STRIKE}"),
    # Schwab's "AAPL 01/19/2024 150.00 C"
    re.compile(rf"{_ROOT} +(?P<slashed>\d{{1,2}}/\d{{1,2}}/\d{{4}}) +\$?{_STRIKE} +(?P<right>[CP])(?:ALL|UT)?"),
    # thinkorswim's "AAPL 100 (Weeklys) 19 JAN 24 150 CALL", and "FXI 100 AUG 14 40 PUT" of earlier years;
    # a number of two digits is the day, unless another stands between it and the month
    re.compile(
        rf"{_ROOT}(?: +(?P<units>\d{{2,4}}(?=(?: +\([A-Z ]+\))? +\d{{1,2}} +[A-Z])|\d{{3,4}}))?(?: +\([A-Z ]+\))?"
        rf" +(?P<worded>(?:\d{{1,2}} +)?[A-Z]{{3}} +(?:\d{{4}}|\d\d)) +{_STRIKE} +(?P<right>[CP])(?:ALL|UT)"
    ),
)
_LONGEST = 64
"""Characters of an option's name."""
_WORDED = re.compile(r"(?:(\d{1,2}) +)?([A-Z]{3}) +(\d{4}|\d\d)")
_MONTHS: Mapping[str, int] = MappingProxyType(
    {
        name: index
        for index, name in enumerate(
            ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"), start=1
        )
    }
)
_WEEKLY_ROOTS: Mapping[str, str] = MappingProxyType(
    {"SPXW": "SPX", "SPXPM": "SPX", "NDXP": "NDX", "RUTW": "RUT", "VIXW": "VIX"}
)
"""Roots of Cboe's and Nasdaq's weekly options on an index, and the index."""
_CLOSE = time(17)
_NEW_YORK = ZoneInfo("America/New_York")
_FRIDAY = 4


@lru_cache(maxsize=8_192)
def contract_of(text: str, name: str, currency: str) -> Contract:
    """The contract of a symbol: an option where it is spelled as one, else a share. `name` is the column's.

    Raises BadValue for what is no symbol.
    """
    return option_of(text, currency) or Contract(symbol_of(text, name), AssetType.STOCK, currency)


def symbol_of(text: str, name: str) -> str:
    """A symbol of the books: letters and digits first, at most 32 characters. Raises BadValue."""
    bare = text.strip().upper().removeprefix("$")
    if not _SYMBOL.fullmatch(bare):
        raise BadValue(f"{name}: “{text.strip()[:60]}” is not a symbol." if bare else f"{name}: the symbol is missing.")
    return bare


def option_of(text: str, currency: str) -> Contract | None:
    """The option that a text spells, None where it spells none. Raises BadValue for a date that is none."""
    bare = text.strip().upper()
    if len(bare) > _LONGEST:
        return None
    for spelling in _SPELLINGS:
        if found := spelling.fullmatch(bare):
            return _option(found.groupdict(), currency)
    return None


def _option(found: dict[str, str | None], currency: str) -> Contract:
    thousandths = found.get("thousandths")
    strike = Decimal(thousandths).scaleb(-3) if thousandths else Decimal(found.get("strike") or "")
    return option(
        found["root"] or "",
        expiry=_expiry(found),
        strike=strike,
        right=OptionRight.CALL if found["right"] == "C" else OptionRight.PUT,
        currency=currency,
        multiplier=Decimal(found.get("units") or HUNDRED_SHARES),
    )


def option(
    root: str,
    *,
    expiry: date,
    strike: Decimal,
    right: OptionRight,
    currency: str,
    multiplier: Decimal = HUNDRED_SHARES,
) -> Contract:
    """An option by its terms. Its symbol is the underlying's: that of "SPXW" and "$SPX.X" is SPX."""
    bare = root.strip().upper().removeprefix("$").removesuffix(".X")
    symbol = symbol_of(_WEEKLY_ROOTS.get(bare, bare), "Symbol")
    return Contract(symbol, AssetType.OPTION, currency, "", multiplier, expiry, strike, right)


def _expiry(found: dict[str, str | None]) -> date:
    if compact := found.get("compact"):
        return day(f"20{compact}", "Expiry")
    if slashed := found.get("slashed"):
        return day(slashed, "Expiry", DateOrder.MONTH_FIRST)
    return worded_day(found.get("worded") or "", "Expiry")


def worded_day(text: str, name: str) -> date:
    """A date such as "19 JAN 24"; "AUG 14" is the third Friday of August 2014, on which monthly options end.

    Raises BadValue.
    """
    found = _WORDED.fullmatch(text.strip().upper())
    if found is None or found[2] not in _MONTHS:
        raise BadValue(f"{name}: “{text.strip()[:60]}” is not a date such as 19 JAN 24.")
    year = int(found[3]) if len(found[3]) == 4 else 2000 + int(found[3])
    if found[1] is None:
        return _third_friday(year, _MONTHS[found[2]])
    try:
        return date(year, _MONTHS[found[2]], int(found[1]))
    except ValueError:
        raise BadValue(f"{name}: “{text.strip()[:60]}” is not a date of the calendar.") from None


def _third_friday(year: int, month: int) -> date:
    first = date(year, month, 1)
    return first + timedelta(days=(_FRIDAY - first.weekday()) % 7 + 14)


def right_of(text: str, name: str) -> OptionRight:
    """Call or put, by a word or its first letter. Raises BadValue."""
    bare = text.strip().upper()
    if bare in ("C", "CALL"):
        return OptionRight.CALL
    if bare in ("P", "PUT"):
        return OptionRight.PUT
    raise BadValue(f"{name}: “{text.strip()[:60]}” is neither call nor put.")


def strike_of(text: str, name: str) -> Decimal:
    """A strike: above zero. Raises BadValue."""
    found = number(text, name)
    if found <= 0:
        raise BadValue(f"{name}: a strike is above zero.")
    return found


def ended_at(expiry: date) -> datetime:
    """When an option that expires leaves the books: after the last trade in it (rule 14 of docs/NUMBERS.md)."""
    return datetime.combine(expiry, _CLOSE, _NEW_YORK)
