"""Reports."""

from datetime import date, datetime

from trenddojo.services.discipline.report import discipline
from trenddojo.services.inputs.reports import PeriodQuery
from trenddojo.services.measures import measures
from trenddojo.services.report_intervals import report_intervals
from trenddojo.services.reports import performance, period_start
from trenddojo.services.scopes import scope_of
from trenddojo.store.seats import Seat
from trenddojo.web import deps
from trenddojo.web.api import finding
from trenddojo.web.api.inputs import DisciplineQuery, PerformanceQuery
from trenddojo.web.api.operations import Group
from trenddojo.web.api.outputs.discipline import DisciplineOut, discipline_out
from trenddojo.web.api.outputs.reports import PerformanceOut, performance_out

group = Group("Reports")


@group.get("/reports/performance")
def report_performance(query: PerformanceQuery) -> PerformanceOut:
    """Report the performance of an account, or of all accounts of one mode.

    Over a period by name, or from a date to a date; without any, this year to date. Trades are grouped by their setup
    unless asked otherwise. Where only some trades are asked for, figures of equity are null.
    """
    with finding.naming("account"):
        scope = scope_of(deps.user(), deps.seats(), query)
    figures = performance(scope, query, deps.now())
    return performance_out(figures, report_intervals(scope, query, figures), measures(scope, figures))


@group.get("/reports/discipline")
def report_discipline(query: DisciplineQuery) -> DisciplineOut:
    """Report what keeping to the plan brought and cost.

    Moved stops, overrides, skipped plans on paper, slippage, the checklist by outcome, sizing drift and pyramids, of
    the trades closed and the plans skipped in a period: by name, or from a date to a date; without any, this year.
    """
    seat, now = finding.seat(query.account, "account"), deps.now()
    return discipline_out(discipline(seat, _since(seat, query, now), query.until, now))


def _since(seat: Seat, query: PeriodQuery, now: datetime) -> date | None:
    return query.since if query.named is None else period_start(seat, query.named, now)
