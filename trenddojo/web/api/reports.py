"""Reports."""

from trenddojo.services import reports
from trenddojo.services.breakdowns import Breakdown
from trenddojo.services.spans import Period
from trenddojo.web import deps
from trenddojo.web.api import finding
from trenddojo.web.api.inputs import PerformanceQuery
from trenddojo.web.api.operations import Group
from trenddojo.web.api.outputs.reports import PerformanceOut, performance_out

group = Group("Reports")


@group.get("/reports/performance")
def report_performance(query: PerformanceQuery) -> PerformanceOut:
    """Report an account's performance.

    Over a period by name, or from a date to a date; without any, this year to date. Trades are grouped by their setup
    unless asked otherwise.
    """
    seat, now = finding.seat(query.account, "account"), deps.now()
    since, until = query.since, query.until
    if not query.is_custom:
        since = reports.period_start(seat, query.period or Period.YEAR, now)
    return performance_out(reports.performance(seat, since, until, query.by or Breakdown.SETUP, now))
