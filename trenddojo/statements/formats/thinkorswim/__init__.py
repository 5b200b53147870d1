"""thinkorswim: the account statement, with its cash and its trade history."""

from trenddojo.statements.formats.thinkorswim.statement import STATEMENT

__all__ = ["STATEMENT"]
