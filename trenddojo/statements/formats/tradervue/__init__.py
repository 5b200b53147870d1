"""Tradervue: executions in its generic format, and the trades that it exports."""

from trenddojo.statements.formats.tradervue.executions import EXECUTIONS
from trenddojo.statements.formats.tradervue.trades import TRADES

__all__ = ["EXECUTIONS", "TRADES"]
