"""The report's figures, held against what is expected."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from fractions import Fraction

from tests.agreement.check_closed import check_daily, check_intervals, check_weeks
from tests.agreement.check_spans import check_span, check_tally
from tests.agreement.expected_spans import Closed, Facts, months_back, outcomes, streak
from tests.agreement.sheet import Sheet
from tests.services.reported import asked, report
from trenddojo.services.breakdowns import Breakdown, Group
from trenddojo.services.measures import measures
from trenddojo.services.report_intervals import report_intervals
from trenddojo.services.reports import Performance, period_start
from trenddojo.services.scopes import Scope
from trenddojo.services.spans import Period
from trenddojo.store.seats import Seat


def check_reports(sheet: Sheet, facts: Facts, seat: Seat, period: Period, by: Breakdown) -> None:
    """The report on a period by name, with the breakdown `by`."""
    since, today = period_start(seat, period, facts.world.now), facts.world.today
    expected = first_day(facts, period)
    sheet.same(f"{period} begins", since, expected)
    shown = report(seat, by=by, now=facts.world.now, period=str(period))
    check_performance(sheet, str(period), facts, shown, expected, today)
    scope, rate = Scope.of(seat), float(seat.account.risk_free_rate) / 100
    check_daily(sheet, str(period), measures(scope, shown), facts.daily(expected, today, rate))
    if facts.world.seed % 25 == 0:
        found = report_intervals(scope, asked(period=str(period)), shown).whole
        check_intervals(sheet, str(period), facts, found, facts.closed(expected, today))


def first_day(facts: Facts, period: Period) -> date:
    """A period's first day: so many months back, or 1 January, but not before the account began."""
    today = facts.world.today
    wanted = {
        Period.MONTH: months_back(today, 1),
        Period.QUARTER: months_back(today, 3),
        Period.HALF: months_back(today, 6),
        Period.YEAR: date(today.year, 1, 1),
        Period.ALL: facts.beginning,
    }[period]
    return min(max(wanted, facts.beginning), today)


def check_performance(sheet: Sheet, name: str, facts: Facts, shown: Performance, since: date, until: date) -> None:
    """The whole report on the days from `since` to `until`."""
    closed = facts.closed(since, until)
    check_span(sheet, name, shown.span, facts.span(since, until))
    check_weeks(sheet, name, facts, shown, closed)
    check_tally(sheet, name, shown.tally, facts, closed)
    statistics, letters = facts.statistics(closed), outcomes(closed, facts.world.band)
    streaks = shown.streaks
    sheet.same(
        f"{name} streaks", (streaks.longest_wins, streaks.longest_losses),
        (statistics.longest_wins, statistics.longest_losses),
    )  # fmt: skip
    sheet.same(f"{name} streaks now", (streaks.wins_now, streaks.losses_now), streak(letters))
    days = [one.holding_days for one in closed]
    sheet.ratio(f"{name} held", shown.mean_holding_days, Fraction(sum(days), len(days)) if days else None)
    _check_bins(sheet, name, shown, closed)
    for by, groups in ((shown.by, shown.groups), (Breakdown.SIDE, shown.sides), (Breakdown.HOLDING, shown.holdings)):
        _check_groups(sheet, f"{name} by {by}", facts, groups, facts.groups(closed, by))
    _check_months(sheet, name, facts, shown, closed)


def _check_bins(sheet: Sheet, name: str, shown: Performance, closed: Sequence[Closed]) -> None:
    rs = [one.standing.r for one in closed if one.standing.r is not None]
    for one in shown.bins:
        low, high = one.low, one.high
        count = len([r for r in rs if (low is None or r >= low) and (high is None or r < high)])
        sheet.same(f"{name} R from {low} to {high}", one.count, count)
    sheet.same(f"{name} counted by R", sum(one.count for one in shown.bins), len(rs))
    symbols = {one.standing.r: one.standing.trade.symbol for one in reversed(closed)}
    for word, extreme in (("best", max), ("worst", min)):
        sheet.same(f"{name} {word}", getattr(shown, word), symbols[extreme(rs)] if rs else "")


def _check_groups(
    sheet: Sheet, name: str, facts: Facts, shown: Sequence[Group], expected: dict[str, list[Closed]]
) -> None:
    sheet.same(f"{name} names", sorted(group.name for group in shown), sorted(expected))
    for group in shown:
        check_tally(sheet, f"{name} {group.name}", group.tally, facts, expected.get(group.name, []))


def _check_months(sheet: Sheet, name: str, facts: Facts, shown: Performance, closed: Sequence[Closed]) -> None:
    for month in shown.months:
        since, until = month.span.since, month.span.until
        where = f"{name} {since:%Y-%m}"
        check_span(sheet, where, month.span, facts.span(since, until))
        check_tally(sheet, where, month.closed, facts, [one for one in closed if since <= one.closed_on <= until])
    covered = [day for month in shown.months[::-1] for day in (month.span.since, month.span.until)]
    sheet.same(f"{name} months", (covered[0], covered[-1]), (shown.since, shown.until))
