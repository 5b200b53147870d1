"""Webull's orders (Orders Records, Export), of which the filled ones are kept; shares and options.

Two layouts: one with "Filled" and "Avg Price", one with "Filled Qty" and "Filled Avg Price" and fees. Times end with
EST or EDT; a file whose times name no zone is a format of its own, because then a person has to say which it is.
"""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from pathlib import Path

from trenddojo.statements.columns import Aliases, Columns, folded
from trenddojo.statements.figures import cost_of, price_of, quantity_of
from trenddojo.statements.format import DateOrder, Format, Head, Need, Options
from trenddojo.statements.instants import instant, names_zone
from trenddojo.statements.lines import Effect, FillLine, Said, Skipped
from trenddojo.statements.options import contract_of
from trenddojo.statements.orders import unfilled
from trenddojo.statements.reading import header_in, table, told
from trenddojo.statements.sides import side_of
from trenddojo.statements.tables import Row, rows
from trenddojo.statements.values import BadValue

_ALIASES: Aliases = {
    "symbol": ("Symbol",),
    "side": ("Side", "B/S"),
    "effect": ("Side Type",),
    "status": ("Status",),
    "quantity": ("Filled", "Filled Qty"),
    "price": ("Avg Price", "Filled Avg Price"),
    "at": ("Filled Time",),
    "commission": ("Commission",),
    "fee": ("Fee", "Fees"),
}
_NEEDED = ("symbol", "side", "quantity", "price", "at")
_FEES = ("commission", "fee")
_EFFECTS = {"open": Effect.OPEN, "close": Effect.CLOSE}


def _times(head: Head) -> list[str] | None:
    """The times of fills in the head of a file; None for a file of another format."""
    found = header_in(head, _ALIASES, _NEEDED)
    if found is None:
        return None
    columns = Columns(head.rows[found], _ALIASES, _NEEDED)
    return [at for cells in head.rows[found + 1 :] if (at := columns.get(cells, "at"))]


def _is_zoned(head: Head) -> bool:
    times = _times(head)
    return times is not None and all(map(names_zone, times))


def _is_bare(head: Head) -> bool:
    return _times(head) is not None and not _is_zoned(head)


def _read_zoned(path: Path, options: Options) -> Iterator[Said]:
    return _read(path, options, must_name_zone=True)


def _read_bare(path: Path, options: Options) -> Iterator[Said]:
    return _read(path, options, must_name_zone=False)


def _read(path: Path, options: Options, *, must_name_zone: bool) -> Iterator[Said]:
    found = table(rows(path), _ALIASES, _NEEDED)
    reader = _Orders(found.columns, options, must_name_zone=must_name_zone)
    yield from told(found.records, reader.say)


class _Orders:
    """What the rows of one file say."""

    def __init__(self, columns: Columns, options: Options, *, must_name_zone: bool) -> None:
        self._columns, self._options, self._must_name_zone = columns, options, must_name_zone

    def say(self, row: Row) -> Sequence[Said]:
        why = unfilled(self._get(row, "status"), self._get(row, "quantity"), "Filled")
        return (Skipped(row.line, why),) if why else (self._fill(row),)

    def _get(self, row: Row, field: str) -> str:
        return self._columns.get(row.cells, field)

    def _fill(self, row: Row) -> FillLine:
        at = self._get(row, "at")
        if self._must_name_zone and not names_zone(at):
            raise BadValue(f"Filled Time: “{at[:60]}” names no time zone, as the first lines of the file do.")
        when, is_dated = instant(at, "Filled Time", DateOrder.MONTH_FIRST, self._options)
        side, effect = side_of(self._get(row, "side"), "Side")
        return FillLine(
            row.line,
            contract_of(self._get(row, "symbol"), "Symbol", self._options.currency),
            when,
            is_dated,
            side,
            quantity_of(self._get(row, "quantity"), "Filled"),
            price_of(self._get(row, "price"), "Avg Price"),
            self._fee(row),
            effect=_EFFECTS.get(folded(self._get(row, "effect")), effect),
        )

    def _fee(self, row: Row) -> Decimal | None:
        told = [field for field in _FEES if field in self._columns]
        return cost_of((self._get(row, field), _ALIASES[field][0]) for field in told) if told else None


WEBULL = Format("webull", "Webull: orders", "webull", _is_zoned, _read_zoned)
WEBULL_BARE = Format(
    "webull_bare",
    "Webull: orders, times without a zone",
    "webull",
    _is_bare,
    _read_bare,
    frozenset({Need.ZONE}),
)
