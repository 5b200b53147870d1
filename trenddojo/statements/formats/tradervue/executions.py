"""Executions in Tradervue's generic import format, which many programs write, ours among them.

Source of the columns: Tradervue's help, "Generic Import Format" (help.tradervue.com/article/3429). Fees are positive
where they cost. Dates are year first there; files with others are common.
"""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from pathlib import Path

from trenddojo.statements.columns import Aliases, Columns
from trenddojo.statements.figures import cost_of, price_of, quantity_of
from trenddojo.statements.format import DateOrder, Format, Head, Need, Options
from trenddojo.statements.instants import instant_of
from trenddojo.statements.lines import FillLine, Said
from trenddojo.statements.options import contract_of
from trenddojo.statements.reading import has_columns, table, told
from trenddojo.statements.settling import Dates
from trenddojo.statements.sides import side_of
from trenddojo.statements.tables import Row, rows

_ALIASES: Aliases = {
    "date": ("Date",),
    "time": ("Time",),
    "symbol": ("Symbol",),
    "quantity": ("Quantity", "Qty"),
    "price": ("Price",),
    "side": ("Side",),
    "account": ("Account",),
    "commission": ("Commission",),
    "transfee": ("TransFee", "Transaction Fee"),
    "ecnfee": ("ECNFee", "ECN Fee"),
}
_NEEDED = ("date", "time", "symbol", "quantity", "price", "side")
_FEES = ("commission", "transfee", "ecnfee")


def _recognises(head: Head) -> bool:
    return has_columns(head, _ALIASES, _NEEDED)


def _read(path: Path, options: Options) -> Iterator[Said]:
    order = _order(path, options)
    found = table(rows(path), _ALIASES, _NEEDED)
    yield from told(found.records, _Executions(found.columns, options, order).say)


def _order(path: Path, options: Options) -> DateOrder:
    found, dates = table(rows(path), _ALIASES, _NEEDED), Dates()
    for record in found.records:
        if isinstance(record, Row):
            dates.look_at(found.columns.get(record.cells, "date"))
    return dates.order(options.date_order)


class _Executions:
    """What the rows of one file say."""

    def __init__(self, columns: Columns, options: Options, order: DateOrder) -> None:
        self._columns, self._options, self._order = columns, options, order
        self._fees = [field for field in _FEES if field in columns]

    def say(self, row: Row) -> Sequence[Said]:
        at, is_dated = instant_of(self._get(row, "date"), self._get(row, "time"), "Date", self._order, self._options)
        side, effect = side_of(self._get(row, "side"), "Side")
        fill = FillLine(
            row.line,
            contract_of(self._get(row, "symbol"), "Symbol", self._options.currency),
            at,
            is_dated,
            side,
            quantity_of(self._get(row, "quantity"), "Quantity"),
            price_of(self._get(row, "price"), "Price"),
            self._fee(row),
            account=self._get(row, "account"),
            effect=effect,
        )
        return (fill,)

    def _get(self, row: Row, field: str) -> str:
        return self._columns.get(row.cells, field)

    def _fee(self, row: Row) -> Decimal | None:
        told = ((self._get(row, field), _ALIASES[field][0]) for field in self._fees)
        return cost_of(told) if self._fees else None


EXECUTIONS = Format("tradervue", "Tradervue: executions", "tradervue", _recognises, _read, frozenset({Need.ZONE}))
