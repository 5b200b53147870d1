"""Every format that is read, and which of them a file is."""

from pathlib import Path

from trenddojo.statements.format import Format, Head
from trenddojo.statements.formats import ibkr, mapped, schwab, thinkorswim, tradervue, tradestation, webull
from trenddojo.statements.tables import head_of

FORMATS: tuple[Format, ...] = (
    ibkr.FLEX_XML,
    ibkr.ACTIVITY,
    ibkr.FLEX_CSV,
    thinkorswim.STATEMENT,
    webull.WEBULL,
    webull.WEBULL_BARE,
    tradestation.TRADESTATION,
    schwab.LOTS,
    schwab.TRANSACTIONS,
    tradervue.TRADES,
    tradervue.EXECUTIONS,
    mapped.MAPPED,
)
"""In the order in which they are tried: what is told by more columns comes first."""


def named(name: str) -> Format:
    """The format of a name. Raises KeyError."""
    return {one.name: one for one in FORMATS}[name]


def recognised(path: Path) -> tuple[Format | None, Head]:
    """The format of a file, None where its columns are nobody's, and its head. Raises Unreadable for no text."""
    head = head_of(path)
    return next((one for one in FORMATS if one.recognises(head)), None), head
