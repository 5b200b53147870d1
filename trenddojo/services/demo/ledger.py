"""The demo account while its year runs: open trades, equity, and the size that the product's own rules allow."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Final

from trenddojo.domain.budgets import AccountRisk, WindowRisk, booked_losses, unlevered_buying_power
from trenddojo.domain.exposure import open_entry_risk
from trenddojo.domain.money import ONE, ZERO
from trenddojo.domain.proposal import PositionFacts, SizingRequest
from trenddojo.domain.risk import RiskLimits, losing_streak
from trenddojo.domain.sizing import Sizing, size
from trenddojo.domain.terms import CashKind
from trenddojo.services.demo.holding import COMMISSION, Holding
from trenddojo.services.demo.market import Listing, Session
from trenddojo.services.demo.signals import Signal
from trenddojo.services.demo.story import Cash

STARTING_BALANCE: Final = Decimal(95_000)
LIMITS: Final = RiskLimits(max_open_positions=8, max_sector_positions=4)
_SIGN: Final = {CashKind.WITHDRAWAL: -1, CashKind.FEE: -1}


@dataclass(slots=True)
class Ledger:
    """All trades and cash so far, in the order in which they came."""

    holdings: list[Holding] = field(default_factory=list)
    cash: list[Cash] = field(default_factory=list)
    closing_equity: Decimal = STARTING_BALANCE
    peak: Decimal = STARTING_BALANCE

    @property
    def held(self) -> list[Holding]:
        """The open trades, oldest first."""
        return [holding for holding in self.holdings if holding.is_open]

    def of(self, listing: Listing) -> Holding | None:
        """The open trade in a listing."""
        return next((holding for holding in self.held if holding.listing == listing), None)

    @property
    def equity(self) -> Decimal:
        """Starting balance, cash, bookings, and open P&L at the last marks."""
        cash = sum((_SIGN.get(cash.kind, 1) * cash.amount for cash in self.cash), STARTING_BALANCE)
        booked = sum((holding.position.realised for holding in self.holdings), ZERO)
        return cash + booked + sum((holding.open_profit for holding in self.held), ZERO)

    @property
    def gain(self) -> Decimal:
        """What was earned so far: equity without deposits and withdrawals."""
        return self.equity - STARTING_BALANCE - _flows(self.cash)

    def drawdown(self) -> Decimal:
        """How far the gain is below its peak, as a fraction of the capital at the peak."""
        return (self.peak - STARTING_BALANCE - self.gain) / self.peak

    def close_day(self) -> None:
        """Take the day's marks as its end."""
        self.closing_equity = self.equity
        self.peak = max(self.peak, STARTING_BALANCE + self.gain)

    def size(self, signal: Signal, entry: Decimal, risk_percent: Decimal, today: Session) -> Sizing:
        """The largest quantity that every cap allows now, from the same rules as the ticket's."""
        return size(
            SizingRequest(
                direction=signal.direction,
                entry=entry,
                stop=signal.stop,
                targets=(),
                asset_type=signal.listing.asset_type,
                multiplier=ONE,
                fx_rate=ONE,
                lot=ONE,
                commission=COMMISSION,
                limits=LIMITS,
                account=self._account_risk(today),
                position=self._beside(signal.listing),
                risk_percent=risk_percent,
            )
        )

    def _account_risk(self, today: Session) -> AccountRisk:
        held, equity = self.held, self.equity
        gross = sum((holding.value() for holding in held), ZERO)
        monday = today.day - timedelta(days=today.day.weekday())
        midnight = today.at(0, 0)
        return AccountRisk(
            equity=equity,
            equity_at_day_start=self.closing_equity,
            flows_today=_flows(cash for cash in self.cash if cash.on == today.day),
            today=self._window(midnight),
            this_week=self._window(midnight - (today.day - monday)),
            working_risk=ZERO,
            open_positions=len(held),
            buying_power=unlevered_buying_power(equity, gross),
            losing_streak=losing_streak(self._results()),
        )

    def _window(self, since: datetime) -> WindowRisk:
        open_risk = sum((open_entry_risk(holding.position, since).amount for holding in self.held), ZERO)
        return WindowRisk(open_risk, booked_losses(_booked(holding, since) for holding in self.holdings), 0)

    def _results(self) -> Sequence[Decimal]:
        closed = [holding.position for holding in self.holdings if not holding.is_open]
        newest_first = sorted(closed, key=lambda position: position.fills[-1].at, reverse=True)
        return [position.realised for position in newest_first]

    def _beside(self, listing: Listing) -> PositionFacts:
        own = self.of(listing)
        others = [one.listing for one in self.held if one.listing != listing]
        sector = [one for one in others if one.sector == listing.sector] if listing.sector else None
        return PositionFacts(
            adds_to_position=own is not None,
            value=own.value() if own else ZERO,
            heat=own.heat() if own else ZERO,
            correlated_positions=sum(1 for one in others if one.group == listing.group),
            sector_positions=None if sector is None else len(sector),
        )

    def pay(self, on: date, kind: CashKind, amount: Decimal, note: str) -> None:
        """Book cash that moved apart from trades."""
        self.cash.append(Cash(on, kind, amount, note))


def _booked(holding: Holding, since: datetime) -> Decimal:
    return sum((booking.amount for booking in holding.position.bookings if booking.at >= since), ZERO)


def _flows(cash: Iterable[Cash]) -> Decimal:
    kinds = (CashKind.DEPOSIT, CashKind.WITHDRAWAL)
    return sum((_SIGN.get(one.kind, 1) * one.amount for one in cash if one.kind in kinds), ZERO)
