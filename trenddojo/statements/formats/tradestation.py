"""TradeStation's list of orders, of which the filled ones are kept; shares and options.

The side stands under "Type", or under "Side" in files where "Type" is that of the order.

"Entered" is when the order was given. Where the file has a time of the fill too, that one counts.
"""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from pathlib import Path

from trenddojo.domain.terms import AssetType
from trenddojo.statements.columns import Aliases, Columns
from trenddojo.statements.figures import cost_of, price_of, quantity_of
from trenddojo.statements.format import DateOrder, Format, Head, Need, Options
from trenddojo.statements.instants import instant
from trenddojo.statements.lines import Contract, FillLine, Said, Skipped
from trenddojo.statements.options import contract_of
from trenddojo.statements.orders import unfilled
from trenddojo.statements.reading import has_columns, table, told
from trenddojo.statements.sides import side_of
from trenddojo.statements.tables import Row, rows
from trenddojo.statements.values import BadValue

_ALIASES: Aliases = {
    "account": ("Account", "Account Number"),
    "entered": ("Entered", "Entered Time", "Date Entered", "Open Time"),
    "filled_at": ("Filled Time", "Time Filled", "Executed", "Time Executed", "Execution Time", "Close Time"),
    "status": ("Order Status", "Status"),
    "side": ("Side", "Type", "Action"),
    "symbol": ("Symbol",),
    "expiry": ("Contract Exp Date",),
    "quantity": ("Qty Filled", "Quantity Filled", "Filled Qty", "Filled Quantity"),
    "price": ("Filled Price", "Fill Price", "Avg Filled Price", "Avg Fill Price"),
    "commission": ("Commission", "Commissions", "Commission Fee"),
}
_NEEDED = ("entered", "status", "side", "symbol", "quantity", "price")


def _recognises(head: Head) -> bool:
    return has_columns(head, _ALIASES, _NEEDED)


def _read(path: Path, options: Options) -> Iterator[Said]:
    found = table(rows(path), _ALIASES, _NEEDED)
    yield from told(found.records, _Orders(found.columns, options).say)


class _Orders:
    """What the rows of one file say."""

    def __init__(self, columns: Columns, options: Options) -> None:
        self._columns, self._options = columns, options

    def say(self, row: Row) -> Sequence[Said]:
        why = unfilled(self._get(row, "status"), self._get(row, "quantity"), "Qty Filled")
        return (Skipped(row.line, why),) if why else (self._fill(row),)

    def _get(self, row: Row, field: str) -> str:
        return self._columns.get(row.cells, field)

    def _fill(self, row: Row) -> FillLine:
        field = "filled_at" if self._get(row, "filled_at") else "entered"
        at, is_dated = instant(self._get(row, field), _ALIASES[field][0], DateOrder.MONTH_FIRST, self._options)
        side, effect = side_of(self._get(row, "side"), "Type")
        return FillLine(
            row.line,
            self._contract(row),
            at,
            is_dated,
            side,
            quantity_of(self._get(row, "quantity"), "Qty Filled"),
            price_of(self._get(row, "price"), "Filled Price"),
            self._fee(row),
            account=self._get(row, "account"),
            effect=effect,
        )

    def _contract(self, row: Row) -> Contract:
        contract = contract_of(self._get(row, "symbol"), "Symbol", self._options.currency)
        if self._get(row, "expiry") and contract.asset_type is not AssetType.OPTION:
            raise BadValue(
                f"Symbol: {contract.symbol} has an expiry and is not spelled as an option. What one future is worth is "
                "not told here: bring this line in a file whose columns you name, with a multiplier."
            )
        return contract

    def _fee(self, row: Row) -> Decimal | None:
        if "commission" not in self._columns:
            return None
        return cost_of([(self._get(row, "commission"), "Commission")])


TRADESTATION = Format(
    "tradestation", "TradeStation: orders", "tradestation", _recognises, _read, frozenset({Need.ZONE})
)
