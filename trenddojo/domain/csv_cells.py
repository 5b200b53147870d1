"""A value as a cell of a CSV file: exact, unformatted, and nothing that a spreadsheet takes for a formula."""

from datetime import UTC, date, datetime
from decimal import Decimal

Cell = str | int | Decimal | date | datetime | None
GUARD = "'"
_GUARDED = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20", GUARD)
"""What a spreadsheet may take a text for a formula by (source: OWASP, "CSV Injection"), in full width too; and the
guard itself, so that whoever reads the file can take every guard away again."""


def cell_text(cell: Cell) -> str:
    """A cell as it is written: figures in plain digits, times in UTC and ISO 8601, an unknown value empty."""
    match cell:
        case None:
            return ""
        case Decimal():
            return f"{cell:f}"
        case datetime():
            return cell.astimezone(UTC).isoformat()
        case date():
            return cell.isoformat()
        case str():
            return f"{GUARD}{cell}" if cell.startswith(_GUARDED) else cell
        case _:
            return str(cell)


def unguarded(text: str) -> str:
    """The text that was written as a cell."""
    return text.removeprefix(GUARD)
