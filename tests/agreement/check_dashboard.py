"""The dashboard's figures, held against what is expected."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction

from tests.agreement.check_spans import check_span, check_tally
from tests.agreement.expected import as_stored
from tests.agreement.expected_spans import Facts, months_back
from tests.agreement.sheet import Sheet
from trenddojo.services.dashboard import Dashboard, dashboard
from trenddojo.store.seats import Seat


def check_dashboard(sheet: Sheet, facts: Facts, seat: Seat) -> None:
    """The spans, the open positions, and what happened last."""
    shown, today = dashboard(seat, facts.world.now), facts.world.today
    january = min(max(date(today.year, 1, 1), facts.beginning), today)
    check_span(sheet, "year", shown.year, facts.span(months_back(today, 12), today))
    check_span(sheet, "since January", shown.since_january, facts.span(january, today))
    check_span(sheet, "month", shown.month, facts.span(today.replace(day=1), today))
    check_span(sheet, "today", shown.day, facts.span(today, today))
    check_tally(sheet, "month", shown.month_tally, facts, facts.closed(today.replace(day=1), today), with_sqn=False)
    year = facts.span(months_back(today, 12), today)
    sheet.same("below the peak", shown.below_peak, year.fall_now)
    sheet.same("peak on", shown.peak_on, year.peak_on)
    sheet.same("open P&L", shown.open_pnl, sum((one.figures.open_profit for one in facts.open), Decimal(0)))
    known = [one.now_r for one in facts.open if one.now_r is not None]
    sheet.same("open R", shown.open_r, sum(known, Decimal(0)) if known else None)
    _check_holdings(sheet, facts, shown)
    _check_latest(sheet, facts, shown)


def _check_holdings(sheet: Sheet, facts: Facts, shown: Dashboard) -> None:
    by_id = {facts.world.ids[one.number]: one for one in facts.open}
    for holding in shown.holdings:
        one, where = by_id.pop(holding.trade.id), f"position {holding.trade.symbol}"
        risk = one.open_risk
        outcome = as_stored(facts.world, one)["stop_outcome"]
        sheet.same(f"{where} R", holding.now_r, one.now_r)
        sheet.ratio(f"{where} share", holding.share, Fraction(one.value) / Fraction(facts.now))
        at_stop = None if one.unprotected or not risk else round(Fraction(outcome) / Fraction(risk), 9)
        sheet.same(f"{where} R at the stop", holding.stop_r, at_stop)
        sheet.same(f"{where} to stop", holding.to_stop, one.to_stop)
        sheet.same(f"{where} held", holding.held, (facts.world.today - facts.world.day_of(one.figures.opened_at)).days)
    sheet.same("positions missing", list(by_id), [])


def _check_latest(sheet: Sheet, facts: Facts, shown: Dashboard) -> None:
    booked = {key: amount for one in facts.standings for key, amount in one.figures.bookings}
    fills = sorted((fill.at for trade in facts.world.history.trades for fill in trade.fills), reverse=True)
    sheet.same("latest fills", [fill.facts.at for fill in shown.fills], fills[: len(shown.fills)])
    for fill in shown.fills:
        key = fill.facts.key.removeprefix("recorded-")
        sheet.same(f"booked by {key}", fill.booked, booked.get(key))
    closed = [one.standing for one in facts.closed(date.min, date.max)]
    closed.sort(key=lambda one: (one.figures.closed_at, facts.world.ids[one.number].hex), reverse=True)
    sheet.same("closed last", [row.pnl for row in shown.closed], [one.pnl for one in closed[: len(shown.closed)]])
    plans = sorted(plan.symbol for plan in facts.world.plans if plan.status == "planning")
    sheet.same("plans", sorted(shown.plans), plans)
