"""The open-risk board, held against what is expected."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction

from tests.agreement.expected import buying_power, monday_of, risk_used
from tests.agreement.expected_spans import Facts, outcomes, streak
from tests.agreement.sheet import Sheet
from trenddojo.services.exposure import RiskBoard, risk_board
from trenddojo.store.seats import Seat


def check_board(sheet: Sheet, facts: Facts, seat: Seat) -> None:
    """Risk used, the daily loss, buying power, and every open trade at its stops."""
    board = risk_board(seat, facts.world.now)
    _check_windows(sheet, facts, board)
    _check_open_risks(sheet, facts, board)
    today = facts.span(facts.world.today, facts.world.today)
    lost = max(Decimal(0), -today.gain)
    sheet.same("loss today", board.daily_loss.used, lost)
    sheet.ratio("loss limit", board.daily_loss.limit, max(Fraction(0), Fraction(today.starting) * 2 / 100))
    sheet.ratio("buying power", board.account.buying_power, buying_power(facts.world, facts.standings, facts.now))
    sheet.same("positions", board.positions.used, len(facts.open))
    lost_in_a_row = streak(outcomes(facts.closed(date.min, date.max), facts.world.band))[1]
    sheet.same("losing streak", board.account.losing_streak, lost_in_a_row)
    sheet.same("halved", board.halved, 0 < facts.world.halve_after <= lost_in_a_row)
    groups = [facts.world.labels[one.number].group.strip().lower() for one in facts.open]
    expected = {name: groups.count(name) for name in groups if name}
    sheet.same("groups", {group.name.lower(): group.positions.used for group in board.groups}, expected)


def _check_windows(sheet: Sheet, facts: Facts, board: RiskBoard) -> None:
    equity = max(Fraction(0), Fraction(facts.now))
    windows = (("today", board.today, 3, facts.world.today), ("week", board.this_week, 6, monday_of(facts.world.today)))
    for name, budget, percent, since in windows:
        expected = risk_used(facts.world, facts.standings, since)
        sheet.ratio(f"risk used {name}", budget.used, expected.used)
        sheet.same(f"risk unknown {name}", budget.unknown is not None, expected.unknown)
        limit = equity * percent / 100
        sheet.ratio(f"risk limit {name}", budget.limit, limit)
        left = Fraction(0) if expected.unknown else max(Fraction(0), limit - expected.used)
        sheet.ratio(f"risk left {name}", budget.left, left)
    sheet.same(
        "lost today", board.account.today.booked_losses, risk_used(facts.world, facts.standings, facts.world.today).lost
    )


def _check_open_risks(sheet: Sheet, facts: Facts, board: RiskBoard) -> None:
    by_id = {facts.world.ids[one.number]: one for one in facts.open}
    sheet.same("open trades on the board", {risk.trade_id for risk in board.open_risks}, set(by_id))
    for risk in board.open_risks:
        one = by_id[risk.trade_id]
        for name in ("heat", "locked_in", "loss_if_stopped", "unprotected"):
            sheet.same(f"board {risk.symbol} {name}", getattr(risk, name), getattr(one, name))
    for name in ("heat", "locked_in", "loss_if_stopped"):
        sheet.same(
            f"board {name}", getattr(board, name), sum((getattr(one, name) for one in by_id.values()), Decimal(0))
        )
