"""What follows from a random account at its moment: its trades one by one, and all of them together.

Slow and obvious, as tests/oracle.py: every figure from its definition in docs/NUMBERS.md, in Fractions, unit by unit.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from typing import Any

from tests.agreement.worlds import World, known_mark
from tests.histories import OracleFill, OracleMark, OracleTrade
from tests.oracle import (
    TradeFigures,
    is_entry,
    round_to,
    sign_of,
    sorted_fills,
    stop_outcome,
    trade_figures,
    units_in,
)

# --- One trade ---


@dataclass(frozen=True)
class Standing:
    """A trade as it stands: the oracle's figures, and what follows from stops and the last price.

    `outcome` is unrounded, of the protected quantity; R of what is open are to 9 places, None where one is missing.
    """

    number: int
    trade: OracleTrade
    figures: TradeFigures
    open_fills: tuple[OracleFill, ...]
    stops: dict[int, Decimal]
    outcome: Fraction
    unprotected: Decimal
    mark: OracleMark | None

    @property
    def is_open(self) -> bool:
        return self.figures.closed_at is None

    @cached_property
    def entries(self) -> list[OracleFill]:
        return [fill for fill in sorted_fills(self.trade) if is_entry(self.trade, fill)]

    @cached_property
    def exits(self) -> list[OracleFill]:
        return [fill for fill in sorted_fills(self.trade) if not is_entry(self.trade, fill)]

    @property
    def pnl(self) -> Decimal:
        return self.figures.realised + self.figures.open_profit

    @property
    def r(self) -> Decimal | None:
        return in_r(self.pnl, self.figures.initial_risk)

    @property
    def fx(self) -> Decimal:
        """The present rate: the last price's, else the last fill's."""
        return self.mark.fx if self.mark else sorted_fills(self.trade)[-1].fx

    @cached_property
    def entry_value(self) -> Fraction:
        return sum((value_of(self.trade, fill) for fill in self.entries), Fraction(0))

    @cached_property
    def value(self) -> Decimal:
        """Gross, of what is open, at the last price, else at entry."""
        point = Fraction(self.trade.step) * Fraction(self.trade.multiplier)
        return round_to(sum((point * self._price_now(fill) for fill in self.open_fills), Fraction(0)), 2)

    @property
    def fees(self) -> Decimal:
        return round_to(sum((Fraction(fill.fee) * Fraction(fill.fx) for fill in self.trade.fills), Fraction(0)), 2)

    @cached_property
    def open_risk(self) -> Decimal | None:
        """Frozen risk of what is open, as rules 19 and 20 have it of all entries."""
        risks = [unit_risk(self.trade, fill) for fill in self.open_fills]
        known = [risk for risk in risks if risk is not None]
        return (round_to(sum(known, Fraction(0)), 2) or None) if len(known) == len(risks) else None

    @property
    def heat(self) -> Decimal:
        return max(Decimal(0), -round_to(self.outcome, 2))

    @property
    def locked_in(self) -> Decimal:
        return max(Decimal(0), round_to(self.outcome, 2))

    @property
    def loss_if_stopped(self) -> Decimal:
        """Open P&L of the protected units less the outcome; of the whole trade in cents, as both are shown."""
        if not self.unprotected:
            return self.figures.open_profit - round_to(self.outcome, 2)
        protected = self.open_fills[: len(self.open_fills) - units_in(self.trade, self.unprotected)]
        return round_to(self.profit_of(protected) - self.outcome, 2)

    @property
    def now_r(self) -> Decimal | None:
        return in_r(self.figures.open_profit, self.open_risk) if self.mark else None

    @property
    def to_stop(self) -> Decimal | None:
        """The way from the last price to the stops, in R of what is open."""
        mark, risk = self.mark, self.open_risk
        if mark is None or risk is None or self.unprotected:
            return None
        way = sum(
            (Fraction(left) * (Fraction(mark.price) - Fraction(self.stops[leg])) for leg, left in self.held.items()),
            Fraction(0),
        )
        return in_r(sign_of(self.trade) * way * Fraction(self.trade.multiplier) * Fraction(mark.fx), risk)

    @property
    def held(self) -> dict[int, Decimal]:
        """What each leg's stop protects, of legs that hold something."""
        return {leg: left for leg, left in self.figures.left_by_leg.items() if left}

    @property
    def nearest_stop(self) -> Decimal | None:
        """Of what is held the stop that would be hit first; of a closed trade, of all its legs."""
        legs = self.held if self.is_open else self.figures.left_by_leg
        stops = [self.stops[leg] for leg in legs if leg in self.stops]
        return max(stops, key=lambda stop: sign_of(self.trade) * stop) if stops else None

    def profit_of(self, units: Iterable[OracleFill]) -> Fraction:
        """Open P&L of some open units, their share of the entry fees taken off."""
        total, point = Fraction(0), Fraction(self.trade.step) * Fraction(self.trade.multiplier)
        for fill in units:
            fee = Fraction(fill.fee) * Fraction(fill.fx) / units_in(self.trade, fill.quantity)
            total += sign_of(self.trade) * point * (self._price_now(fill) - _base_price(fill)) - fee
        return total

    def _price_now(self, fill: OracleFill) -> Fraction:
        """What a unit is worth: at the last price, else at its entry, in base currency."""
        return Fraction(self.mark.price) * Fraction(self.mark.fx) if self.mark else _base_price(fill)


def _base_price(fill: OracleFill) -> Fraction:
    return Fraction(fill.price) * Fraction(fill.fx)


def value_of(trade: OracleTrade, fill: OracleFill) -> Fraction:
    return Fraction(fill.quantity) * Fraction(trade.multiplier) * _base_price(fill)


def unit_risk(trade: OracleTrade, fill: OracleFill) -> Fraction | None:
    """What one unit of an entry risks; None without a stop on the losing side."""
    if fill.stop is None or sign_of(trade) * (fill.price - fill.stop) <= 0:
        return None
    distance = abs(Fraction(fill.price) - Fraction(fill.stop))
    return distance * Fraction(trade.step) * Fraction(trade.multiplier) * Fraction(fill.fx)


def in_r(amount: Decimal | Fraction, risk: Decimal | None) -> Decimal | None:
    return round_to(Fraction(amount) / Fraction(risk), 9) if risk else None


def average_price(fills: Iterable[OracleFill]) -> Decimal | None:
    found = list(fills)
    quantity = sum((Fraction(fill.quantity) for fill in found), Fraction(0))
    value = sum((Fraction(fill.quantity) * Fraction(fill.price) for fill in found), Fraction(0))
    return round_to(value / quantity, 6) if found else None


def standings(world: World) -> list[Standing]:
    return [_standing(world, number) for number in range(len(world.history.trades))]


def _standing(world: World, number: int) -> Standing:
    trade = world.history.trades[number]
    figures = trade_figures(trade)
    mark = known_mark(trade, figures)
    stops = {stop.leg: stop.price for stop in trade.stops}
    fx = mark.fx if mark else sorted_fills(trade)[-1].fx
    outcome, unprotected = stop_outcome(trade, stops, fx, world.commission)
    return Standing(number, trade, figures, _open_fills(trade), stops, outcome, unprotected, mark)


def _open_fills(trade: OracleTrade) -> tuple[OracleFill, ...]:
    """The entry fill of each open unit, the oldest first."""
    units: deque[OracleFill] = deque()
    for fill in sorted_fills(trade):
        for _ in range(units_in(trade, fill.quantity)):
            if is_entry(trade, fill):
                units.append(fill)
            else:
                units.popleft()
    return tuple(units)


def as_stored(world: World, standing: Standing) -> dict[str, Any]:
    """A trade's outcome as its columns keep it, by their names."""
    figures, trade, mark = standing.figures, standing.trade, standing.mark
    closed = figures.closed_at
    last = standing.exits[-1] if closed else None
    return {
        "status": "closed" if closed else "active",
        "quantity": figures.quantity,
        "entered_quantity": sum((fill.quantity for fill in standing.entries), Decimal(0)),
        "average_entry": average_price(standing.entries),
        "average_exit": average_price(standing.exits),
        "opened_at": figures.opened_at,
        "closed_at": closed,
        "closed_on": world.day_of(closed) if closed else None,
        "exit_reason": world.reasons[last.key] if last else None,
        "stop": standing.nearest_stop,
        "last_price": mark.price if mark else None,
        "last_price_at": mark.at if mark else None,
        "initial_risk": figures.initial_risk,
        "realised": figures.realised,
        "open_pnl": figures.open_profit,
        "pnl": standing.pnl,
        "pnl_percent": round_to(100 * Fraction(standing.pnl) / standing.entry_value, 2),
        "r": standing.r,
        "stop_outcome": None if closed else round_to(standing.outcome, 2),
        "unprotected": standing.unprotected,
        "position_value": standing.value,
        "fees": standing.fees,
        "symbol": trade.symbol,
    }


@dataclass(frozen=True)
class LegResult:
    """One leg: what it entered, what FIFO left of it, and its own P&L and risk, in cents."""

    entered: Decimal
    left: Decimal
    entry: Decimal | None
    risk: Decimal | None
    realised: Decimal
    open_profit: Decimal | None
    r: Decimal | None


def leg_results(standing: Standing) -> dict[int, LegResult]:
    realised = _realised_by_leg(standing.trade)
    return {leg: _leg_result(standing, leg, realised.get(leg, Decimal(0))) for leg in standing.figures.left_by_leg}


def _leg_result(standing: Standing, leg: int, realised: Decimal) -> LegResult:
    trade = standing.trade
    entries = [fill for fill in standing.entries if fill.leg == leg]
    units = [fill for fill in standing.open_fills if fill.leg == leg]
    risks = [unit_risk(trade, fill) for fill in entries for _ in range(units_in(trade, fill.quantity))]
    known = [risk for risk in risks if risk is not None]
    risk = (round_to(sum(known, Fraction(0)), 2) or None) if len(known) == len(risks) else None
    profit = round_to(standing.profit_of(units), 2) if units else None
    return LegResult(
        entered=sum((fill.quantity for fill in entries), Decimal(0)),
        left=len(units) * trade.step,
        entry=average_price(entries),
        risk=risk,
        realised=realised,
        open_profit=profit,
        r=in_r(realised + (profit or 0), risk),
    )


def _realised_by_leg(trade: OracleTrade) -> dict[int, Decimal]:
    """Rule 2, lot by lot: whenever an exit has used up a lot or itself, the running total is rounded once more."""
    units: deque[OracleFill] = deque()
    exact, booked, found = Fraction(0), Decimal(0), dict[int, Decimal]()
    for fill in sorted_fills(trade):
        count = units_in(trade, fill.quantity)
        if is_entry(trade, fill):
            units.extend([fill] * count)
            continue
        for number in range(count):
            entry = units.popleft()
            exact += _unit_cash(trade, entry) + _unit_cash(trade, fill)
            if number == count - 1 or units[0] is not entry:
                leg = entry.leg or 0
                found[leg] = found.get(leg, Decimal(0)) + round_to(exact, 2) - booked
                booked = round_to(exact, 2)
    return found


def _unit_cash(trade: OracleTrade, fill: OracleFill) -> Fraction:
    way = -1 if fill.side == "buy" else 1
    value = Fraction(trade.step) * Fraction(fill.price) * Fraction(trade.multiplier)
    return (way * value - Fraction(fill.fee) / units_in(trade, fill.quantity)) * Fraction(fill.fx)


# --- What is at risk ---


@dataclass(frozen=True)
class Window:
    """Risk used in a day or a week, unrounded; `unknown` where an entry has no valid stop."""

    used: Fraction
    lost: Decimal
    unknown: bool


def risk_used(world: World, found: list[Standing], since: date) -> Window:
    """Rule 26, of the window from the date `since` to the moment of the account."""
    start = datetime.combine(since, time(), world.zone)
    entered = [unit_risk(one.trade, fill) for one in found for fill in one.open_fills if fill.at >= start]
    working = [planned_risk(plan) for plan in world.plans if plan.status == "pending"]
    lost = sum((max(Decimal(0), -booked) for booked in _booked_since(world, found, since)), Decimal(0))
    known = sum((risk for risk in (*entered, *working) if risk is not None), Fraction(0))
    return Window(known + Fraction(lost), lost, None in entered or None in working)


def planned_risk(plan: Any) -> Fraction | None:
    sign = 1 if plan.direction == "long" else -1
    if plan.stop is None or sign * (plan.entry - plan.stop) <= 0:
        return None
    distance = abs(Fraction(plan.entry) - Fraction(plan.stop))
    return distance * Fraction(plan.quantity) * Fraction(plan.multiplier) * Fraction(plan.fx)


def _booked_since(world: World, found: list[Standing], since: date) -> list[Decimal]:
    """What each trade booked, net, since a date."""
    day = {fill.key: world.day_of(fill.at) for one in found for fill in one.trade.fills}
    return [sum((amount for key, amount in one.figures.bookings if day[key] >= since), Decimal(0)) for one in found]


def buying_power(world: World, found: list[Standing], equity: Decimal) -> Fraction:
    held = sum((Fraction(one.value) for one in found if one.is_open), Fraction(0))
    working = sum(
        (
            Fraction(plan.quantity) * Fraction(plan.entry) * Fraction(plan.multiplier) * Fraction(plan.fx)
            for plan in world.plans
            if plan.status == "pending"
        ),
        Fraction(0),
    )
    return Fraction(equity) - held - working


def monday_of(day: date) -> date:
    return day - timedelta(days=day.weekday())
