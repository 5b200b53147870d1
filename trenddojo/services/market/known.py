"""Which prices are known of what a person's accounts trade, who told them, and what could not be asked."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from trenddojo.domain.terms import Timeframe
from trenddojo.services.bars import realms_of
from trenddojo.store import bar_coverage
from trenddojo.store.bar_coverage import Known
from trenddojo.store.seats import Seat

MOST = 200
"""Instruments that are listed, the newest traded ones."""


@dataclass(frozen=True, slots=True)
class Failure:
    """Bars that a connection was asked for in vain, or a part of them."""

    symbol: str
    timeframe: Timeframe
    connection: str
    why: str
    failed_at: datetime | None


def known_prices(seats: Sequence[Seat]) -> list[Known]:
    """The bars of what these accounts traded last, by symbol, as far as the accounts see them."""
    realms = {realm for seat in seats for realm in realms_of(seat.account)}
    return bar_coverage.known([seat.account.id for seat in seats], realms, MOST)


def failures(seats: Sequence[Seat]) -> list[Failure]:
    """What the connections of these accounts said last instead of bars."""
    connections = {seat.account.connection_id for seat in seats if seat.account.connection_id is not None}
    return [
        Failure(symbol, row.timeframe, name, row.failure, row.failed_at)
        for row, symbol, name in bar_coverage.failures_of(connections)
    ]
