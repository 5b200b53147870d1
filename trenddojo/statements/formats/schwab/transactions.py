"""Schwab's history of transactions (History, Export): trades, expiries, splits and cash, newest first, dates only.

"01/22/2024 as of 01/19/2024" is when it was posted and when it counts from: trades and cash are of the second date.
A split is posted on the first day of its new prices, and "as of" the day on which the shares were paid.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from types import MappingProxyType

from trenddojo.domain.money import ZERO
from trenddojo.domain.terms import AssetType, ExitReason, Side
from trenddojo.statements import ratios
from trenddojo.statements.cash import cash_line
from trenddojo.statements.columns import Aliases
from trenddojo.statements.figures import cost_of, must_agree, price_of, quantity_of
from trenddojo.statements.format import DateOrder, Format, Head, Options
from trenddojo.statements.lines import Effect, FillLine, Refusal, Said, Skipped, SplitLine
from trenddojo.statements.options import contract_of
from trenddojo.statements.reading import Group, Records, Table, dated, has_columns, table, told_together
from trenddojo.statements.tables import Row, rows
from trenddojo.statements.values import BadValue, amount, moment, number

_ALIASES: Aliases = {
    "date": ("Date",),
    "action": ("Action",),
    "symbol": ("Symbol",),
    "description": ("Description",),
    "quantity": ("Quantity",),
    "price": ("Price",),
    "fee": ("Fees & Comm", "Fees & Commissions", "Fees and Commissions"),
    "amount": ("Amount",),
}
_CURRENCY = "USD"
"""Schwab's accounts are in dollars."""
_NEEDED = ("date", "action", "symbol", "description", "quantity", "price", "amount")
_TRADES: Mapping[str, tuple[Side, Effect | None]] = MappingProxyType(
    {
        "buy": (Side.BUY, None),
        "reinvest shares": (Side.BUY, None),
        "sell": (Side.SELL, Effect.CLOSE),
        "sell short": (Side.SELL, Effect.OPEN),
        "buy to cover": (Side.BUY, Effect.CLOSE),
        "buy to open": (Side.BUY, Effect.OPEN),
        "buy to close": (Side.BUY, Effect.CLOSE),
        "sell to open": (Side.SELL, Effect.OPEN),
        "sell to close": (Side.SELL, Effect.CLOSE),
    }
)
_REMOVALS = frozenset({"expired", "assigned", "exchange or exercise", "exercised"})
_SPLITS = frozenset({"stock split", "stock split adj", "reverse split", "reverse split adj", "forward split"})
_ACCOUNT = re.compile(r"for account (.+?)(?: as of .*)?$", re.IGNORECASE)
_DATES = re.compile(r"(\S+)(?: as of (\S+))?", re.IGNORECASE)
_TOTALS = frozenset({"transactions total", "total"})


def _recognises(head: Head) -> bool:
    return has_columns(head, _ALIASES, _NEEDED)


def _read(path: Path, options: Options) -> Iterator[Said]:
    found = table(rows(path), _ALIASES, _NEEDED)
    reader = _Transactions(found, options)
    yield from told_together(_with_halves(found.records, reader), reader.say)


def _with_halves(records: Records, reader: "_Transactions") -> Iterator[Group | Refusal]:
    """Records one by one, but the two rows of a split together: the shares that came, and those that went."""
    waiting: Row | None = None
    for record in records:
        half = record if isinstance(record, Row) and reader.is_split(record) else None
        if waiting and half and reader.are_halves(waiting, half):
            yield waiting, half
            waiting = None
            continue
        if waiting:
            yield (waiting,)
        waiting = half
        if half is None:
            yield (record,) if isinstance(record, Row) else record
    if waiting:
        yield (waiting,)


class _Transactions:
    """What the rows of one file say."""

    def __init__(self, found: Table, options: Options) -> None:
        self._get = found.columns.get
        self._has_fees = "fee" in found.columns
        self._options = options
        titles = [_ACCOUNT.search(cell) for row in found.titles for cell in row.cells]
        self._account = next((title[1].strip() for title in titles if title), "")

    def is_split(self, row: Row) -> bool:
        return self._action(row).casefold() in _SPLITS

    def are_halves(self, one: Row, other: Row) -> bool:
        """Whether one row took away what the other brought, of the same symbol and on the same day."""
        minus = [self._get(row.cells, "quantity").startswith("-") for row in (one, other)]
        alike = (self._get(one.cells, field) == self._get(other.cells, field) for field in ("date", "symbol"))
        return sum(minus) == 1 and all(alike)

    def say(self, group: Group) -> Sequence[Said]:
        if len(group) == 2:
            return self._split_of(*sorted(group, key=lambda row: self._get(row.cells, "quantity").startswith("-")))
        (row,) = group
        action = self._action(row).casefold()
        if not action:
            return (self._total(row),)
        if action in _TRADES:
            return (self._trade(row, *_TRADES[action]),)
        if action in _REMOVALS:
            return (self._removal(row, action),)
        if action in _SPLITS:
            return (self._split_alone(row),)
        return (self._other(row),)

    def _action(self, row: Row) -> str:
        return self._get(row.cells, "action")

    def _total(self, row: Row) -> Skipped:
        if not any(cell.casefold() in _TOTALS for cell in row.cells):
            raise BadValue("Action: this cell is empty, so what the line did is not known.")
        return Skipped(row.line, "A total of what stands above.")

    def _days(self, row: Row) -> tuple[date, date]:
        """When it was posted, and when it counts from. Raises BadValue."""
        text = self._get(row.cells, "date")
        found = _DATES.fullmatch(text)
        if found is None:
            raise BadValue(f"Date: “{text[:60]}” is not a date.")
        posted = dated(found[1], "Date", DateOrder.MONTH_FIRST)
        return posted, dated(found[2], "Date", DateOrder.MONTH_FIRST) if found[2] else posted

    def _fee(self, row: Row) -> Decimal | None:
        if not self._has_fees:
            return None
        return cost_of([(self._get(row.cells, "fee"), "Fees & Comm")])

    def _trade(self, row: Row, side: Side, effect: Effect | None) -> FillLine:
        contract = contract_of(self._get(row.cells, "symbol"), "Symbol", _CURRENCY)
        quantity = quantity_of(self._get(row.cells, "quantity"), "Quantity")
        price = price_of(self._get(row.cells, "price"), "Price")
        paid, fee = amount(self._get(row.cells, "amount"), "Amount"), self._fee(row)
        must_agree(paid, quantity * price * contract.multiplier, fee, "Amount")
        at, is_dated = moment(self._days(row)[1], None, self._options)
        account = self._account
        return FillLine(row.line, contract, at, is_dated, side, quantity, price, fee, account=account, effect=effect)

    def _removal(self, row: Row, action: str) -> FillLine:
        """An option that left: at 0, on its last day. A quantity below zero was held, one above was owed."""
        contract = contract_of(self._get(row.cells, "symbol"), "Symbol", _CURRENCY)
        if contract.asset_type is not AssetType.OPTION or contract.expiry is None:
            raise BadValue(f"Symbol: “{self._get(row.cells, 'symbol')[:60]}” is not an option, but was {action}.")
        quantity = number(self._get(row.cells, "quantity"), "Quantity")
        at, is_dated = moment(min(self._days(row)[1], contract.expiry), None, self._options)
        return FillLine(
            row.line,
            contract,
            at,
            is_dated,
            Side.SELL if quantity < 0 else Side.BUY,
            quantity_of(self._get(row.cells, "quantity"), "Quantity"),
            ZERO,
            ZERO,
            account=self._account,
            effect=Effect.CLOSE,
            reason=ExitReason.EXPIRED if action == "expired" else None,
        )

    def _split_of(self, came: Row, went: Row) -> Sequence[Said]:
        new = number(self._get(came.cells, "quantity"), "Quantity")
        old = -number(self._get(went.cells, "quantity"), "Quantity")
        ratio = ratios.worded(self._get(came.cells, "description")) or ratios.between(old, new)
        if ratio is None:
            raise BadValue(
                f"Quantity: {old.normalize():f} shares became {new.normalize():f}, which fits more than one ratio. "
                "Enter this split by hand."
            )
        return self._split(came, ratio), Skipped(went.line, f"The other half of the split in line {came.line}.")

    def _split_alone(self, row: Row) -> SplitLine:
        ratio = ratios.worded(self._get(row.cells, "description"))
        if ratio is None:
            raise BadValue(
                "Schwab tells the shares that this split brought, and not its ratio. Enter the split by hand, with its "
                "date and ratio."
            )
        return self._split(row, ratio)

    def _split(self, row: Row, ratio: ratios.Ratio) -> SplitLine:
        contract = contract_of(self._get(row.cells, "symbol"), "Symbol", _CURRENCY)
        return SplitLine(row.line, contract, self._days(row)[0], *ratio, account=self._account)

    def _other(self, row: Row) -> Said:
        action = self._action(row)
        symbol, what = self._get(row.cells, "symbol"), self._get(row.cells, "description")
        quantity = amount(self._get(row.cells, "quantity"), "Quantity")
        if quantity:
            raise BadValue(
                f"“{action[:60]}” moved {quantity.normalize():f} {symbol[:32]} without a trade. If that changed what "
                "you hold, enter a trade by hand, at the price that the shares had cost."
            )
        paid = amount(self._get(row.cells, "amount"), "Amount")
        if not paid:
            return Skipped(row.line, f"“{action[:60]}” moved no cash.")
        return cash_line(
            row.line,
            self._days(row)[1],
            words=action,
            note=f"{action} {symbol} {what}",
            amount=paid,
            currency=_CURRENCY,
            account=self._account,
        )


TRANSACTIONS = Format("schwab_transactions", "Schwab: transactions", "schwab", _recognises, _read)
