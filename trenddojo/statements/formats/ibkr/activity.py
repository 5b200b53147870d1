"""IBKR's activity statement as CSV: many tables in one file, each line with its section's name before it.

Source: IBKR, "Reporting Reference Guide: Activity Statements"; the sections' columns as in public importers.
"""

import re
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Final

from trenddojo.statements.columns import Columns
from trenddojo.statements.format import Format, Head, Need, Options, Unreadable
from trenddojo.statements.formats.ibkr.outline import ACTIVITY_LEVELS
from trenddojo.statements.formats.ibkr.records import IN_ACTIVITY, Record, columns_of
from trenddojo.statements.formats.ibkr.sections import Placed, Section, level_of
from trenddojo.statements.formats.ibkr.telling import told
from trenddojo.statements.formats.ibkr.trades import Account
from trenddojo.statements.formats.ibkr.words import FAMILY
from trenddojo.statements.lines import Refusal, Said, Skipped
from trenddojo.statements.tables import Row, rows

_HEADER, _DATA = "Header", "Data"
_CASH: Final = (
    "Deposits & Withdrawals",
    "Fees",
    "Other Fees",
    "Advisor Fees",
    "Transaction Fees",
    "Commission Adjustments",
    "Dividends",
    "Payment In Lieu Of Dividends",
    "Withholding Tax",
    "871(m) Withholding",
    "Interest",
    "Bond Interest Received",
    "Bond Interest Paid",
)
_SECTIONS: Final[Mapping[str, tuple[Section, tuple[str, ...]]]] = {
    "Trades": (Section.TRADES, ("symbol", "when", "quantity", "price")),
    **dict.fromkeys(_CASH, (Section.CASH, ("amount",))),
    "Corporate Actions": (Section.ACTIONS, ("description",)),
    "Transfers": (Section.TRANSFERS, ("quantity",)),
    "Open Positions": (Section.HELD, ("symbol", "quantity")),
    "Cash Report": (Section.CASH_REPORT, ("label", "currency", "total")),
    "Realized & Unrealized Performance Summary": (Section.REALISED, ("symbol", "realised")),
    "Financial Instrument Information": (Section.INSTRUMENTS, ("symbol",)),
}
"""What each section is about, and the fields that it needs."""
_ABOUT: Final = ("Statement", "Account Information")
"""Sections that are titles: of their lines nothing is said."""
_CHARGED = re.compile(r"Comm(?:/Fee)? in ([A-Z]{3})")
_DAY = r"([A-Z][a-z]{2})[a-z]* (\d{1,2}), (\d{4})"
_PERIOD = re.compile(rf"{_DAY}(?: - {_DAY})?", re.ASCII)

_TOTALS: Final = frozenset({"SubTotal", "Total"})
_SHOWN = 2_000
"""Characters of a refused line that are kept."""

TOTAL: Final = "A total."
OTHER: Final = "The section “{title}” says nothing for the books."
NOTE: Final = "A line of the kind “{kind}”, which says nothing for the books."
NO_SECTION: Final = "This line belongs to no section."
NO_HEADER: Final = "The section “{title}” has no header above this line."
NO_SECTIONS: Final = "The file has none of the sections of an activity statement in English."


def _recognises(head: Head) -> bool:
    return any(_is_header(cells) and (cells[0] in _SECTIONS or cells[0] in _ABOUT) for cells in head.rows)


def _is_header(cells: tuple[str, ...]) -> bool:
    return len(cells) > 2 and cells[1] == _HEADER


def _read(path: Path, options: Options) -> Iterator[Said]:
    return told(partial(_placed, path), ACTIVITY_LEVELS, options)


def _placed(path: Path) -> Iterator[Placed | Refusal | Skipped]:
    reader = _Reader(_account(path))
    for row in rows(path):
        if isinstance(row, Refusal):
            yield row
        elif (found := reader.placed(row)) is not None:
            yield found
    if not reader.has_sections:
        raise Unreadable(NO_SECTIONS)


def _account(path: Path) -> Account:
    """What the file tells of the account and its days, wherever that stands."""
    account = Account()
    for row in rows(path):
        if isinstance(row, Row) and len(row.cells) > 3 and row.cells[0] in _ABOUT and row.cells[1] == _DATA:
            account = _with(account, row.cells[2], row.cells[3])
    return account


def _with(account: Account, name: str, value: str) -> Account:
    match name:
        case "Account":
            return account._replace(name=value.partition(" ")[0])
        case "Base Currency":
            return account._replace(base=value)
        case "Period":
            since, until = _period(value)
            return account._replace(since=since, until=until)
        case _:
            return account


def _period(text: str) -> tuple[str, str]:
    """The first and the last day of "January 2, 2024 - March 29, 2024", or of one day; empty where it is neither."""
    found = _PERIOD.fullmatch(text)
    if found is None:
        return "", ""
    month, on, year, last_month, last_on, last_year = found.groups()
    since = f"{on}-{month}-{year}"
    return since, f"{last_on}-{last_month}-{last_year}" if last_month else since


class _Reader:
    """Puts rows under their section's latest header."""

    def __init__(self, account: Account) -> None:
        self._account = account
        self._title, self._charged = "", ""
        self._columns: Columns | None = None
        self.has_sections = False

    def placed(self, row: Row) -> Placed | Refusal | Skipped | None:
        """The record of a row; None for headers and titles. Raises Unreadable for a header that lacks a column."""
        title, kind = row.cells[0], row.cells[1] if len(row.cells) > 1 else ""
        section, needed = _SECTIONS.get(title, (Section.OTHER, ()))
        if kind == _HEADER:
            self._begin(title, row.cells, needed)
            return None
        if title in _ABOUT:
            return None
        if kind != _DATA:
            return self._no_data(row, title, kind)
        if section is Section.OTHER:
            return Skipped(row.line, OTHER.format(title=title[:40]))
        if row.cells[2].startswith("Total"):
            return Skipped(row.line, TOTAL)
        if self._columns is None or self._title != title:
            return Refusal(row.line, NO_HEADER.format(title=title), row.text[:_SHOWN])
        return self._record(row, section, self._columns)

    def _no_data(self, row: Row, title: str, kind: str) -> Refusal | Skipped:
        if kind in _TOTALS:
            return Skipped(row.line, TOTAL)
        if title in _SECTIONS or self._title == title:
            return Skipped(row.line, NOTE.format(kind=kind[:40]))
        return Refusal(row.line, NO_SECTION, row.text[:_SHOWN])

    def _begin(self, title: str, cells: list[str], needed: tuple[str, ...]) -> None:
        self.has_sections = self.has_sections or title in _SECTIONS or title in _ABOUT
        charged = next((found for cell in cells if (found := _CHARGED.fullmatch(cell))), None)
        self._charged = charged[1] if charged else ""
        header = ["Comm/Fee" if _CHARGED.fullmatch(cell) else cell for cell in cells[2:]]
        self._title, self._columns = title, columns_of(header, needed, IN_ACTIVITY)

    def _record(self, row: Row, section: Section, columns: Columns) -> Placed:
        record = Record(row.line, columns, row.cells[2:], row.text)
        return Placed(section, row.cells[0], level_of(section, record), record, self._account, self._charged)


ACTIVITY = Format(
    "ibkr_activity", "Interactive Brokers: activity statement", FAMILY, _recognises, _read, frozenset({Need.ZONE})
)
