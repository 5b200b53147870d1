"""What the days of a report say beside its trades: Sharpe, Sortino, time in market, exposure, turnover."""

from collections.abc import Iterable
from decimal import Decimal
from functools import reduce

from trenddojo.domain.money import HUNDRED, ZERO
from trenddojo.domain.nyse import trading_days
from trenddojo.domain.returns import Daily, Held, daily
from trenddojo.services.reports import Performance
from trenddojo.services.scopes import Scope
from trenddojo.store import days


def measures(scope: Scope, figures: Performance) -> Daily | None:
    """The measures of the report's days; None where only some trades are asked for.

    What is held before the first day counts too. Several accounts together are measured with a risk-free rate of 0, and
    where one of them is in another currency, what they held before with each day's rate is not known: then without
    exposure and turnover.
    """
    if figures.span is None:
        return None
    sessions = trading_days(figures.since, figures.until)
    rate = scope.account.risk_free_rate / HUNDRED if scope.account else ZERO
    found = daily(_before(scope, figures), figures.span.changes, figures.span.points, sessions, rate)
    return found if _is_of_one_currency(scope) else _without_values(found)


def _before(scope: Scope, figures: Performance) -> Held:
    return _sum(days.held_before(seat.account.id, figures.since) for seat in scope.seats)


def _sum(held: Iterable[Held]) -> Held:
    return reduce(lambda one, other: Held(one.gross + other.gross, one.open + other.open), held, Held())


def _is_of_one_currency(scope: Scope) -> bool:
    return all(seat.account.base_currency == scope.currency for seat in scope.seats)


def _without_values(found: Daily) -> Daily:
    nothing: Decimal | None = None
    return Daily(found.yearly_rate, found.sharpe, found.sortino, found.time_in_market, nothing, nothing)
