"""The trade history of thinkorswim's statement: each trade with its legs, their contracts and their prices."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from trenddojo.domain.terms import Side
from trenddojo.statements.figures import price_of, quantity_of
from trenddojo.statements.format import DateOrder, Options
from trenddojo.statements.formats.thinkorswim.descriptions import CURRENCY
from trenddojo.statements.formats.thinkorswim.sections import Placed
from trenddojo.statements.instants import instant
from trenddojo.statements.lines import Contract, Effect
from trenddojo.statements.options import contract_of, option, right_of, strike_of, worded_day
from trenddojo.statements.sides import effect_of, side_of
from trenddojo.statements.values import BadValue, amount

_SHARES = frozenset({"STOCK", "ETF", ""})
_RIGHTS = frozenset({"CALL", "PUT"})


@dataclass(frozen=True, slots=True)
class Leg:
    """One contract of a trade."""

    line: int
    contract: Contract
    side: Side
    quantity: Decimal
    price: Decimal
    effect: Effect | None


@dataclass(frozen=True, slots=True)
class Trade:
    """A trade of the history: one leg, or those of a spread; `net` is the price of all of them."""

    at: datetime
    is_dated: bool
    net: Decimal
    legs: tuple[Leg, ...]


def trade_of(rows: Sequence[Placed], options: Options) -> Trade:
    """The trade of a row that has a time, and of those below it that have none. Raises BadValue."""
    first = rows[0]
    if not first.get("at"):
        raise BadValue("Exec Time: this is the leg of a spread whose first line is missing above it.")
    at, is_dated = instant(first.get("at"), "Exec Time", DateOrder.MONTH_FIRST, options)
    legs = tuple(map(_leg, rows))
    return Trade(at, is_dated, amount(first.get("net"), "Net Price") or legs[0].price, legs)


def _leg(one: Placed) -> Leg:
    side, _ = side_of(one.get("side"), "Side")
    return Leg(
        one.row.line,
        contract_in(one),
        side,
        quantity_of(one.get("quantity"), "Qty"),
        price_of(one.get("price"), "Price"),
        effect_of(one.get("effect"), "Pos Effect"),
    )


def contract_in(one: Placed) -> Contract:
    """The contract of a row with symbol, expiry, strike and kind in cells of their own. Raises BadValue."""
    kind, symbol = one.get("type").upper(), one.get("symbol")
    if kind in _SHARES:
        return contract_of(symbol, "Symbol", CURRENCY)
    if kind not in _RIGHTS or symbol.startswith("/"):
        raise BadValue(f"Type: {symbol[:30]} ({kind[:30]}) is neither share nor option on one. Enter this by hand.")
    return option(
        symbol,
        expiry=worded_day(one.get("expiry"), "Exp"),
        strike=strike_of(one.get("strike"), "Strike"),
        right=right_of(kind, "Type"),
        currency=CURRENCY,
    )
