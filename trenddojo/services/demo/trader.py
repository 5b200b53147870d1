"""The demo's trader: a plain trend system, kept with discipline, and three or four times without.

After each close he looks for setups and moves his stops; the next session enters what trades at its trigger. Every
session runs gaps first, then entries in the morning, then stops and targets, so that each size is found with the facts
of its moment.
"""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from trenddojo.domain.fills import FIRST_LEG
from trenddojo.domain.marks import Mark
from trenddojo.domain.money import ONE, cents
from trenddojo.domain.terms import Direction
from trenddojo.services.demo.desk import Desk, Order
from trenddojo.services.demo.entries import Entries
from trenddojo.services.demo.exits import Exits
from trenddojo.services.demo.holding import Holding
from trenddojo.services.demo.market import LISTINGS, Chart
from trenddojo.services.demo.signals import Setup, Signal, signals
from trenddojo.services.demo.story import Story

_ORDERS_A_NIGHT: Final = 3
_MOST_SHORTS: Final = 1
_TICK: Final = Decimal("0.05")
_TRAIL: Final = Decimal("1.9")
"""Average ranges from the best close to the trailing stop."""
_TRAILS_FROM, _GROWS_FROM = Decimal("0.8"), Decimal("1.5")
"""In units of the trade's risk."""
_GROWS: Final = 0.5
"""How often an evening that allows an add brings its order."""
_OVERRIDES_AT: Final = (24, 110)
"""The trades, counted, from which on the next first stop that comes near is loosened."""
_CANCELLED_AT: Final = (70, 190)
"""The sessions from which on the next plan that does not fill is kept as a cancelled one."""


class Trader:
    """Trades one session after the other; what came of it is in the desk's ledger."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._entries, self._exits = Entries(desk), Exits(desk)
        self._overrides = list(_OVERRIDES_AT)
        self.orders: list[Order] = []
        self.cancelled: list[Story] = []

    def trade(self, number: int) -> None:
        """Trade the session of that number, as far as it has come by now."""
        self._exits.at_open(number)
        self.orders = self._entries.enter(number, self.orders)
        self._exits.after_noon(number)
        if self._desk.sessions[number].closes_at <= self._desk.now:
            self._close(number)
        else:
            self._look_in_the_morning(number)

    def _look_in_the_morning(self, number: int) -> None:
        """On a day that is not over yet: the prices of the open, which were typed then."""
        desk = self._desk
        for holding in desk.ledger.held:
            at = max(desk.sessions[number].at(9, 32), holding.position.fills[-1].at)
            if at <= desk.now and holding.entered_on < number:
                holding.marks.append(Mark(desk.bar(holding.listing, number).open, at, ONE))

    def _close(self, number: int) -> None:
        """The evening: prices are typed, stops moved, the day is taken as done, and new orders are drawn up."""
        desk = self._desk
        at = desk.sessions[number].closes_at + timedelta(minutes=6)
        for holding in desk.ledger.held:
            holding.marks.append(Mark(desk.bar(holding.listing, number).close, min(at, desk.now), ONE))
        evening = min(at + timedelta(minutes=desk.clock.randint(20, 200)), desk.now)
        for holding in desk.ledger.held:
            if not holding.leaves_late:
                self._manage(holding, desk.chart(holding.listing, number), evening)
        desk.ledger.close_day()
        self._cancel(number, evening)
        self.orders = self._draw_up(number, evening)

    # ---- stops

    def _manage(self, holding: Holding, chart: Chart, at: datetime) -> None:
        way, close = holding.direction.sign, chart.last.close
        holding.best = max(way * holding.best, way * close) * way
        progress = holding.better(close, holding.entry) / holding.plan.signal.unit_risk
        if self._is_tempted(holding, chart):
            self._override(holding, at, chart.range)
        elif progress >= _TRAILS_FROM or holding.has_taken_target:
            self._trail(holding, at, chart)
            self._draw_up_add(holding, chart, progress)
        self._desk.telling.waited(holding, at)

    def _trail(self, holding: Holding, at: datetime, chart: Chart) -> None:
        """Bring each stop towards the best close, to the entry at least once the first target is taken."""
        way, reach = holding.direction.sign, chart.range
        trail = way * holding.best - _TRAIL * reach
        floor = way * holding.entry if holding.has_taken_target or len(holding.legs) > 1 else trail
        new = cents(way * max(trail, floor))
        if holding.better(chart.last.close, new) < reach / 3:
            return
        to_entry = new == cents(holding.entry)
        reason = self._desk.telling.reason(holding, to_entry=to_entry)
        for leg in holding.left:
            if holding.better(new, holding.stops[leg]) >= (Decimal("0.01") if to_entry else reach / 4):
                holding.set_stop(leg, at, new, reason)

    def _is_tempted(self, holding: Holding, chart: Chart) -> bool:
        near = holding.better(chart.last.close, holding.stops[FIRST_LEG]) < chart.range * 2 / 5
        due = bool(self._overrides) and len(self._desk.ledger.holdings) >= self._overrides[0]
        return due and near and len(holding.moves) == 1

    def _override(self, holding: Holding, at: datetime, reach: Decimal) -> None:
        """Against the rule the stop is loosened, with the reason on record."""
        self._overrides.pop(0)
        new = cents(holding.stops[FIRST_LEG] - holding.direction.sign * reach / 2)
        self._desk.telling.overrode(holding, at, new)

    # ---- orders

    def _draw_up_add(self, holding: Holding, chart: Chart, progress: Decimal) -> None:
        is_fresh = holding.direction is Direction.LONG and chart.last.high == chart.highest(10)
        may_grow = len(holding.legs) == 1 and not holding.has_taken_target and progress >= _GROWS_FROM
        if is_fresh and may_grow and self._desk.chance(holding.listing.symbol, len(chart.seen)) < _GROWS:
            self._entries.adds[holding.listing] = cents(chart.last.high + _TICK)

    def _cancel(self, number: int, at: datetime) -> None:
        """Orders are for one session. Nearly all that did not fill are forgotten; two are kept, with why."""
        kept = len(self.cancelled)
        if kept < len(_CANCELLED_AT) and number >= _CANCELLED_AT[kept] and self.orders:
            plan = self._desk.planned(self.orders[0], number, self.orders[0].signal.entry)
            if plan.sizing.quantity:
                self.cancelled.append(self._desk.telling.cancelled(plan, at))

    def _draw_up(self, number: int, at: datetime) -> list[Order]:
        """Tonight's orders: the best setups among what is not held."""
        desk = self._desk
        condition = desk.condition(number)

        def rank(signal: Signal) -> float:
            """Earnings first, because they are rare; then by strength, and by chance."""
            head_start = 1.0 if signal.setup is Setup.EARNINGS else float(signal.strength) / 10
            return desk.chance(signal.listing.symbol, number) - head_start

        found = [
            signal
            for listing in LISTINGS
            if not desk.ledger.of(listing)
            for signal in signals(desk.chart(listing, number))
            if self._fits(signal, condition)
        ]
        return [Order(signal, at, condition) for signal in sorted(found, key=rank)[:_ORDERS_A_NIGHT]]

    def _fits(self, signal: Signal, condition: str) -> bool:
        """Shorts only while the market falls, and then only the best of either side."""
        if signal.direction is Direction.SHORT:
            shorts = sum(holding.direction is Direction.SHORT for holding in self._desk.ledger.held)
            return condition == "Downtrend" and signal.quality >= 4 and shorts < _MOST_SHORTS
        return signal.strength >= 1 and (condition != "Downtrend" or signal.quality >= 4)
