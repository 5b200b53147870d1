"""The report page as a browser gets it, held against what is expected."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

from tests.agreement.expected_spans import Closed, ExpectedSpan, Facts, outcomes, streak
from tests.agreement.page import Page, day, money, percent, r, signed, signed_percent
from tests.agreement.sheet import Sheet
from tests.oracle import Statistics

_WITHOUT = {"setup": "no setup", "tag": "no tag", "quality": "no quality", "market": "not said"}
_INTERVAL = re.compile(r"^95%: \S+ to \S+( · )?|^ · ")
"""What check_closed.py holds against its definition."""
_TITLES = {"holding": "Held"}


def check_report_page(sheet: Sheet, facts: Facts, get: Callable[[str], str], by: str) -> None:
    """The report on the account's whole life, its trades grouped by `by`."""
    page = Page(get(f"/reports?period=all&by={by}"))
    since, until = min(facts.beginning, facts.world.today), facts.world.today
    span, closed = facts.span(since, until), facts.closed(since, until)
    _check_head(sheet, page, span, facts.statistics(closed))
    _check_curve(sheet, page, span)
    _check_small(sheet, page, facts, span, closed)
    _check_months(sheet, page, facts, since, until)
    _check_breakdown(sheet, page, facts, by, closed)


def _check_head(sheet: Sheet, page: Page, span: ExpectedSpan, found: Statistics) -> None:
    deepest = span.deepest
    low = f"low {day(deepest.trough)}, {'won back' if deepest.regained else 'under water'}" if deepest else ""
    expected = {
        "Closed trades": [f"{signed(found.net)}USD", f"{found.trades} trade{_s(found.trades)}, {found.wins} won"],
        "Mean R": [r(found.mean_r), f"{found.without_r} without R" if found.without_r else ""],
        "Expectancy": [signed(found.expectancy), ""],
        "Win rate": [percent(found.win_rate, 1), _breakevens(found)],
        "Profit factor": [_factor(found), _payoff(found)],
        "Largest drawdown": [
            signed_percent(-deepest.depth) if deepest else "0.00%",
            low or "never below the peak",
        ],
        "Return": [signed_percent(span.ratio), f"total {signed(span.gain)}"],
    }
    for label, figures in expected.items():
        sheet.same(f"report {label}", [_INTERVAL.sub("", one) for one in page.figure(label)], figures)


def _s(count: int) -> str:
    return "" if count == 1 else "s"


def _breakevens(found: Statistics) -> str:
    if not found.breakevens:
        return ""
    rate = percent(found.win_rate_without_breakevens, 1)
    return f"{rate} without {found.breakevens} breakeven{_s(found.breakevens)}".strip()


def _factor(found: Statistics) -> str:
    return found.profit_factor if isinstance(found.profit_factor, str) else money(found.profit_factor)


def _payoff(found: Statistics) -> str:
    payoff = f"payoff {money(found.payoff)}" if found.payoff is not None else ""
    sqn = f"SQN {money(Fraction(found.sqn))}" if found.sqn is not None else ""
    return " · ".join(filter(None, (payoff, sqn)))


def _check_curve(sheet: Sheet, page: Page, span: ExpectedSpan) -> None:
    ends = f"{money(span.starting)} to {money(span.equity)}"
    sheet.same("report from and to", ends in page.section("h-curve").text, expected=True)
    other = f" + other cash {signed(span.other)}" if span.other else ""
    flows = f"deposits less withdrawals {signed(span.flows)}, in no return" if span.flows else ""
    foot = f"realised {signed(span.realised)} + change of open P&L {signed(span.open_change)}{other}"
    sheet.same("report curve", page.foot("h-curve"), f"{foot} = {signed(span.gain)}{flows}")


def _check_small(sheet: Sheet, page: Page, facts: Facts, span: ExpectedSpan, closed: Sequence[Closed]) -> None:
    found, band = facts.statistics(closed), facts.world.band
    rows = [(one.standing.pnl, one.standing.r, one.standing.trade.symbol) for one in closed]
    rs = [(each, symbol) for _, each, symbol in rows if each is not None]
    won = [each for pnl, each, _ in rows if each is not None and pnl > band]
    lost = [each for pnl, each, _ in rows if each is not None and pnl < -band]
    best, worst = max((each for each, _ in rs), default=None), min((each for each, _ in rs), default=None)
    names = [next((symbol for each, symbol in rs if each == extreme), "") for extreme in (best, worst)]
    expected = [
        ("Average win", [r(_mean(won))]),
        ("Average loss", [r(_mean(lost))]),
        (f"Best, {names[0]}" if rs else "Best", [r(best)]),
        (f"Worst, {names[1]}" if rs else "Worst", [r(worst)]),
        ("Average win", [signed(found.average_win) if found.average_win is not None else ""]),
        ("Average loss", [signed(found.average_loss) if found.average_loss is not None else ""]),
        ("Largest win", [signed(found.largest_win) if found.largest_win is not None else ""]),
        ("Largest loss", [signed(found.largest_loss) if found.largest_loss is not None else ""]),
    ]
    sheet.same("report R and money", page.figures("h-r"), expected)
    wins, losses = streak(outcomes(closed, band))
    held = [one.holding_days for one in closed]
    deepest, lasted = span.deepest, ""
    if deepest:
        lasted = f"{((deepest.regained or facts.world.today) - deepest.peak).days} d"
    below = {
        "Wins in a row": str(found.longest_wins),
        "Losses in a row": str(found.longest_losses),
        "Now in a row": f"{wins} won" if wins else f"{losses} lost" if losses else "",
        "Held, mean": f"{money(Fraction(sum(held), len(held)), 1)} d" if held else "",
        "Largest fall": signed(-span.largest_fall),
        "Drawdown lasted": lasted,
        "Won back in": _won_back(span),
        "Below the peak now": signed_percent(-span.below_now) if span.points else "",
    }
    for label, figure in below.items():
        sheet.same(f"report {label}", page.figure(label), [figure])


def _mean(values: Sequence[Decimal]) -> Fraction | None:
    return Fraction(sum(values)) / len(values) if values else None


def _won_back(span: ExpectedSpan) -> str:
    if span.deepest is None:
        return ""
    regained = span.deepest.regained
    return f"{(regained - span.deepest.trough).days} d" if regained else "not yet"


def _check_months(sheet: Sheet, page: Page, facts: Facts, since: date, until: date) -> None:
    rows, first = page.rows("h-months")[::-1], since
    while first <= until:
        last = min((first.replace(day=1) + timedelta(days=31)).replace(day=1) - timedelta(days=1), until)
        span, closed = facts.span(first, last), facts.closed(first, last)
        rs = [one.standing.r for one in closed if one.standing.r is not None]
        expected = {
            "Month": f"{first:%b}",
            "Return": signed_percent(span.ratio),
            "Total": signed(span.gain),
            "Realised": signed(span.realised),
            "Closed": signed(facts.statistics(closed).net),
            "R": r(sum(rs, Decimal(0))) if rs else "",
        }
        row = rows.pop(0) if rows else {}
        for name, figure in expected.items():
            sheet.same(f"report {first:%B} {name}", row.get(name), figure)
        first = last + timedelta(days=1)
    sheet.same("report months beyond", rows, [])


def _check_breakdown(sheet: Sheet, page: Page, facts: Facts, by: str, closed: Sequence[Closed]) -> None:
    tables = [("h-by", by, "tbody"), ("h-held", "side", "tbody"), ("h-held", "holding", "tbody")]
    for heading, kind, part in tables:
        column = _TITLES.get(kind, kind.capitalize()) if heading == "h-by" else "Group"
        rows = {row[column]: row for row in page.rows(heading, part)}
        for label, group in facts.groups(closed, kind).items():
            _check_group(sheet, f"report {kind} {label}", rows.get(_named(kind, label), {}), facts.statistics(group))
    whole = page.rows("h-by", "tfoot")[0]
    _check_group(sheet, "report all groups", whole, facts.statistics(closed))


def _named(kind: str, label: str) -> str:
    if not label:
        return _WITHOUT[kind]
    if kind == "month":
        return f"{date.fromisoformat(f'{label}-01'):%b %Y}"
    if kind == "quality":
        return f"{label} of 5"
    return label.capitalize() if kind == "side" else label


def _check_group(sheet: Sheet, where: str, row: dict[str, str], found: Statistics) -> None:
    expected = {
        "n": str(found.trades),
        "Won": percent(found.win_rate, 0),
        "Mean R": r(found.mean_r),
        "PF": _factor(found),
        "P&L": signed(found.net),
    }
    for name, figure in expected.items():
        sheet.same(f"{where} {name}", row.get(name), figure)
