"""The sections of thinkorswim's account statement: titles in rows of one cell, and a header of its own for each."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from types import MappingProxyType

from trenddojo.statements.columns import Aliases, Columns, folded
from trenddojo.statements.format import Unreadable
from trenddojo.statements.lines import Refusal
from trenddojo.statements.reading import Records, is_header, only_cell
from trenddojo.statements.tables import Row

CASH: Aliases = {
    "date": ("DATE",),
    "time": ("TIME",),
    "type": ("TYPE",),
    "key": ("REF #", "REF"),
    "description": ("DESCRIPTION",),
    "misc": ("Misc Fees", "Fees"),
    "commissions": ("Commissions & Fees", "Commissions"),
    "amount": ("AMOUNT",),
    "balance": ("BALANCE",),
}
CASH_NEEDED = ("date", "time", "type", "description", "amount", "balance")
TRADES: Aliases = {
    "at": ("Exec Time",),
    "spread": ("Spread",),
    "side": ("Side",),
    "quantity": ("Qty",),
    "effect": ("Pos Effect",),
    "symbol": ("Symbol",),
    "expiry": ("Exp",),
    "strike": ("Strike",),
    "type": ("Type",),
    "price": ("Price",),
    "net": ("Net Price",),
}
TRADES_NEEDED = ("at", "side", "quantity", "symbol", "expiry", "strike", "type", "price", "net")
_HELD: Aliases = {
    "symbol": ("Symbol",),
    "expiry": ("Exp",),
    "strike": ("Strike",),
    "type": ("Type",),
    "quantity": ("Qty",),
    "average": ("Trade Price",),
    "price": ("Mark", "Close Price"),
}


class Section(Enum):
    """Which part of a statement a row stands in."""

    CASH = auto()
    TRADES = auto()
    HELD = auto()
    OTHER = auto()


_Header = tuple[Section, Aliases, tuple[str, ...]]
_CASH: _Header = (Section.CASH, CASH, CASH_NEEDED)
_TRADES: _Header = (Section.TRADES, TRADES, TRADES_NEEDED)
_TITLED: Mapping[str, _Header] = MappingProxyType(
    {
        "cashbalance": _CASH,
        "accounttradehistory": _TRADES,
        "filledorders": _TRADES,
        "equities": (Section.HELD, _HELD, ("symbol", "quantity")),
        "options": (Section.HELD, _HELD, ("symbol", "quantity", "expiry", "strike", "type")),
    }
)


@dataclass(frozen=True, slots=True)
class Placed:
    """A row in its section, under its title and its columns, which are none in the sections that are not read."""

    section: Section
    title: str
    columns: Columns | None
    row: Row

    def get(self, field: str) -> str:
        """The field's cell; empty where there is none."""
        return self.columns.get(self.row.cells, field) if self.columns else ""


def placed(records: Records) -> Iterator[Placed | Refusal]:
    """The rows of a statement in their sections, without the headers of those that are read.

    Raises Unreadable where one of those lacks a column, and names it, and at the end of a file without trades.
    """
    section, title, columns, has_trades = Section.OTHER, "", None, False
    for record in records:
        if isinstance(record, Refusal):
            yield record
            continue
        if text := only_cell(record):
            section, title, columns = Section.OTHER, text, None
        elif section is Section.OTHER and (found := _headed(title, record.cells)):
            section, columns = found
            has_trades |= section is not Section.HELD
            continue
        yield Placed(section, title, columns, record)
    if not has_trades:
        raise Unreadable("The file has neither a section “Cash Balance” nor one “Account Trade History”.")


def _headed(title: str, cells: Sequence[str]) -> tuple[Section, Columns] | None:
    """The section that a header begins, None for another row. Raises Unreadable below the title of one that is read."""
    for section, aliases, needed in (_CASH, _TRADES):
        if is_header(cells, aliases, needed):
            return section, Columns(cells, aliases, needed)
    if known := _TITLED.get(folded(title)):
        section, aliases, needed = known
        return section, Columns(cells, aliases, needed)
    return None
