"""The trades that Tradervue exports: each with its average entry and exit, and not the fills that it was made of.

Each becomes one fill in and one out. "Volume" counts a trade's units once in some exports and both ways in others; the
gross profit tells which. All fees stand with the exit.
"""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from pathlib import Path

from trenddojo.domain.money import ONE, ZERO, exactly
from trenddojo.statements.columns import Aliases, Columns
from trenddojo.statements.figures import cost_of, price_of, quantity_of
from trenddojo.statements.format import DateOrder, Format, Head, Need, Options
from trenddojo.statements.instants import instant
from trenddojo.statements.lines import Contract, Effect, FillLine, LabelLine, Said
from trenddojo.statements.options import contract_of
from trenddojo.statements.reading import has_columns, table, tags_in, told
from trenddojo.statements.settling import Dates
from trenddojo.statements.sides import direction_of
from trenddojo.statements.tables import Row, rows
from trenddojo.statements.values import BadValue, amount

_ALIASES: Aliases = {
    "opened": ("Open Datetime",),
    "closed": ("Close Datetime",),
    "symbol": ("Symbol",),
    "side": ("Side",),
    "volume": ("Volume",),
    "entry": ("Entry Price",),
    "exit": ("Exit Price",),
    "gross": ("Gross P&L",),
    "commissions": ("Commissions", "Commission"),
    "fees": ("Fees",),
    "notes": ("Notes",),
    "tags": ("Tags",),
}
_NEEDED = ("opened", "closed", "symbol", "side", "volume", "entry", "exit", "gross")
_FEES = ("commissions", "fees")
_HALF = Decimal("0.5")
_ROUNDED = Decimal("0.0001")
"""How far two average prices together may be off: they are told to 4 places."""
_CENT = Decimal("0.01")


def _recognises(head: Head) -> bool:
    return has_columns(head, _ALIASES, _NEEDED)


def _read(path: Path, options: Options) -> Iterator[Said]:
    trades = _settled(path, options)
    yield from told(table(rows(path), _ALIASES, _NEEDED).records, trades.say)


def _settled(path: Path, options: Options) -> "_Trades":
    """The reader of a file, whose order of dates and way of counting its lines show together."""
    found, dates = table(rows(path), _ALIASES, _NEEDED), Dates()
    trades = _Trades(found.columns, options)
    for record in found.records:
        if isinstance(record, Row):
            dates.look_at(found.columns.get(record.cells, "opened"))
            dates.look_at(found.columns.get(record.cells, "closed"))
            trades.look_at(record)
    trades.order = dates.order(options.date_order)
    return trades


class _Trades:
    """What the rows of one file say."""

    def __init__(self, columns: Columns, options: Options) -> None:
        self.order = DateOrder.YEAR_FIRST
        self._columns, self._options = columns, options
        self._fees = [field for field in _FEES if field in columns]
        self._once = self._twice = 0

    def _get(self, row: Row, field: str) -> str:
        return self._columns.get(row.cells, field)

    def look_at(self, row: Row) -> None:
        """Take a trade into account that shows how the file counts its volume."""
        try:
            shares = self._shares(row, self._contract(row))
        except BadValue:
            return
        self._once += shares == [ONE]
        self._twice += shares == [_HALF]

    def say(self, row: Row) -> Sequence[Said]:
        if not self._get(row, "closed"):
            raise BadValue(
                "Close Datetime: this trade was still open, and how much of it was left is not told. Enter it by hand."
            )
        contract = self._contract(row)
        quantity = self._volume(row) * self._share(row, contract)
        way = direction_of(self._get(row, "side"), "Side")
        opened, is_dated = instant(self._get(row, "opened"), "Open Datetime", self.order, self._options)
        closed, is_closed_dated = instant(self._get(row, "closed"), "Close Datetime", self.order, self._options)
        if closed < opened:
            raise BadValue("Close Datetime: this trade ended before it began.")
        entry, exit_ = self._prices(row)
        fee = self._fee(row)
        first = None if fee is None else ZERO
        return (
            FillLine(row.line, contract, opened, is_dated, way.entry_side, quantity, entry, first, effect=Effect.OPEN),
            FillLine(
                row.line, contract, closed, is_closed_dated, way.exit_side, quantity, exit_, fee, effect=Effect.CLOSE
            ),
            *self._label(row),
        )

    def _contract(self, row: Row) -> Contract:
        return contract_of(self._get(row, "symbol"), "Symbol", self._options.currency)

    def _volume(self, row: Row) -> Decimal:
        return quantity_of(self._get(row, "volume"), "Volume")

    def _prices(self, row: Row) -> tuple[Decimal, Decimal]:
        return price_of(self._get(row, "entry"), "Entry Price"), price_of(self._get(row, "exit"), "Exit Price")

    def _fee(self, row: Row) -> Decimal | None:
        told = ((self._get(row, field), _ALIASES[field][0]) for field in self._fees)
        return cost_of(told) if self._fees else None

    def _share(self, row: Row, contract: Contract) -> Decimal:
        """What part of its volume a trade held. Raises BadValue where neither half nor all of it made its profit."""
        shares = self._shares(row, contract)
        if not shares:
            raise BadValue(
                "Gross P&L: this is not what the volume made between entry and exit price. Where the trade was in "
                "futures, or its prices are missing, enter it by hand."
            )
        return shares[0] if len(shares) == 1 else _HALF if self._twice > self._once else ONE

    @exactly
    def _shares(self, row: Row, contract: Contract) -> list[Decimal]:
        gross = amount(self._get(row, "gross"), "Gross P&L")
        way = direction_of(self._get(row, "side"), "Side")
        if gross is None:
            return []
        entry, exit_ = self._prices(row)
        units = self._volume(row) * contract.multiplier
        made, off = (exit_ - entry) * units * way.sign, _ROUNDED * units + _CENT
        return [share for share in (ONE, _HALF) if abs(made * share - gross) <= off * share]

    def _label(self, row: Row) -> tuple[LabelLine, ...]:
        note, tags = self._get(row, "notes"), tags_in(self._get(row, "tags"))
        return (LabelLine(row.line, note, tags),) if note or tags else ()


TRADES = Format(
    "tradervue_trades",
    "Tradervue: completed trades (averages, not fills)",
    "tradervue",
    _recognises,
    _read,
    frozenset({Need.ZONE}),
)
