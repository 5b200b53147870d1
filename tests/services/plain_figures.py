"""The figures of closed trades one trade after the other: what arrays and kept totals have to be equal to."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from uuid import UUID

from trenddojo.domain.breakdowns import Breakdown, ClosedResult, tallies
from trenddojo.domain.conversion import Conversion
from trenddojo.domain.money import ZERO
from trenddojo.domain.statistics import Tally, histogram, streaks
from trenddojo.services.breakdowns import Group, in_order
from trenddojo.services.closed_figures import ClosedDay, ClosedFigures
from trenddojo.services.scopes import Scope
from trenddojo.store.closed import EVERY, ClosedFilter, ClosedTrade, closed
from trenddojo.store.database import db
from trenddojo.store.models import Trade
from trenddojo.store.seats import Seat


def closed_between(
    account_ids: Collection[UUID], since: date, until: date, only: ClosedFilter = EVERY
) -> list[ClosedTrade]:
    columns = [Trade.__table__.c[name] for name in ClosedTrade._fields]
    return [ClosedTrade._make(row) for row in db.session.execute(closed(columns, account_ids, since, until, only))]


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


def figures_of(trades: Sequence[ClosedResult], wanted: Collection[Breakdown]) -> ClosedFigures:
    """The figures of trades in order of closing: their definition, one trade after the other."""
    rs = [trade.r for trade in trades if trade.r is not None]
    return ClosedFigures(
        tally=Tally.judged((trade.realised, trade.r, trade.outcome) for trade in trades),
        streaks=streaks(trade.outcome for trade in trades),
        bins=tuple(histogram(rs)),
        best=_symbol_of(trades, max(rs, default=None)),
        worst=_symbol_of(trades, min(rs, default=None)),
        holding_days=sum(trade.holding_days for trade in trades),
        groups={by: _groups(trades, by) for by in wanted},
        days=_days(trades),
    )


def _groups(trades: Sequence[ClosedResult], by: Breakdown) -> tuple[Group, ...]:
    return tuple(in_order((Group(name, tally) for name, tally in tallies(trades, by).items()), by))


def _symbol_of(trades: Sequence[ClosedResult], r: Decimal | None) -> str:
    return next((trade.symbol for trade in trades if trade.r == r), "") if r is not None else ""


def _days(trades: Sequence[ClosedResult]) -> tuple[ClosedDay, ...]:
    found: defaultdict[date, list[ClosedResult]] = defaultdict(list)
    for trade in trades:
        found[trade.closed_on].append(trade)
    return tuple(_day(on, found[on]) for on in sorted(found))


def _day(on: date, trades: Sequence[ClosedResult]) -> ClosedDay:
    rs = [trade.r for trade in trades if trade.r is not None]
    net = sum((trade.realised for trade in trades), ZERO)
    return ClosedDay(on, len(trades), net, len(rs), sum(rs, ZERO))
