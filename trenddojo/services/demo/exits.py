"""How the demo's trader leaves: by his stops, at his targets, when nothing happens, and once a year too late."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from trenddojo.domain.fills import FIRST_LEG
from trenddojo.domain.money import ZERO
from trenddojo.domain.terms import ExitReason
from trenddojo.services.demo.desk import Desk
from trenddojo.services.demo.holding import Holding
from trenddojo.services.demo.market import Bar, Session

_PATIENCE: Final = 8
"""Sessions after which a trade has to be on its way."""
_ON_ITS_WAY: Final = Decimal("0.05")
"""In units of its risk."""
_FREEZES_AT: Final = 58
"""The trade, counted, from which on the next first stop that is passed for good finds the trader frozen."""
_CENTS_OF_SLIPPAGE: Final = (0, 0, 1, 2, 3, 5)


class Exits:
    """The opens and the afternoons."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._has_frozen = False

    def at_open(self, number: int) -> None:
        """Gaps through a stop, and what should have been left the day before."""
        desk = self._desk
        at = desk.sessions[number].at(9, 30, 1)
        for holding in desk.ledger.held:
            at += timedelta(seconds=desk.clock.randint(1, 9))
            price = desk.bar(holding.listing, number).open
            if holding.leaves_late:
                self._leave(holding, at + timedelta(minutes=2), price, ExitReason.MANUAL)
                continue
            for leg in holding.left:
                if holding.better(price, holding.stops[leg]) <= 0:
                    self._leave(holding, at, price, _stop_reason(holding, leg), leg=leg)

    def after_noon(self, number: int) -> None:
        """Stops first, as a bar does not say what came first; then targets; then what has gone nowhere."""
        desk, today = self._desk, self._desk.sessions[number]
        for holding in desk.ledger.held:
            at, bar = self._some_time(today), desk.bar(holding.listing, number)
            if at > desk.now:
                continue
            stopped = self._stop_out(holding, at, bar, today)
            if holding.entered_on < number and not stopped:
                self._take_targets(holding, at, bar)
            if holding.is_open and self._has_gone_nowhere(holding, number, bar):
                near_close = today.closes_at - timedelta(minutes=desk.clock.randint(4, 12))
                self._leave(holding, near_close, bar.close, ExitReason.MANUAL)

    def _some_time(self, today: Session) -> datetime:
        """After the morning's entries, and before the last quarter of an hour."""
        noon = today.at(11, 40)
        span = int((today.closes_at - noon).total_seconds()) - 900
        return noon + timedelta(seconds=self._desk.clock.randrange(span))

    def _stop_out(self, holding: Holding, at: datetime, bar: Bar, today: Session) -> bool:
        """Leave with every leg whose stop was hit; whether there was one."""
        hit = [leg for leg in holding.left if _is_hit(holding, leg, bar, today)]
        if hit and self._freezes(holding, bar):
            holding.leaves_late = True
            self._desk.telling.froze(holding, at)
            return True
        for leg in hit:
            price = holding.stops[leg] - holding.direction.sign * self._slippage(holding, leg)
            self._leave(holding, at, price, _stop_reason(holding, leg), leg=leg)
            at += timedelta(minutes=1)
        return bool(hit)

    def _slippage(self, holding: Holding, leg: int) -> Decimal:
        chance = self._desk.chance(holding.number, leg, "exit")
        return Decimal(_CENTS_OF_SLIPPAGE[int(chance * len(_CENTS_OF_SLIPPAGE))]) / 100

    def _freezes(self, holding: Holding, bar: Bar) -> bool:
        """Once a year the trader does not act on a first stop that was passed for good."""
        passed = len(holding.moves) == 1 and holding.better(bar.close, holding.stops[FIRST_LEG]) < 0
        if self._has_frozen or len(self._desk.ledger.holdings) < _FREEZES_AT or not passed:
            return False
        self._has_frozen = True
        return True

    def _take_targets(self, holding: Holding, at: datetime, bar: Bar) -> None:
        best = bar.best(holding.direction)
        first, second = holding.plan.signal.targets
        if not holding.has_taken_target and holding.better(best, first) >= 0:
            half = holding.left.get(FIRST_LEG, ZERO) // 2
            if half:
                self._leave(holding, at, first, ExitReason.TARGET, leg=FIRST_LEG, quantity=half)
        if holding.has_taken_target and holding.better(best, second) >= 0:
            self._leave(holding, at + timedelta(minutes=3), second, ExitReason.TARGET)

    def _has_gone_nowhere(self, holding: Holding, number: int, bar: Bar) -> bool:
        desk = self._desk
        is_due = number - holding.entered_on >= _PATIENCE and desk.sessions[number].closes_at <= desk.now
        progress = holding.better(bar.close, holding.entry) / holding.plan.signal.unit_risk
        return is_due and not holding.has_taken_target and not holding.leaves_late and progress < _ON_ITS_WAY

    def _leave(
        self,
        holding: Holding,
        at: datetime,
        price: Decimal,
        reason: ExitReason,
        *,
        leg: int | None = None,
        quantity: Decimal | None = None,
    ) -> None:
        """Leave with a quantity, else with a leg, else with all of a trade, unless that lies ahead."""
        if at > self._desk.now:
            return
        held = holding.position.quantity if leg is None else holding.left[leg]
        fill = holding.leave(leg, at, held if quantity is None else quantity, price)
        self._desk.telling.left(holding, fill, reason)


def _is_hit(holding: Holding, leg: int, bar: Bar, today: Session) -> bool:
    """On the day of an entry only a close beyond the stop proves that it was hit after the entry."""
    is_new = holding.entered_at(leg) >= today.opens_at
    reached = bar.close if is_new else bar.worst(holding.direction)
    return holding.better(reached, holding.stops[leg]) <= 0


def _stop_reason(holding: Holding, leg: int) -> ExitReason:
    """A stop that has secured the trade's entry trails it."""
    secured = holding.better(holding.stops[leg], holding.entry) >= 0
    return ExitReason.TRAILING_STOP if secured else ExitReason.STOP_LOSS
