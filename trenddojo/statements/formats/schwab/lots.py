"""Schwab's realised gains by lot: what was closed, when it was opened and closed, and for how much. Dates only.

Costs and proceeds are after fees, so these fills have none of their own. The file does not tell which lots were short:
they are long unless their quantity is below zero, which leaves the gain what it is. The cost is the one before wash
sales moved losses about, where it is told.
"""

from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path

from trenddojo.domain.money import PRICE_PLACES, ZERO, rounded
from trenddojo.domain.terms import Side
from trenddojo.statements.columns import Aliases
from trenddojo.statements.figures import quantity_of
from trenddojo.statements.format import DateOrder, Format, Head, Options
from trenddojo.statements.lines import Contract, Effect, FillLine, LabelLine, Said, Skipped
from trenddojo.statements.options import contract_of
from trenddojo.statements.reading import Table, dated, has_columns, only_cell, table, told
from trenddojo.statements.tables import Row, rows
from trenddojo.statements.values import BadValue, amount, moment, number

_ALIASES: Aliases = {
    "symbol": ("Symbol",),
    "quantity": ("Quantity", "Qty"),
    "opened": ("Opened Date", "Open Date", "Acquired Date"),
    "closed": ("Closed Date", "Close Date"),
    "cost": ("Cost Per Share",),
    "proceeds": ("Proceeds Per Share",),
    "cost_in_all": ("Unadjusted Cost Basis", "Cost Basis (CB)", "Cost Basis"),
    "proceeds_in_all": ("Proceeds",),
}
_CURRENCY = "USD"
FROM_LOTS = "from lots"
"""The tag of trades that are made of closed lots: their fills are no broker's, their prices after fees."""
_NEEDED = ("symbol", "quantity", "opened", "closed", "cost", "proceeds")


def _recognises(head: Head) -> bool:
    return has_columns(head, _ALIASES, _NEEDED)


def _read(path: Path, options: Options) -> Iterator[Said]:
    found = table(rows(path), _ALIASES, _NEEDED)
    reader = _Lots(found, options)
    yield from told(found.records, reader.say)


class _Lots:
    """What the rows of one file say. A row of one cell names the account of the rows below."""

    def __init__(self, found: Table, options: Options) -> None:
        self._get, self._options = found.columns.get, options
        titles = [title for row in found.titles[-1:] if (title := only_cell(row))]
        self._account = "".join(title for title in titles if " as of " not in title)

    def say(self, row: Row) -> Sequence[Said]:
        if title := only_cell(row):
            self._account = title
            return ()
        symbol = self._get(row.cells, "symbol")
        if symbol == "Symbol":
            return (Skipped(row.line, "The header again."),)
        if "total" in symbol.casefold():
            return (Skipped(row.line, "A total of what stands above."),)
        return self._lot(row, contract_of(symbol, "Symbol", _CURRENCY))

    def _lot(self, row: Row, contract: Contract) -> Sequence[Said]:
        text = self._get(row.cells, "quantity")
        quantity = quantity_of(text, "Quantity")
        cost = self._price(row, "cost", "cost_in_all", quantity * contract.multiplier)
        proceeds = self._price(row, "proceeds", "proceeds_in_all", quantity * contract.multiplier)
        first, last = (Side.BUY, cost), (Side.SELL, proceeds)
        if number(text, "Quantity") < 0:
            first, last = last, first
        opened, closed = self._day(row, "opened"), self._day(row, "closed")
        if closed < opened:
            raise BadValue("Closed Date: this lot was closed before it was opened.")

        def fill(on: date, effect: Effect, of: tuple[Side, Decimal]) -> FillLine:
            at, is_dated = moment(on, None, self._options)
            side, price = of
            account = self._account
            return FillLine(
                row.line, contract, at, is_dated, side, quantity, price, ZERO, account=account, effect=effect
            )

        return (
            fill(opened, Effect.OPEN, first),
            fill(closed, Effect.CLOSE, last),
            LabelLine(row.line, "", (FROM_LOTS,)),
        )

    def _day(self, row: Row, field: str) -> date:
        return dated(self._get(row.cells, field), _ALIASES[field][0], DateOrder.MONTH_FIRST)

    def _price(self, row: Row, each: str, in_all: str, units: Decimal) -> Decimal:
        """The price of a unit: that of the whole shared out, which is told to the cent, else the rounded one told."""
        price = number(self._get(row.cells, each), _ALIASES[each][0])
        whole = amount(self._get(row.cells, in_all), _ALIASES[in_all][0])
        return abs(price) if whole is None else rounded(abs(whole) / units, PRICE_PLACES)


LOTS = Format("schwab_lots", "Schwab: realised gains (closed lots, not fills)", "schwab", _recognises, _read)
