"""What an account may still risk: the facts about it, and each limit with what is used of it.

All amounts are in the account's base currency and unrounded unless said; comparisons use them as they are.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from trenddojo.domain.money import EXACT, HUNDRED, ONE, ZERO
from trenddojo.domain.risk import RiskLimits


class Unknown(StrEnum):
    """A fact that is missing. A limit that needs it allows nothing: an unknown never passes."""

    ENTRY_RISK = "entry_risk"
    BUYING_POWER = "buying_power"
    INITIAL_MARGIN = "initial_margin"


@dataclass(frozen=True, slots=True)
class WindowRisk:
    """Risk that one window, a day or a week of the account, has taken so far (rule 26 of docs/NUMBERS.md)."""

    open_initial_risk: Decimal
    """Frozen initial risk of what FIFO leaves open of entries filled in the window."""
    booked_losses: Decimal
    """As `booked_losses` gives them: not negative."""
    unknown_entries: int
    """Entries of the window, filled or working, whose risk is unknown because they have no valid stop (rule 28)."""


@dataclass(frozen=True, slots=True)
class AccountRisk:
    """The facts about an account that limits are measured against. The order being sized is in none of them."""

    equity: Decimal
    equity_at_day_start: Decimal
    flows_today: Decimal
    """Deposits minus withdrawals since the day began."""
    today: WindowRisk
    this_week: WindowRisk
    working_risk: Decimal
    """Planned risk of all working entries, whenever placed, without commissions."""
    open_positions: int
    buying_power: Decimal | None
    """As the broker reports it, or `unlevered_buying_power`; None when nobody knows it."""
    losing_streak: int


@dataclass(frozen=True, slots=True)
class Budget:
    """One limit and what is used of it, both in the same unit: money, units of the instrument, or positions.

    A limit that is a share of something has that `base` in money and its `percent` in percent points. While a fact is
    `unknown`, nothing is left and the figures are incomplete.
    """

    used: Decimal
    limit: Decimal
    base: Decimal | None = None
    percent: Decimal | None = None
    unknown: Unknown | None = None

    @property
    def left(self) -> Decimal:
        """What may still be used, not below 0."""
        return ZERO if self.unknown else max(ZERO, self.limit - self.used)

    def share(self, amount: Decimal) -> Decimal | None:
        """`amount` in percent points of the base; None where that says nothing."""
        return None if self.base is None else percent_of(amount, self.base)


def share_budget(used: Decimal, percent: Decimal, base: Decimal, unknown: Unknown | None = None) -> Budget:
    """A budget of `percent` points of `base`; a base below 0 gives nothing."""
    limit = max(ZERO, base * percent / HUNDRED)
    return Budget(used, limit, base, percent, unknown)


def percent_of(amount: Decimal, base: Decimal) -> Decimal | None:
    """`amount` in percent points of `base`, or None where the base is not above 0."""
    return EXACT.divide(EXACT.multiply(amount, HUNDRED), base) if base > 0 else None


def booked_losses(net_by_trade: Iterable[Decimal]) -> Decimal:
    """Losses booked in a window from each trade's net booking in it: netted within a trade, never across (rule 26)."""
    return sum((-net for net in net_by_trade if net < 0), ZERO)


def daily_risk(limits: RiskLimits, account: AccountRisk) -> Budget:
    """Risk used today of the most a day may take (rules 26 and 28 of docs/NUMBERS.md)."""
    return _window_budget(account.today, limits.max_risk_per_day, account)


def weekly_risk(limits: RiskLimits, account: AccountRisk) -> Budget:
    """Risk used this week of the most a week may take (rules 26 and 28 of docs/NUMBERS.md)."""
    return _window_budget(account.this_week, limits.max_risk_per_week, account)


def loss_today(account: AccountRisk) -> Decimal:
    """How far equity fell since the day began, open P&L included, flows taken out, not below 0 (rule 29)."""
    return max(ZERO, account.equity_at_day_start + account.flows_today - account.equity)


def daily_loss(limits: RiskLimits, account: AccountRisk) -> Budget:
    """Today's loss of the daily loss limit, a share of equity at the day's start (rules 25 and 29)."""
    return share_budget(loss_today(account), limits.daily_loss_limit, account.equity_at_day_start)


def open_positions(limits: RiskLimits, account: AccountRisk) -> Budget:
    """Open positions of the most there may be."""
    return Budget(Decimal(account.open_positions), Decimal(limits.max_open_positions))


def unlevered_buying_power(equity: Decimal, gross_value: Decimal, leverage: Decimal = ONE) -> Decimal:
    """Buying power of a manual or simulated account (rule 38 of docs/NUMBERS.md); negative once overdrawn.

    `gross_value` is that of open and working positions, longs and shorts added; a `leverage` of 2 doubles equity.
    """
    return equity * leverage - gross_value


def _window_budget(window: WindowRisk, percent: Decimal, account: AccountRisk) -> Budget:
    used = window.open_initial_risk + account.working_risk + window.booked_losses
    return share_budget(used, percent, account.equity, Unknown.ENTRY_RISK if window.unknown_entries else None)
