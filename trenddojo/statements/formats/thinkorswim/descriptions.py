"""What thinkorswim's descriptions of movements say: "BOT +100 AAPL @150.25", and options that were removed."""

import re
from dataclasses import dataclass
from decimal import Decimal

from trenddojo.domain.terms import Side
from trenddojo.statements.figures import price_of, quantity_of
from trenddojo.statements.lines import Contract
from trenddojo.statements.options import contract_of, option_of
from trenddojo.statements.values import BadValue, number

CURRENCY = "USD"
"""thinkorswim's accounts are in dollars."""

_LONGEST = 300
_TRADE = re.compile(r"(?:.*\s)?(BOT|SOLD) ([+-]?[\d,.]+) (.+?) @([-\d,.]+)(?:\s.*)?", re.ASCII)
_NAMED = re.compile(
    r"(?:.* )?(?P<symbol>[A-Z$/][A-Z0-9./$]*)(?: (?P<units>\d{2,4}(?=(?: \([A-Za-z]+\))? \d{1,2} [A-Z])|\d{3,4}))?"
    r"(?: \([A-Za-z]+\))? (?:\d{1,2} )?[A-Z]{3} \d\d\b.*",
    re.ASCII,
)
"""What a spread is in: the word before the first date of expiry, with the shares of one option between them."""
_REMOVED = re.compile(r"removed due to (\w+) .*?([+-]?\d+(?:\.\d+)?) (\.[a-z0-9./]+)", re.IGNORECASE | re.ASCII)


@dataclass(frozen=True, slots=True)
class Described:
    """A trade by its description. `contract` is empty for a spread, of which `price` is the net one of all legs.

    `units` are the shares of one option where they are told.
    """

    side: Side
    quantity: Decimal
    symbol: str
    contract: Contract | None
    price: Decimal
    units: Decimal | None


def described(text: str) -> Described:
    """The trade that a description tells. Raises BadValue."""
    found = _TRADE.fullmatch(text.strip()) if len(text) <= _LONGEST else None
    if found is None:
        raise BadValue(f"DESCRIPTION: “{text[:60]}” does not tell a trade such as BOT +100 AAPL @150.25.")
    word, quantity, what, price = found.groups()
    contract = _contract(what)
    named = _NAMED.fullmatch(what)
    last = what.rpartition(" ")[2]
    return Described(
        Side.BUY if word == "BOT" else Side.SELL,
        quantity_of(quantity, "DESCRIPTION"),
        contract.symbol if contract else (named["symbol"] if named else last).upper(),
        contract,
        price_of(price, "DESCRIPTION") if contract else number(price, "DESCRIPTION"),
        Decimal(named["units"]) if named and named["units"] else None,
    )


def _contract(what: str) -> Contract | None:
    """The one contract of a description, none for a spread. Raises BadValue for a future."""
    if what.startswith("/"):
        raise BadValue(f"DESCRIPTION: {what[:30]} is a future, and what one is worth is not told here.")
    return option_of(what, CURRENCY) or (None if " " in what else contract_of(what, "DESCRIPTION", CURRENCY))


@dataclass(frozen=True, slots=True)
class Removed:
    """An option that left the account: how many, below zero where they were held, and why by its word."""

    contract: Contract
    quantity: Decimal
    word: str


def removed(text: str) -> Removed | None:
    """The option whose removal a description tells, None where it tells none. Raises BadValue for a symbol of none."""
    found = _REMOVED.fullmatch(text.strip()) if len(text) <= _LONGEST else None
    if found is None:
        return None
    contract = option_of(found[3], CURRENCY)
    if contract is None:
        raise BadValue(f"DESCRIPTION: “{found[3]}” is not an option.")
    return Removed(contract, number(found[2], "DESCRIPTION"), found[1].casefold())
