"""What the parts of a statement are about, whatever form the file has."""

from collections.abc import Callable, Iterator, Mapping
from enum import Enum, auto
from typing import Final, NamedTuple

from trenddojo.statements.columns import Columns
from trenddojo.statements.formats.ibkr.records import Record
from trenddojo.statements.formats.ibkr.trades import Account
from trenddojo.statements.lines import Refusal, Skipped


class Section(Enum):
    """What a part's lines say, each in a way of its own."""

    TRADES = auto()
    CASH = auto()
    ACTIONS = auto()
    TRANSFERS = auto()
    HELD = auto()
    CASH_REPORT = auto()
    REALISED = auto()
    INSTRUMENTS = auto()
    OTHER = auto()


class Placed(NamedTuple):
    """A record in its section, whose title it is told under; `charged` is the currency of its commissions' column."""

    section: Section
    title: str
    level: str
    record: Record
    account: Account
    charged: str = ""


Source = Callable[[], Iterator[Placed | Refusal | Skipped]]
"""Reads a file from its beginning, as often as it is asked."""

_TOLD_BY: Final[Mapping[Section, tuple[tuple[str, ...], tuple[str, ...]]]] = {
    Section.CASH_REPORT: (("currency", "ending"), ()),
    Section.TRANSFERS: (("direction", "quantity"), ("price",)),
    Section.TRADES: (("symbol", "quantity", "price"), ()),
    Section.REALISED: (("symbol", "realised"), ()),
    Section.ACTIONS: (("description", "quantity", "kind", "proceeds"), ("price", "mark")),
    Section.HELD: (("symbol", "quantity", "mark"), ("price",)),
    Section.CASH: (("amount", "kind"), ("quantity",)),
}
"""The fields that a table of a section has, and those that it has not, in the order in which they are tried."""


def level_of(section: Section, record: Record) -> str:
    """The level of detail of a record, empty where it tells none; a sum of all currencies is told by its currency."""
    if section is Section.CASH_REPORT and record.get("currency").upper().startswith("BASE"):
        return "BASECURRENCY"
    return record.get("level").upper()


def section_of(columns: Columns) -> Section:
    """What a table is about, by its columns."""
    for section, (present, absent) in _TOLD_BY.items():
        if all(one in columns for one in present) and not any(one in columns for one in absent):
            return section
    return Section.OTHER
