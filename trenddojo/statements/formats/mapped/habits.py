"""How a file writes what can be written in more ways than one: found from all of it before any line is read."""

from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from trenddojo.statements.columns import Aliases
from trenddojo.statements.format import DateOrder, Options
from trenddojo.statements.reading import table
from trenddojo.statements.settling import Dates, Decimals
from trenddojo.statements.tables import Row, delimiter_of, head_of, rows

_NUMBERS = ("quantity", "price", "commission", "fees", "strike")
_DATES = ("date", "expiry")
COSTS = ("commission", "fees")
_MINUS = ("-", "\u2212", "(")


@dataclass(frozen=True, slots=True)
class Habits:
    """The order of dates, whether decimals follow a comma, and the sign that makes a fee positive where it costs."""

    order: DateOrder
    has_comma: bool
    cost_sign: Decimal


def habits_of(path: Path, aliases: Aliases, options: Options) -> Habits:
    """How a file writes. Raises Unreadable, and Unsettled where its dates could be read both ways."""
    found, dates, decimals, costs = table(rows(path), aliases, aliases), Dates(), Decimals(), 0
    for record in found.records:
        if not isinstance(record, Row):
            continue
        for field in _DATES:
            dates.look_at(found.columns.get(record.cells, field))
        for field in _NUMBERS:
            decimals.look_at(found.columns.get(record.cells, field))
        costs += sum(_leaning(found.columns.get(record.cells, field)) for field in COSTS)
    delimiter = delimiter_of(head_of(path).text.splitlines())
    return Habits(dates.order(options.date_order), decimals.has_comma(delimiter), Decimal(-1 if costs < 0 else 1))


def _leaning(text: str) -> int:
    """Which sign a fee has: most have that of a cost, and few are rebates."""
    if not any(digit in text for digit in "123456789"):
        return 0
    return -1 if text.startswith(_MINUS) or text.endswith("-") else 1
