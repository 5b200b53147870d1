"""The JSON API's answers, held against what is expected."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from tests.agreement.expected import as_stored
from tests.agreement.expected_spans import Closed, ExpectedSpan, Facts
from tests.agreement.sheet import Sheet
from tests.oracle import round_to
from tests.web.api.desk import Program

_MONEY = ("initial_risk", "realised", "open_pnl", "pnl", "stop_outcome", "position_value", "fees")
_EXACT = ("quantity", "entered_quantity", "average_entry", "average_exit", "stop", "last_price", "unprotected", "r")
_WORDS = ("status", "exit_reason", "symbol")


def check_api(sheet: Sheet, facts: Facts, program: Program, account_id: str, by: str) -> None:
    """The account, its trades, its cash and its report."""
    account = program.get(f"/accounts/{account_id}")
    held = sum((one.figures.open_profit for one in facts.open), Decimal(0))
    sheet.same("API equity", account["equity"], money(facts.now))
    sheet.same("API balance", account["balance"], money(facts.now - held))
    sheet.same("API open trades", account["open_trades"], len(facts.open))
    _check_trades(sheet, facts, program, account_id)
    _check_report(sheet, facts, program.get(f"/reports/performance?account={account_id}&period=all&by={by}"), by)
    cash = program.get(f"/accounts/{account_id}/cash")["items"]
    expected = sorted(((one.date.isoformat(), money(one.amount)) for one in facts.world.history.cash), reverse=True)
    sheet.same("API cash", [(one["on"], one["added"]) for one in cash], expected)


def _check_trades(sheet: Sheet, facts: Facts, program: Program, account_id: str) -> None:
    listed = {row["id"]: row for row in program.get(f"/trades?account={account_id}&limit=200")["items"]}
    for one in facts.standings:
        trade_id, stored = str(facts.world.ids[one.number]), as_stored(facts.world, one)
        whole = program.get(f"/trades/{trade_id}")
        for found, where in ((listed[trade_id], "row"), (whole, "trade")):
            _check_trade(sheet, f"API {where} {one.trade.symbol}", found, stored)
        sheet.same(f"API {one.trade.symbol} P&L %", number(whole["pnl_percent"]), stored["pnl_percent"])


def _check_trade(sheet: Sheet, where: str, found: Mapping[str, Any], expected: Mapping[str, Any]) -> None:
    for name in set(_MONEY) & set(found):
        wanted = expected[name]
        sheet.same(f"{where} {name}", found[name], None if wanted is None else money(wanted))
    for name in set(_EXACT) & set(found):
        sheet.same(f"{where} {name}", number(found[name]), expected[name])
    for name in set(_WORDS) & set(found):
        sheet.same(f"{where} {name}", found[name], expected[name])


def _check_report(sheet: Sheet, facts: Facts, found: Mapping[str, Any], by: str) -> None:
    since, until = min(facts.beginning, facts.world.today), facts.world.today
    closed = facts.closed(since, until)
    sheet.same("API report dates", (found["since"], found["until"]), (since.isoformat(), until.isoformat()))
    _check_span(sheet, found, facts.span(since, until))
    _check_statistics(sheet, "API report", facts, found["statistics"], closed)
    groups = facts.groups(closed, by)
    sheet.same(f"API groups by {by}", sorted(one["name"] for one in found["groups"]), sorted(groups))
    for one in found["groups"]:
        _check_statistics(sheet, f"API {by} {one['name']}", facts, one["statistics"], groups.get(one["name"], []))
    for month in found["months"]:
        first, last = date.fromisoformat(month["since"]), date.fromisoformat(month["until"])
        span = facts.span(first, last)
        where = f"API {first:%B}"
        sheet.same(where, (month["gain"], month["equity"]), (money(span.gain), money(span.equity)))
        sheet.same(f"{where} return", number(month["ratio"]), ratio(span.ratio))
        _check_statistics(sheet, where, facts, month["statistics"], facts.closed(first, last))


def _check_span(sheet: Sheet, found: Mapping[str, Any], span: ExpectedSpan) -> None:
    for name in ("starting", "equity", "gain", "realised", "open_change", "other", "flows"):
        sheet.same(f"API report {name}", found[name], money(getattr(span, name)))
    sheet.same("API return", number(found["ratio"]), ratio(span.ratio))
    sheet.same("API curve", [one["equity"] for one in found["curve"]], [money(one.equity) for one in span.points])
    returns = [number(one["r"]) for one in found["curve"]]
    sheet.same("API returns", returns, [ratio(one.r) for one in span.points])
    deepest = found["largest_drawdown"]
    depth = ratio(span.deepest.depth) if span.deepest else None
    sheet.same("API drawdown", number(deepest["depth"]) if deepest else None, depth)


def _check_statistics(
    sheet: Sheet, where: str, facts: Facts, found: Mapping[str, Any], closed: Sequence[Closed]
) -> None:
    expected = facts.statistics(closed)
    for name in ("trades", "wins", "losses", "breakevens"):
        sheet.same(f"{where} {name}", found[name], getattr(expected, name))
    for name in ("net", "expectancy", "average_win", "average_loss", "largest_win", "largest_loss"):
        wanted = getattr(expected, name)
        sheet.same(f"{where} {name}", found[name], None if wanted is None else money(wanted))
    for name in ("win_rate", "win_rate_without_breakevens", "mean_r", "payoff"):
        sheet.same(f"{where} {name}", number(found[name]), ratio(getattr(expected, name)))
    factor = expected.profit_factor
    sheet.same(
        f"{where} profit factor", number(found["profit_factor"]), None if isinstance(factor, str) else ratio(factor)
    )
    sheet.nearly(f"{where} SQN", number(found["sqn"]), expected.sqn)


def money(value: Decimal | Fraction) -> str:
    """As the API writes money; 0.00 has no sign."""
    return f"{round_to(Fraction(value), 2) + 0:f}"


def ratio(value: Fraction | None) -> Decimal | None:
    return None if value is None else round_to(value, 9)


def number(value: str | None) -> Decimal | None:
    return None if value is None else Decimal(value)
