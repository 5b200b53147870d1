"""Charles Schwab: the history of transactions, and the realised gains by lot."""

from trenddojo.statements.formats.schwab.lots import LOTS
from trenddojo.statements.formats.schwab.transactions import TRANSACTIONS

__all__ = ["LOTS", "TRANSACTIONS"]
