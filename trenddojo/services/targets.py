"""Which targets of a trade still wait."""

from datetime import datetime
from decimal import Decimal

from trenddojo.domain.terms import ExitReason
from trenddojo.services.books import Books


def reached_at(books: Books, target: Decimal) -> datetime | None:
    """When an exit took a target, None while it waits."""
    sign = books.trade.direction.sign
    exits = (row for row in books.executions if row.exit_reason is ExitReason.TARGET)
    return next((row.at for row in exits if sign * (row.price - target) >= 0), None)


def targets_of(books: Books) -> list[tuple[str, Decimal]]:
    """A trade's targets by their short names, the first one first."""
    both = enumerate((books.trade.target_1, books.trade.target_2), 1)
    return [(f"T{number}", target) for number, target in both if target is not None]


def waiting_targets(books: Books) -> list[tuple[str, Decimal]]:
    """The targets that no exit has taken."""
    return [(name, target) for name, target in targets_of(books) if reached_at(books, target) is None]
