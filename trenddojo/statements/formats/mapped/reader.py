"""A table of fills in a layout of its own: a person has said which of its columns is which."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from types import MappingProxyType

from trenddojo.domain.money import ZERO
from trenddojo.domain.terms import AssetType, Side
from trenddojo.statements.columns import Columns, folded
from trenddojo.statements.figures import price_of, quantity_of
from trenddojo.statements.format import Format, Head, Need, Options
from trenddojo.statements.formats.mapped.fields import FIELDS, aliases_of
from trenddojo.statements.formats.mapped.habits import COSTS, Habits, habits_of
from trenddojo.statements.instants import instant, instant_of
from trenddojo.statements.lines import Contract, Effect, FillLine, LabelLine, Said
from trenddojo.statements.options import contract_of, option, right_of
from trenddojo.statements.reading import dated, table, tags_in, told
from trenddojo.statements.sides import effect_of, side_of
from trenddojo.statements.tables import Row, rows
from trenddojo.statements.values import BadValue, number

_KINDS: Mapping[str, AssetType] = MappingProxyType(
    {
        **dict.fromkeys(("", "stock", "stocks", "stk", "equity", "equities", "share", "shares"), AssetType.STOCK),
        **dict.fromkeys(("etf", "etfs", "fund"), AssetType.ETF),
        **dict.fromkeys(("option", "options", "opt", "call", "put"), AssetType.OPTION),
        **dict.fromkeys(("future", "futures", "fut"), AssetType.FUTURE),
        **dict.fromkeys(("crypto", "cryptocurrency", "coin"), AssetType.CRYPTO),
        **dict.fromkeys(("forex", "fx", "cash", "currency"), AssetType.FOREX),
    }
)
_CURRENCY_LETTERS = 3


def _never(_head: Head) -> bool:
    """No file is recognised as one that nothing recognises."""
    return False


def _read(path: Path, options: Options) -> Iterator[Said]:
    aliases = aliases_of(options)
    habits = habits_of(path, aliases, options)
    found = table(rows(path), aliases, aliases)
    yield from told(found.records, _Fills(found.columns, options, habits).say)


class _Fills:
    """What the rows of one file say."""

    def __init__(self, columns: Columns, options: Options, habits: Habits) -> None:
        self._columns, self._options, self._habits = columns, options, habits
        self._costs = [field for field in COSTS if field in columns]

    def _get(self, row: Row, field: str) -> str:
        return self._columns.get(row.cells, field)

    def _name(self, field: str) -> str:
        """What the file calls a field, for sentences about its cells."""
        return self._options.columns.get(field) or FIELDS[field]

    def _number(self, row: Row, field: str) -> Decimal | None:
        text, name = self._get(row, field), self._name(field)
        if not text.strip("-") or folded(text) == "n/a":
            return None
        return number(text, name, comma=self._habits.has_comma)

    def say(self, row: Row) -> Sequence[Said]:
        comma = self._habits.has_comma
        at, is_dated = self._when(row)
        side, effect = self._side(row)
        fill = FillLine(
            row.line,
            self._contract(row),
            at,
            is_dated,
            side,
            quantity_of(self._get(row, "quantity"), self._name("quantity"), comma=comma),
            price_of(self._get(row, "price"), self._name("price"), comma=comma),
            self._fee(row),
            self._fx(row),
            self._get(row, "key"),
            self._get(row, "account"),
            effect_of(self._get(row, "effect"), self._name("effect")) or effect,
        )
        return (fill, *self._label(row))

    def _when(self, row: Row) -> tuple[datetime, bool]:
        on, at, order = self._get(row, "date"), self._get(row, "time"), self._habits.order
        if "time" in self._columns:
            return instant_of(on, at, self._name("date"), order, self._options)
        return instant(on, self._name("date"), order, self._options)

    def _side(self, row: Row) -> tuple[Side, Effect | None]:
        if "side" in self._columns:
            return side_of(self._get(row, "side"), self._name("side"))
        quantity = number(self._get(row, "quantity"), self._name("quantity"), comma=self._habits.has_comma)
        return (Side.SELL if quantity < 0 else Side.BUY), None

    def _fee(self, row: Row) -> Decimal | None:
        told = [cost for field in self._costs if (cost := self._number(row, field)) is not None]
        return sum(told, ZERO) * self._habits.cost_sign if self._costs else None

    def _fx(self, row: Row) -> Decimal | None:
        found = self._number(row, "fx")
        if found is not None and found <= 0:
            raise BadValue(f"{self._name('fx')}: a rate is above zero.")
        return found

    def _contract(self, row: Row) -> Contract:
        contract = self._spelled(row)
        multiplier = self._number(row, "multiplier")
        if multiplier is not None and multiplier <= 0:
            raise BadValue(f"{self._name('multiplier')}: a multiplier is above zero.")
        if contract.asset_type is AssetType.FUTURE and multiplier is None:
            raise BadValue(f"{self._name('multiplier')}: what one future of {contract.symbol} is worth is not told.")
        return contract if multiplier is None else replace(contract, multiplier=multiplier)

    def _spelled(self, row: Row) -> Contract:
        """The contract by its symbol and kind, or by the terms of an option in columns of their own."""
        symbol, currency = self._get(row, "symbol"), self._currency(row)
        if self._get(row, "strike"):
            return option(
                symbol,
                expiry=dated(self._get(row, "expiry"), self._name("expiry"), self._habits.order),
                strike=self._strike(row),
                right=right_of(self._get(row, "right"), self._name("right")),
                currency=currency,
            )
        contract, kind = contract_of(symbol, self._name("symbol"), currency), self._kind(row)
        if contract.asset_type is AssetType.OPTION:
            return contract
        if kind is AssetType.OPTION:
            raise BadValue(f"{self._name('symbol')}: {contract.symbol} is an option whose terms are not told.")
        return replace(contract, asset_type=kind)

    def _strike(self, row: Row) -> Decimal:
        found = self._number(row, "strike")
        if found is None or found <= 0:
            raise BadValue(f"{self._name('strike')}: a strike is above zero.")
        return found

    def _kind(self, row: Row) -> AssetType:
        text = self._get(row, "asset_type")
        found = _KINDS.get(folded(text))
        if found is None:
            raise BadValue(f"{self._name('asset_type')}: “{text[:60]}” is no kind of instrument that is known here.")
        return found

    def _currency(self, row: Row) -> str:
        text = self._get(row, "currency").upper()
        if text and not (len(text) == _CURRENCY_LETTERS and text.isascii() and text.isalpha()):
            raise BadValue(f"{self._name('currency')}: “{text[:60]}” is not a currency of three letters.")
        return text or self._options.currency

    def _label(self, row: Row) -> tuple[LabelLine, ...]:
        note, tags = self._get(row, "note"), tags_in(self._get(row, "tags"))
        return (LabelLine(row.line, note, tags),) if note or tags else ()


MAPPED = Format(
    "mapped", "A table of fills, whose columns you name", "mapped", _never, _read, frozenset({Need.ZONE, Need.COLUMNS})
)
