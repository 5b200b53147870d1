"""Closed trades of a scope as statistics take them: each judged in its account's own currency, then converted."""

from collections.abc import Iterable, Mapping
from datetime import date
from uuid import UUID

from trenddojo.domain.breakdowns import ClosedResult
from trenddojo.domain.conversion import Conversion
from trenddojo.services.scopes import Scope
from trenddojo.store.closed import ClosedFilter, ClosedTrade, closed_between
from trenddojo.store.seats import Seat


def closed_results(
    scope: Scope, conversions: Mapping[UUID, Conversion], since: date, until: date, only: ClosedFilter
) -> tuple[list[tuple[UUID, ClosedResult]], set[UUID]]:
    """The trades closed in a span, in order of closing, with their accounts; and the accounts that lack a rate.

    A result is converted at the rate of the date of its last exit (rule 55 of docs/NUMBERS.md). Whether it won is
    decided before, within its account's band of breakeven. R has no currency.
    """
    seats = {seat.account.id: seat for seat in scope.seats}
    found, unknown = [], set()
    for trade in closed_between(seats.keys(), since, until, only):
        made = _result(trade, seats[trade.account_id], conversions[trade.account_id])
        if made is None:
            unknown.add(trade.account_id)
        else:
            found.append((trade.account_id, made))
    return found, unknown


def without(found: Iterable[tuple[UUID, ClosedResult]], left_out: set[UUID]) -> list[ClosedResult]:
    """The results of all accounts but those."""
    return [result for account_id, result in found if account_id not in left_out]


def _result(trade: ClosedTrade, seat: Seat, conversion: Conversion) -> ClosedResult | None:
    amount = conversion.amount(trade.realised, trade.closed_on)
    if amount is None:
        return None
    return trade.judged(seat.zone, seat.account.breakeven_band)._replace(realised=amount)
