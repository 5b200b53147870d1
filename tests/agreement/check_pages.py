"""The pages as a browser gets them, held against what is expected: the dashboard, risk, cash, the list."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from fractions import Fraction

from tests.agreement.expected import Standing, as_stored, average_price, buying_power, monday_of, risk_used
from tests.agreement.expected_spans import ExpectedSpan, Facts, months_back
from tests.agreement.page import (
    Page,
    average,
    day,
    money,
    percent,
    price,
    quantity,
    r,
    signed,
    signed_percent,
)
from tests.agreement.sheet import Sheet
from tests.oracle import round_to

Get = Callable[[str], str]
"""The page at an address."""


def total(facts: Facts, name: str) -> Decimal:
    """A figure summed over the open trades."""
    return sum((getattr(one, name) for one in facts.open), Decimal(0))


def open_profit(facts: Facts) -> Decimal:
    return sum((one.figures.open_profit for one in facts.open), Decimal(0))


def sum_of_r(found: list[Decimal | None]) -> Decimal | None:
    known = [one for one in found if one is not None]
    return sum(known, Decimal(0)) if known else None


# ---- the dashboard


def check_dashboard_page(sheet: Sheet, facts: Facts, get: Get) -> None:
    """All panels of the dashboard."""
    page = Page(get("/"))
    _check_head(sheet, facts, page)
    _check_risk_panels(sheet, facts, page)
    _check_positions(sheet, facts, page)
    _check_latest(sheet, facts, page)


def _check_head(sheet: Sheet, facts: Facts, page: Page) -> None:
    today = facts.world.today
    year, month = facts.span(months_back(today, 12), today), facts.span(today.replace(day=1), today)
    january = min(max(date(today.year, 1, 1), facts.beginning), today)
    since, one_day = facts.span(january, today), facts.span(today, today)
    now_r = sum_of_r([one.now_r for one in facts.open])
    count = len(facts.open)
    positions = f"{count} position{'' if count == 1 else 's'}"
    ended = f" since {day(year.peak_on)}" if year.peak_on else ""
    moved = f" · {signed_percent(one_day.ratio)}" if one_day.gain else ""
    expected = {
        "Equity": [f"{money(facts.now)}USD", f"{signed(one_day.gain)} today{moved}"],
        "Open P&L": [signed(open_profit(facts)), f"{r(now_r)} over {positions}" if now_r is not None else positions],
        f"{today:%B}": [signed(month.gain), f"{_returned(month)}{_sessions(month)}"],
        f"Since {day(january)}": [signed(since.gain), f"{_returned(since)}from {money(since.starting, 0)}"],
        "Below the 12-month peak": [
            signed(-year.fall_now),
            f"{signed_percent(-year.below_now)}{ended}" if year.below_now else "at the peak",
        ],
        "Buying power": [
            money(buying_power(facts.world, facts.standings, facts.now)),
            f"balance {money(facts.now - open_profit(facts))}",
        ],
    }
    for label, figures in expected.items():
        sheet.same(f"dashboard {label}", page.figure(label), figures)


def _returned(span: ExpectedSpan) -> str:
    return f"{signed_percent(span.ratio)} · " if span.ratio is not None else ""


def _sessions(span: ExpectedSpan) -> str:
    return f"{len(span.points)} session{'' if len(span.points) == 1 else 's'}"


def _check_risk_panels(sheet: Sheet, facts: Facts, page: Page) -> None:
    equity, board = Fraction(facts.now), "h-open-risk"
    lines = (("Heat", "heat", money), ("Locked-in profit", "locked_in", signed))
    for label, name, written in lines:
        figure, _, share, _ = page.figure(label, board)
        amount = total(facts, name)
        sheet.same(f"board {label}", (figure, share), (written(amount), percent(Fraction(amount) / equity)))
    lost = total(facts, "loss_if_stopped")
    sheet.same("board loss if all stops hit", page.figure("Loss if all stops hit", board)[0], signed(-lost))
    open_now = open_profit(facts)
    foot = f"Open P&L {signed(open_now)} − given back {money(lost)} = {signed(open_now - lost)} at the stops"
    sheet.same("board foot", page.foot(board), foot)
    used = {"Today": (facts.world.today, 3), "This week": (monday_of(facts.world.today), 6)}
    for label, (since, limit) in used.items():
        window = risk_used(facts.world, facts.standings, since)
        shown = "unknown" if window.unknown else percent(window.used / equity)
        sheet.same(f"used {label}", page.figure(label, "h-risk-used")[0], f"{shown} of {limit}.00%")
    sheet.same("loss today", page.figure("Loss today", "h-risk-used")[0], f"{_lost_today(facts)} of 2.00%")
    window = risk_used(facts.world, facts.standings, facts.world.today)
    left = max(Fraction(0), equity * 3 / 100 - window.used)
    told = page.foot("h-risk-used")
    sheet.same("left today", told.endswith(f"left today {money(left)}"), not window.unknown)


def _lost_today(facts: Facts) -> str:
    span = facts.span(facts.world.today, facts.world.today)
    return percent(Fraction(max(Decimal(0), -span.gain)) / Fraction(span.starting))


def _check_positions(sheet: Sheet, facts: Facts, page: Page) -> None:
    rows = {row["Symbol"]: row for row in page.rows("h-positions")}
    sheet.same("positions", sorted(rows), sorted(one.trade.symbol for one in facts.open))
    for one in facts.open:
        row, symbol = rows[one.trade.symbol], one.trade.symbol
        for name, figure in _position(facts, one).items():
            sheet.same(f"position {symbol} {name}", row[name], figure)
    if facts.open:
        foot = page.rows("h-positions", "tfoot")[0]
        sums = {
            "Value": money(total(facts, "value")),
            "% eq.": percent(Fraction(total(facts, "value")) / Fraction(facts.now), 1),
            "Open P&L": signed(open_profit(facts)),
            "R": r(sum_of_r([one.now_r for one in facts.open])),
        }
        for name, figure in sums.items():
            sheet.same(f"positions in all {name}", foot[name], figure)


def _position(facts: Facts, one: Standing) -> dict[str, str]:
    held = (facts.world.today - facts.world.day_of(one.figures.opened_at)).days
    prices = [Fraction(fill.price) for fill in one.open_fills]
    to_stop = one.to_stop
    return {
        "Qty": quantity(one.figures.quantity),
        "Entry": average(round_to(sum(prices, Fraction(0)) / len(prices), 6)),
        "Last": price(one.mark.price) if one.mark else "",
        "Stop": price(one.nearest_stop),
        "Value": money(one.value),
        "% eq.": percent(Fraction(one.value) / Fraction(facts.now), 1),
        "Open P&L": signed(one.figures.open_profit),
        "R": r(one.now_r),
        "To stop": f"{money(to_stop)}R" if to_stop is not None else "",
        "Held": f"{held} d" if held else "today",
    }


def _check_latest(sheet: Sheet, facts: Facts, page: Page) -> None:
    booked = {key: amount for one in facts.standings for key, amount in one.figures.bookings}
    fills = {
        (trade.symbol, quantity(fill.quantity), price(fill.price), signed(booked[fill.key]))
        for trade in facts.told.history.trades
        for fill in trade.fills
        if fill.key in booked
    }
    shown = page.rows("h-fills")
    for row in shown:
        if row["Booked"] != "entry":
            found = (row["Symbol"], row["Qty"], row["Price"], row["Booked"])
            sheet.same(f"latest fill {found}", found in fills, expected=True)
    today = facts.world.today
    month = today.replace(day=1)
    one_day, whole = facts.span(today, today), facts.span(month, today)
    if shown:
        foot = f"Realised today {signed(one_day.realised)}, in {today:%B} {signed(whole.realised)}"
        sheet.same("fills foot", page.foot("h-fills"), foot)
    ids = facts.world.ids
    closed = facts.closed(date.min, date.max)
    closed.sort(key=lambda one: (one.standing.figures.closed_at, ids[one.standing.number].hex), reverse=True)
    for row, one in zip(page.rows("h-closed"), closed, strict=False):
        expected = (one.standing.trade.symbol, signed(one.standing.pnl), r(one.standing.r), f"{one.holding_days} d")
        sheet.same(f"closed {expected[0]}", (row["Symbol"], row["P&L"], row["R"], row["Held"]), expected)
    this_month = facts.closed(month, today)
    if closed and this_month:
        statistics = facts.statistics(this_month)
        told = f"{statistics.trades} closed, {percent(statistics.win_rate, 0)} won, {signed(statistics.net)}"
        sheet.same("closed foot", page.foot("h-closed"), f"{today:%B}: {told}")


# ---- risk and cash


def check_risk_page(sheet: Sheet, facts: Facts, get: Get) -> None:
    """What is at risk, trade by trade."""
    page = Page(get("/risk"))
    equity = Fraction(facts.now)
    lost = total(facts, "loss_if_stopped")
    expected = {
        "Heat": f"{money(total(facts, 'heat'))}USD",
        "Locked-in profit": money(total(facts, "locked_in")),
        "Loss if all stops hit": money(lost),
        "Buying power": money(buying_power(facts.world, facts.standings, facts.now)),
    }
    for label, figure in expected.items():
        sheet.same(f"risk {label}", page.figure(label)[0], figure)
    shown = page.figure("Loss if all stops hit")[1]
    sheet.same("risk share", shown, f"{percent(Fraction(lost) / equity)} of equity, from the last prices")
    rows = {row["Symbol"]: row for row in page.rows("h-open")}
    for one in facts.open:
        row, symbol = rows[one.trade.symbol], one.trade.symbol
        sheet.same(f"risk {symbol} heat", row["Heat"], money(one.heat) if one.heat else "")
        sheet.same(f"risk {symbol} locked in", row["Locked in"], money(one.locked_in) if one.locked_in else "")
        told = one.heat or one.locked_in or not one.unprotected
        sheet.same(f"risk {symbol} loss", row["Loss if stopped"], money(one.loss_if_stopped) if told else "")
        alone = quantity(one.unprotected) if one.unprotected else ""
        sheet.same(f"risk {symbol} unprotected", row["Unprotected"], alone)


def check_cash_page(sheet: Sheet, facts: Facts, get: Get) -> None:
    """How the balance adds up, and the running total of every movement."""
    page, cash = Page(get("/cash")), facts.world.history.cash
    realised = sum((one.figures.realised for one in facts.standings), Decimal(0))
    sheet.same("cash realised", page.figure("Realised on trades"), [signed(realised)])
    sheet.same("cash balance", page.figure("Balance"), [money(facts.now - open_profit(facts))])
    kinds = {"deposit": "Deposits", "withdrawal": "Withdrawals", "fee": "Fees", "dividend": "Dividends"}
    for kind in {one.kind for one in cash}:
        amount = sum((one.amount for one in cash if one.kind == kind), Decimal(0))
        sheet.same(f"cash {kind}", page.figure(kinds.get(kind, "Interest")), [signed(amount)])
    rows, running = page.rows("h-cash"), facts.world.history.starting
    sheet.same("cash rows", len(rows), len(cash))
    for row, one in zip(reversed(rows), sorted(cash, key=lambda one: one.date), strict=False):
        running += one.amount
        sheet.same(f"cash on {one.date}", (row["Amount"], row["Running"]), (signed(one.amount), money(running)))


# ---- the list


def check_list_page(sheet: Sheet, facts: Facts, get: Get) -> None:
    """Every row of the list of trades."""
    page = Page(get("/trades"))
    rows = {(row["Symbol"], row["Opened"], row["Entry"]): row for row in page.rows("h-trades")}
    for one in facts.standings:
        stored, opened = as_stored(facts.world, one), facts.world.day_of(one.figures.opened_at)
        key = (one.trade.symbol, day(opened, facts.world.today), average(average_price(one.entries)))
        sheet.same(f"list has {key}", key in rows, expected=True)
        last = average(stored["average_exit"]) if stored["closed_at"] else price(stored["last_price"])
        held = ((stored["closed_on"] or facts.world.today) - opened).days
        expected = {
            "Qty": quantity(stored["entered_quantity"] if stored["closed_at"] else stored["quantity"]),
            "Stop": price(stored["stop"]) if stored["stop"] else price(sorted_stop(one)),
            "Exit or last": last,
            "P&L": signed(stored["pnl"]),
            "R": r(stored["r"]),
            "Held": f"{held} d",
        }
        for name, figure in expected.items():
            sheet.same(f"list {key} {name}", rows.get(key, {}).get(name), figure)


def sorted_stop(one: Standing) -> Decimal | None:
    """The plan's stop, which the list shows where none is in force."""
    return one.entries[0].stop
