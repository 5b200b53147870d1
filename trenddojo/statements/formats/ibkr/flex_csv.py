"""Flex queries as CSV: trades, trade confirmations, options, the compact form, and the other sections of a query.

Each section has a header of its own. A query may be set to put a word and the section's code before each line.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache, partial
from pathlib import Path
from typing import Final

from trenddojo.statements.columns import Columns, folded
from trenddojo.statements.format import Format, Head, Need, Options, Unreadable
from trenddojo.statements.formats.ibkr.outline import FLEX_LEVELS
from trenddojo.statements.formats.ibkr.records import Record, columns_of
from trenddojo.statements.formats.ibkr.sections import Placed, Section, level_of, section_of
from trenddojo.statements.formats.ibkr.telling import told
from trenddojo.statements.formats.ibkr.trades import Account
from trenddojo.statements.formats.ibkr.words import FAMILY
from trenddojo.statements.lines import Refusal, Said, Skipped
from trenddojo.statements.tables import Row, rows

_HEADER, _DATA = "HEADER", "DATA"
_FRAMES: Final = frozenset({"BOF", "BOA", "BOS", "EOS", "EOA", "EOF"})
_NAMES: Final = ("ClientAccountID", "CurrencyPrimary", "IBCommission", "IBExecID")
_ACCOUNTS: Final = frozenset(map(folded, _NAMES))
_SEEN_AGAIN: Final = frozenset((*_NAMES, "Buy/Sell"))
"""One of these stands in any header further down, as IBKR spells it."""
_FILLS: Final = tuple(
    frozenset(map(folded, names))
    for names in (
        ("Symbol",),
        ("Buy/Sell",),
        ("Quantity",),
        ("Price", "TradePrice"),
        ("Date/Time", "DateTime", "TradeDate"),
        ("UnderlyingSymbol", "AssetClass"),
    )
)
"""What the form for options has of each: not less, because others' commissions are above zero where they cost."""
_CODES: Final[Mapping[str, tuple[Section, tuple[str, ...]]]] = {
    "TRNT": (Section.TRADES, ()),
    "TCNF": (Section.TRADES, ()),
    "CTRN": (Section.CASH, ("amount", "kind")),
    "CORP": (Section.ACTIONS, ("quantity",)),
    "POST": (Section.HELD, ("symbol", "quantity")),
}
"""Sections by their codes, and what each needs; the others are known by their columns."""

_TRADES_NEED: Final = ("symbol", "quantity", "price", "when")
_SHOWN = 2_000
"""Characters of a refused line that are kept."""

ABOVE: Final = "This line stands above all headers."
FRAME: Final = "The frame around a section."
NO_HEADER: Final = "The file has no column headers. Choose “Include column headers” in the Flex query."


def _recognises(head: Head) -> bool:
    return any(cells[:1] == ("BOF",) or cells[:1] == (_HEADER,) or _is_header(cells) for cells in head.rows)


def _is_header(cells: Sequence[str]) -> bool:
    names = {folded(cell) for cell in cells}
    return len(_ACCOUNTS & names) > 0 or all(names & one for one in _FILLS)


def _read(path: Path, options: Options) -> Iterator[Said]:
    return told(partial(_placed, path), FLEX_LEVELS, options)


def _placed(path: Path) -> Iterator[Placed | Refusal | Skipped]:
    reader = _Reader()
    for row in rows(path):
        if isinstance(row, Refusal):
            yield row
        elif (found := reader.placed(row)) is not None:
            yield found
    if not reader.has_header:
        raise Unreadable(NO_HEADER)


class _Reader:
    """Puts rows under the header that they stand below."""

    def __init__(self) -> None:
        self._columns: Columns | None = None
        self._section, self._code = Section.OTHER, ""

    @property
    def has_header(self) -> bool:
        return self._columns is not None

    def placed(self, row: Row) -> Placed | Refusal | Skipped | None:
        """The record of a row; None for a header. Raises Unreadable for one that lacks a column."""
        word = row.cells[0]
        if word in _FRAMES:
            return Skipped(row.line, FRAME)
        if word == _HEADER and len(row.cells) > 2:
            self._begin(row.cells[2:], row.cells[1])
            return None
        is_coded = word == _DATA
        if not is_coded and self._may_be_header(row.cells) and _is_header(row.cells):
            self._begin(row.cells, "")
            return None
        if self._columns is None:
            return Refusal(row.line, ABOVE, row.text[:_SHOWN])
        return self._record(row, self._columns, row.cells[2:] if is_coded else row.cells)

    def _may_be_header(self, cells: Sequence[str]) -> bool:
        """Whether it is worth looking: most rows below the first header are none."""
        return self._columns is None or not _SEEN_AGAIN.isdisjoint(cells)

    def _begin(self, header: Sequence[str], code: str) -> None:
        self._code = code or "other"
        self._section, self._columns = _headed(tuple(header), code)

    def _record(self, row: Row, columns: Columns, cells: Sequence[str]) -> Placed:
        record = Record(row.line, columns, cells, row.text)
        return Placed(self._section, self._code, level_of(self._section, record), record, _UNTOLD)


_UNTOLD: Final = Account()


@lru_cache(maxsize=64)
def _headed(header: tuple[str, ...], code: str) -> tuple[Section, Columns]:
    """The section below a header, and its columns: worked out once, for a file may repeat its headers as it likes."""
    columns = columns_of(header)
    section, needed = _CODES.get(code) or (section_of(columns), ())
    if section is Section.TRADES or (section is Section.OTHER and "side" in columns):
        section, needed = Section.TRADES, _needed_of_trades(columns)
    columns.require(needed)
    return section, columns


def _needed_of_trades(columns: Columns) -> tuple[str, ...]:
    """A fill needs its instrument, quantity, price and day; one of two columns tells the day."""
    return tuple(one for one in _TRADES_NEED if one != "when" or "trade_date" not in columns)


FLEX_CSV = Format(
    "ibkr_flex", "Interactive Brokers: Flex query (CSV)", FAMILY, _recognises, _read, frozenset({Need.ZONE})
)
