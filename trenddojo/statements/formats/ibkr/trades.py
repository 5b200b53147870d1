"""Fills, as lines of trades and trade confirmations tell them.

Quantities may be signed or not. What leaves the account is negative, so a commission of -1.00 costs 1.00; taxes are
told apart from commissions and are part of the fee here.
"""

from datetime import date
from decimal import Decimal
from typing import NamedTuple

from trenddojo.domain.money import PRICE_PLACES, ZERO, exactly, rounded
from trenddojo.domain.terms import AssetType, CashKind, ExitReason, Side
from trenddojo.statements.format import Options
from trenddojo.statements.formats.ibkr.clocks import date_of, instant, together
from trenddojo.statements.formats.ibkr.contracts import Terms, contract, needs_worth, terms_of
from trenddojo.statements.formats.ibkr.records import Record
from trenddojo.statements.formats.ibkr.words import ENDINGS, codes_of, effect_of, is_cancellation, side_of
from trenddojo.statements.lines import CashLine, Contract, FillLine, Said
from trenddojo.statements.values import BadValue, amount, number

_MAY_BE_BELOW_ZERO = (AssetType.FUTURE, AssetType.OPTION)
"""Types whose price may be negative: oil in April 2020, and options on it."""


class Trade(NamedTuple):
    """A fill as read, before it is known whether another line takes it back.

    `charge` is its commission where that cannot be told in the contract's currency: cash of its own.
    """

    fill: FillLine
    charge: CashLine | None
    is_cancellation: bool
    record: Record

    def said(self) -> tuple[Said, ...]:
        """The lines that it comes to."""
        return (self.fill,) if self.charge is None else (self.fill, self.charge)


Item = Trade | Said
"""What a record comes to before cancellations are settled."""


class Account(NamedTuple):
    """What holds for a whole statement, as far as told: the account's name and base currency, first and last day.

    The days are as the file writes them.
    """

    name: str = ""
    base: str = ""
    since: str = ""
    until: str = ""


def trade(record: Record, options: Options, account: Account, terms: Terms | None = None, charged: str = "") -> Trade:
    """The fill of a record. Raises BadValue.

    `terms` are the instrument's where the record does not tell them itself; `charged` is the currency of its
    commission where its column is named by it.
    """
    get = record.get
    codes = codes_of(get("codes"))
    quantity = number(get("quantity"), "Quantity")
    price = number(get("price"), "Price")
    cancels = cancels_another(record)
    terms = terms or terms_of(record, options.currency)
    if needs_worth(terms):
        terms = terms._replace(worth=_worth(record, quantity, price))
    traded = contract(terms, options.date_order)
    at, is_dated = instant(_when(record), "Date/Time", options)
    _check(traded, quantity, price)
    fx = _fx(get("fx"))
    fee, extra, currency = _costs(record, traded, fx, account.base or options.currency, charged)
    name = get("account") or account.name
    fill = FillLine(
        record.line, traded, at, is_dated, _side(get("side"), quantity, cancels), abs(quantity), price, fee, fx,
        get("execution_id") or get("trade_id"), name, effect_of(get("effect"), codes),
        _reason(traded, price, codes, get("type")),
    )  # fmt: skip
    return Trade(fill, _charge(record, fill, extra, currency) if extra else None, cancels, record)


def cancels_another(record: Record) -> bool:
    """Whether a record takes a fill back."""
    get = record.get
    return is_cancellation(get("side"), get("type") or get("level"), codes_of(get("codes")))


def settled_on(record: Record, options: Options) -> date | None:
    """The date of the fill that a cancellation takes back, where it tells. Raises BadValue."""
    told = record.get("cancelled_date")
    return date_of(told, "OrigTradeDate", options) if told else None


def _when(record: Record) -> str:
    return record.get("when") or together(record.get("trade_date"), record.get("trade_time"))


@exactly
def _worth(record: Record, quantity: Decimal, price: Decimal) -> Decimal | None:
    """Units of a contract by what it came to, where that is a whole number; a rounded amount is within a hundredth."""
    proceeds = amount(record.get("proceeds"), "Proceeds")
    if not proceeds or not quantity or not price:
        return None
    exact = abs(proceeds / (quantity * price))
    whole = rounded(exact, 0)
    return whole if whole and abs(exact - whole) * 100 <= whole else None


def _check(traded: Contract, quantity: Decimal, price: Decimal) -> None:
    if not quantity:
        raise BadValue("Quantity: nothing was traded.")
    if price < 0 and traded.asset_type not in _MAY_BE_BELOW_ZERO:
        raise BadValue(f"Price: {price} is below 0.")


def _side(told: str, quantity: Decimal, cancels: bool) -> Side:
    """The fill's side, or that of the fill which a cancellation takes back: its own quantity is the opposite."""
    if told:
        side = side_of(told)
        if side is Side.BUY and quantity < 0 and not cancels:
            raise BadValue(f"Buy/Sell says {told[:20]}, but the quantity is below 0.")
        return side
    return Side.BUY if (quantity > 0) is not cancels else Side.SELL


def _fx(told: str) -> Decimal | None:
    found = amount(told, "FXRateToBase") or None
    if found is not None and found < 0:
        raise BadValue(f"FXRateToBase: {found} is below 0.")
    return found


@exactly
def _costs(
    record: Record, traded: Contract, fx: Decimal | None, base: str, charged: str
) -> tuple[Decimal | None, Decimal, str]:
    """The fee in the contract's currency, and what of it is in another that no rate is told for.

    A commission in the account's currency is turned by the fill's own rate.
    """
    commission, taxes = amount(record.get("fee"), "Commission"), amount(record.get("taxes"), "Taxes")
    currency = record.get("fee_currency") or charged or traded.currency
    if commission is None or not commission or currency == traded.currency:
        is_untold = commission is None and not taxes
        return None if is_untold else -(commission or ZERO) - (taxes or ZERO), ZERO, ""
    if fx is not None and currency == base:
        return rounded(-commission / fx, PRICE_PLACES) - (taxes or ZERO), ZERO, ""
    return -(taxes or ZERO), -commission, currency


def _charge(record: Record, fill: FillLine, cost: Decimal, currency: str) -> CashLine:
    note = f"Commission of {fill.contract.symbol}, in {currency}"
    kind = CashKind.FEE if cost > 0 else CashKind.INTEREST
    key = f"{fill.key}:commission" if fill.key else ""
    return CashLine(record.line, fill.at.date(), kind, abs(cost), currency, note, key, fill.account)


def _reason(traded: Contract, price: Decimal, codes: frozenset[str], kind: str) -> ExitReason | None:
    """An option that leaves at a price of 0 expired, was assigned or exercised."""
    ends = traded.asset_type is AssetType.OPTION and not price and (kind == "BookTrade" or ENDINGS & codes)
    return ExitReason.EXPIRED if ends else None
