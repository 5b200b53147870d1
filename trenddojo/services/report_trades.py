"""The closed trades that a report is made of."""

from trenddojo.domain.breakdowns import ClosedResult
from trenddojo.services.closed_results import closed_results, without
from trenddojo.services.inputs.reports import ReportQuery
from trenddojo.services.rates import conversions
from trenddojo.services.reports import Performance
from trenddojo.services.scopes import Scope


def trades_of(scope: Scope, query: ReportQuery, figures: Performance) -> list[ClosedResult]:
    """The trades in order of closing, in the report's currency, without those of accounts that it leaves out."""
    accounts = [seat.account for seat in scope.seats]
    rates = conversions(accounts, scope.currency, figures.since, figures.until)
    found = {account.id: rates.of(account) for account in accounts}
    results, left_out = closed_results(scope, found, figures.since, figures.until, query.filter)
    return without(results, left_out | {account.id for account in accounts if account.name in figures.without})
