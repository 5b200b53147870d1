"""Every format that is read, and which of them a file is."""

from pathlib import Path

from trenddojo.statements.format import Format, Head
from trenddojo.statements.formats import schwab, tradervue
from trenddojo.statements.formats.tradestation import TRADESTATION
from trenddojo.statements.formats.webull import WEBULL, WEBULL_BARE
from trenddojo.statements.tables import head_of

FORMATS: tuple[Format, ...] = (
    schwab.TRANSACTIONS,
    schwab.LOTS,
    TRADESTATION,
    WEBULL,
    WEBULL_BARE,
    tradervue.EXECUTIONS,
    tradervue.TRADES,
)
"""In the order in which they are tried: what is told by more columns comes first."""


def named(name: str) -> Format:
    """The format of a name. Raises KeyError."""
    return {one.name: one for one in FORMATS}[name]


def recognised(path: Path) -> tuple[Format | None, Head]:
    """The format of a file, None where its columns are nobody's, and its head. Raises Unreadable for no text."""
    head = head_of(path)
    return next((one for one in FORMATS if one.recognises(head)), None), head
