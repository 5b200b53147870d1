"""What of a statement is new, and what came of it."""

from collections.abc import Callable
from dataclasses import dataclass, fields
from datetime import date
from typing import Any

DAYS = ("first_on", "last_on", "opens_on")
"""The counts that are dates."""
Progress = Callable[[int, int], None]
"""Takes how much of a stage is done and how much there is, in its own units. It may not be called in a transaction."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """The counts of a stage. `first_on` and `last_on` are dates of fills, `symbols` those that occur.

    `stops_without_bars` are the trades with an entry of which a rule of average true ranges knows too few bars.
    `opens_on` is the day to which the account's opening moves; None where it stays.
    """

    fills_new: int = 0
    fills_known: int = 0
    fills_refused: int = 0
    lines_skipped: int = 0
    trades_made: int = 0
    trades_joined: int = 0
    cash_new: int = 0
    cash_known: int = 0
    splits_new: int = 0
    splits_known: int = 0
    labels: int = 0
    fees_estimated: int = 0
    stops_assumed: int = 0
    stops_without_bars: int = 0
    first_on: date | None = None
    last_on: date | None = None
    opens_on: date | None = None
    symbols: tuple[str, ...] = ()

    @property
    def as_json(self) -> dict[str, Any]:
        """The counts as they are kept with the import."""
        found = {one.name: getattr(self, one.name) for one in fields(self)}
        days = {name: found[name].isoformat() if found[name] else None for name in DAYS}
        return {**found, **days, "symbols": list(self.symbols)}
