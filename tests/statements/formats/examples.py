"""One file of each format, in the layout that the broker writes and with trades that nobody made."""

from __future__ import annotations

from pathlib import Path

NAMES = (
    "ibkr_flex",
    "ibkr_activity",
    "schwab_transactions",
    "schwab_lots",
    "thinkorswim",
    "tradestation",
    "webull",
    "webull_bare",
    "tradervue",
    "tradervue_trades",
)
_FILES = Path(__file__).parent / "files"


def example(name: str) -> str:
    """The file of a format, with the mark of its encoding where it has one."""
    return (_FILES / f"{name}.csv").read_text(encoding="utf-8")


EXAMPLES = {name: example(name) for name in NAMES}
MAPPED = example("mapped")
"""A table that no broker writes so, in German, whose columns somebody named:"""
MAPPED_COLUMNS = {
    "date": "Ausführung",
    "time": "Uhrzeit",
    "symbol": "Wertpapier",
    "quantity": "Menge",
    "price": "Kurs",
    "commission": "Gebühr",
    "currency": "Währung",
}
