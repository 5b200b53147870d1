"""A trade's page as a browser gets it, held against what is expected: key figures, legs, timeline, slippage."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

from tests.agreement.expected import (
    Standing,
    as_stored,
    average_price,
    in_r,
    leg_results,
    unit_risk,
)
from tests.agreement.expected_spans import Facts
from tests.agreement.page import Page, average, day, money, percent, price, quantity, r, signed
from tests.agreement.sheet import Sheet
from tests.histories import OracleFill
from tests.oracle import is_entry, left_by_leg, round_to, sign_of, sorted_fills, units_in

_REASONS = {"stop_loss": "stop loss", "target": "target", "manual": "by hand", "trailing_stop": "trailing stop"}
_LEFT = {"long": "sold", "short": "bought back"}


def check_trade_pages(sheet: Sheet, facts: Facts, get: Callable[[str], str]) -> None:
    """The page of every trade that has begun."""
    for one in facts.standings:
        page = Page(get(f"/trades/{facts.world.ids[one.number]}"))
        expected = _of_open(facts, one) if one.is_open else _of_closed(facts, one)
        for label, figures in expected.items():
            sheet.same(f"page of {one.trade.symbol} {label}", page.figure(label), figures)
        _check_legs(sheet, facts, one, page)
        _check_timeline(sheet, facts, one, page)
        _check_slippage(sheet, facts, one, page)


def _of_open(facts: Facts, one: Standing) -> dict[str, list[str]]:
    figures, risk = one.figures, one.figures.initial_risk
    exited = sum((fill.quantity for fill in one.exits), Decimal(0))
    taken = f"{quantity(exited)} {_LEFT[one.trade.direction]}, first in first out" if exited else "nothing taken off"
    stopped = figures.realised + round_to(one.outcome, 2)
    stops = sorted({one.stops[leg] for leg in one.held if leg in one.stops})
    at = f" at {' and '.join(price(stop) for stop in stops)}" if stops else ""
    marked = f"{r(in_r(figures.open_profit, one.open_risk))} at {price(one.mark.price)}" if one.mark else ""
    return {
        "Result so far": [f"{signed(one.pnl)}USD", _on_entered(facts, one)],
        "Realised": [signed(figures.realised), taken],
        f"Open, {_shares(figures.quantity)}": [
            signed(figures.open_profit), marked.strip() or "no price known yet"
        ],
        f"If stopped{at}": [signed(stopped), _stopped(one, stopped)],
        "Heat": [money(one.heat), _heat(facts, one)],
        "R": [r(one.r), f"of {money(risk)} risked" if risk else "no valid stop at an entry"],
    }  # fmt: skip


def _of_closed(facts: Facts, one: Standing) -> dict[str, list[str]]:
    figures, risk = one.figures, one.figures.initial_risk
    entered = sum((fill.quantity for fill in one.entries), Decimal(0))
    opened, closed = (facts.world.day_of(fill.at) for fill in (one.entries[0], one.exits[-1]))
    days = (closed - opened).days
    return {
        "Result": [f"{signed(one.pnl)}USD", _on_entered(facts, one)],
        "R": [r(figures.r), f"of {money(risk)} risked" if risk else "no valid stop at an entry"],
        f"Entry, {_shares(entered)}": [
            average(average_price(one.entries)), "average" if len(one.entries) > 1 else ""
        ],
        "Exit": [average(average_price(one.exits)), _REASONS[facts.world.reasons[one.exits[-1].key]]],
        "Held": [f"{days} day{'' if days == 1 else 's'}", f"{day(opened)} to {day(closed)}"],
        "Fees": [money(one.fees), ""],
    }  # fmt: skip


def _shares(amount: Decimal) -> str:
    return f"{quantity(amount)} share{'' if amount == 1 else 's'}"


def _on_entered(facts: Facts, one: Standing) -> str:
    share = as_stored(facts.world, one)["pnl_percent"]
    return f"{signed(share)}% on {money(one.entry_value)}"


def _stopped(one: Standing, stopped: Decimal) -> str:
    if one.unprotected:
        return f"{quantity(one.unprotected)} without a stop"
    told = in_r(stopped, one.figures.initial_risk)
    return "" if told is None else f"{r(told)} {'locked in' if one.locked_in else 'in all'}"


def _heat(facts: Facts, one: Standing) -> str:
    if not one.heat:
        return f"gives back {money(_given_back(one))}" if one.mark else "stops beyond the entries"
    in_risk = in_r(one.heat, one.figures.initial_risk)
    share = f"{percent(Fraction(one.heat) / Fraction(facts.now))} of equity"
    return f"{money(in_risk)}R · {share}" if in_risk is not None else share


def _given_back(one: Standing) -> Decimal:
    protected = one.open_fills[: len(one.open_fills) - units_in(one.trade, one.unprotected)]
    return round_to(one.profit_of(protected) - one.outcome, 2)


def _check_legs(sheet: Sheet, facts: Facts, one: Standing, page: Page) -> None:
    rows = {row["Leg"]: row for row in page.rows("legs-h")}
    for leg, found in leg_results(one).items():
        expected = {
            "Entered": quantity(found.entered),
            "Left": quantity(found.left),
            "Entry": average(found.entry),
            "Stop": price(one.stops.get(leg)),
            "Risk": money(found.risk),
            "Realised": signed(found.realised),
            "Open": signed(found.open_profit) if found.open_profit is not None else "",
            "R": r(found.r),
        }
        for name, figure in expected.items():
            sheet.same(f"page of {one.trade.symbol} leg {leg} {name}", rows[str(leg)][name], figure)
    realised = sum((found.realised for found in leg_results(one).values()), Decimal(0))
    sheet.same(f"legs of {one.trade.symbol} add up", realised, one.figures.realised)


def _check_timeline(sheet: Sheet, facts: Facts, one: Standing, page: Page) -> None:
    """What each exit booked, and what risk each entry froze; a fill reads as it was told."""
    as_told = {fill.key: fill for fill in facts.told.history.trades[one.number].fills}
    items = [item.text for item in page.section("timeline-h").all("li")]
    booked = dict(one.figures.bookings)
    for fill in sorted_fills(one.trade):
        risk = _frozen(one, fill)
        told = f"booked {signed(booked[fill.key])}" if fill.key in booked else f"risk {money(risk)}" if risk else ""
        what = f"{quantity(as_told[fill.key].quantity)} at {price(as_told[fill.key].price)}"
        here = [item for item in items if what in item]
        sheet.same(f"page of {one.trade.symbol} tells {what}", any(told in item for item in here), expected=True)


def _frozen(one: Standing, fill: OracleFill) -> Decimal | None:
    risk = unit_risk(one.trade, fill) if is_entry(one.trade, fill) else None
    return round_to(risk * units_in(one.trade, fill.quantity), 2) if risk is not None else None


def _check_slippage(sheet: Sheet, facts: Facts, one: Standing, page: Page) -> None:
    """What the fills cost or gained over their plans: entries, exits at a stop, and exits at the target."""
    amounts = []
    for place, fill in enumerate(sorted_fills(one.trade)):
        planned = _planned(facts, one, place)
        if planned is not None:
            amounts.append(_slippage(one, planned, fill))
    told = page.section("facts-h").text
    total = f"slippage {signed(sum(amounts, Decimal(0)))} in all"
    sheet.same(f"page of {one.trade.symbol}: {total}", total in told, bool(amounts))


def _planned(facts: Facts, one: Standing, place: int) -> Decimal | None:
    """The price that a fill was planned at; None for an exit by hand, or without a stop or target."""
    fills = sorted_fills(one.trade)
    fill = fills[place]
    if is_entry(one.trade, fill):
        return next(first.price for first in fills if first.leg == fill.leg and is_entry(one.trade, first))
    reason = facts.world.reasons[fill.key]
    if reason == "target":
        return facts.world.labels[one.number].target
    if reason == "manual":
        return None
    stops = {stop.leg: stop.price for stop in one.trade.stops if stop.at <= fill.at}
    if fill.leg:
        return stops.get(fill.leg)
    left = left_by_leg(replace(one.trade, fills=tuple(fills[:place])))
    here = [stops[leg] for leg in left if left[leg] and leg in stops]
    return max(here, key=lambda stop: sign_of(one.trade) * stop, default=None)


def _slippage(one: Standing, planned: Decimal, fill: OracleFill) -> Decimal:
    """In cents of the base currency, below zero where the fill was worse than its plan."""
    way = -1 if fill.side == "buy" else 1
    gap = Fraction(fill.price) - Fraction(planned)
    return round_to(way * gap * Fraction(fill.quantity) * Fraction(one.trade.multiplier) * Fraction(fill.fx), 2)
