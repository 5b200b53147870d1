"""Short ways to ask for a report."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from tests.conftest import NOW
from trenddojo.services.breakdowns import Breakdown
from trenddojo.services.inputs import parse
from trenddojo.services.inputs.reports import ReportQuery
from trenddojo.services.reports import Performance, performance
from trenddojo.services.scopes import Scope, scope_of
from trenddojo.store.seats import Seat, seats_of


def asked(since: date | None = None, until: date | None = None, **more: Any) -> ReportQuery:
    """What an address asks for; without dates the whole life."""
    period = {} if since or until else {"period": "all"}
    dates = {"from": since and since.isoformat(), "to": until and until.isoformat()}
    return parse(ReportQuery, {**period, **dates, **more})


def report(
    seat: Seat,
    since: date | None = None,
    until: date | None = None,
    by: Breakdown = Breakdown.SETUP,
    now: datetime = NOW,
    **more: Any,
) -> Performance:
    """The report on one account."""
    return performance(Scope.of(seat), asked(since, until, by=by, **more), now)


def joint(seat: Seat, since: date | None = None, until: date | None = None, **more: Any) -> Performance:
    """The report on all of a person's accounts of a mode."""
    query = asked(since, until, account="all", **more)
    return performance(scope_of(seat.user, seats_of(seat.user), query), query, NOW)
