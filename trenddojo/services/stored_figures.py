"""What an account's closed trades come to over its whole life, from what is kept of each day and in all.

It costs the same however many trades there were.
"""

from collections.abc import Collection, Mapping
from datetime import date
from decimal import Decimal
from uuid import UUID

from trenddojo.domain.breakdowns import Breakdown
from trenddojo.domain.statistics import Tally, binned
from trenddojo.services.breakdowns import Group, in_order
from trenddojo.services.closed_figures import ClosedDay, ClosedFigures
from trenddojo.store.report_totals import (
    ALL,
    BIN,
    ClosingDay,
    Key,
    closing_days,
    closing_span,
    is_kept,
    runs_of,
    totals_of,
)


def stored_figures(account_id: UUID, since: date, until: date, wanted: Collection[Breakdown]) -> ClosedFigures | None:
    """The figures of a span, both ends included; None unless all of the account's closed trades lie in it."""
    if not is_kept(account_id):
        return None
    first, last = closing_span(account_id)
    if first is not None and last is not None and not since <= first <= last <= until:
        return None
    return _figures(account_id, wanted)


def _figures(account_id: UUID, wanted: Collection[Breakdown]) -> ClosedFigures:
    totals, days = totals_of(account_id, {ALL, BIN, *wanted}), closing_days(account_id)
    tally = totals[ALL, ""]
    return ClosedFigures(
        tally=tally,
        streaks=runs_of(days).streaks,
        bins=tuple(binned({int(name): of.trades for (by, name), of in totals.items() if by == BIN})),
        best=_first(days, "best", tally.best_r),
        worst=_first(days, "worst", tally.worst_r),
        holding_days=sum(day.holding_days for day in days),
        groups={
            by: tuple(in_order((Group(key[1], of) for key, of in totals.items() if key[0] == by), by)) for by in wanted
        },
        days=tuple(ClosedDay(day.on, day.trades, day.net, day.with_r, day.sum_r) for day in days),
    )


def _groups(totals: Mapping[Key, Tally], by: Breakdown) -> list[Group]:
    return in_order((Group(name, tally) for (breakdown, name), tally in totals.items() if breakdown == by), by)


def _first(days: list[ClosingDay], which: str, r: Decimal | None) -> str:
    """The symbol of the first trade with the best or the worst R."""
    found = (getattr(day, which) for day in days if getattr(day, f"{which}_r") == r)
    return next(found, "") if r is not None else ""
