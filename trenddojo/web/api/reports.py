"""Reports."""

from trenddojo.services.reports import performance
from trenddojo.services.scopes import scope_of
from trenddojo.web import deps
from trenddojo.web.api import finding
from trenddojo.web.api.inputs import PerformanceQuery
from trenddojo.web.api.operations import Group
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
    return performance_out(performance(scope, query, deps.now()))
