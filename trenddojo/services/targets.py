"""Which targets of a trade still wait."""

from datetime import datetime
from decimal import Decimal

from trenddojo.domain.terms import ExitReason
from trenddojo.services.books import Books


def reached_at(books: Books, target: Decimal) -> datetime | None:
    """When an exit took a target, None while it waits."""
    sign = books.trade.direction.sign
    taken = {row.key for row in books.executions if row.exit_reason is ExitReason.TARGET}
    exits = (fill for fill in books.position.fills if fill.key in taken)
    return next((fill.at for fill in exits if sign * (fill.price - target) >= 0), None)


def targets_of(books: Books) -> list[tuple[str, Decimal]]:
    """A trade's targets by their short names, the first one first."""
    both = enumerate((books.trade.target_1, books.trade.target_2), 1)
    return [(f"T{number}", target) for number, target in both if target is not None]


def waiting_targets(books: Books) -> list[tuple[str, Decimal]]:
    """The targets that no exit has taken."""
    return [(name, target) for name, target in targets_of(books) if reached_at(books, target) is None]
