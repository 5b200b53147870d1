"""What the risk page shows."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from markupsafe import Markup

from trenddojo.domain.budgets import Budget, WindowRisk
from trenddojo.domain.money import ZERO
from trenddojo.domain.risk import RiskLimits
from trenddojo.domain.terms import SizingMethod
from trenddojo.services.exposure import OpenRisk, RiskBoard
from trenddojo.services.market.sessions import GapLoss, Matrix
from trenddojo.store.models import Account
from trenddojo.web import drawings
from trenddojo.web.format import as_typed, fixed, quantity, signed
from trenddojo.web.forms import Form

METHODS = [
    (SizingMethod.FIXED_RISK.value, "Fixed risk: the same share of equity each time"),
    (SizingMethod.FIXED_UNITS.value, "Fixed units: the same quantity each time"),
    (SizingMethod.KELLY.value, "Half Kelly: from your closed trades"),
]


@dataclass(frozen=True, slots=True)
class Meter:
    """One limit and what is used of it, as text beside its drawing."""

    label: str
    used: str
    limit: str
    drawing: Markup


@dataclass(frozen=True, slots=True)
class Board:
    """What an account has at risk. Money is in `currency`."""

    currency: str
    equity: Decimal
    meters: tuple[Meter, ...]
    left_today: Decimal
    heat: Decimal
    locked_in: Decimal
    loss_if_stopped: Decimal
    loss_share: Decimal | None
    buying_power: Decimal | None
    streak: int
    halved: bool
    unknown: bool
    open_risks: tuple[OpenRisk, ...]
    unprotected: tuple[OpenRisk, ...]
    gaps: Mapping[UUID, Decimal]
    gap_loss: Decimal
    without_nights: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Correlation:
    """One cell of the matrix: the figure as text, empty where unknown, and whether it makes two positions one bet."""

    figure: str
    are_one: bool


@dataclass(frozen=True, slots=True)
class Correlations:
    """How open positions moved together: a row of cells for each symbol, up to itself."""

    symbols: tuple[str, ...]
    rows: tuple[tuple[Correlation, ...], ...]
    lacks: bool


def correlations(found: Matrix) -> Correlations:
    """A matrix in words."""
    rows = tuple(tuple(Correlation(_figure(one.measured), one.are_one) for one in row) for row in found.rows)
    return Correlations(found.symbols, rows, any(not one.figure for row in rows for one in row))


def _figure(measured: float | None) -> str:
    return "" if measured is None else signed(round(Decimal(measured), 2))


def board(found: RiskBoard, gaps: Sequence[GapLoss], account: Account) -> Board:
    """The board of an account."""
    nights = {one.trade_id: one.amount for one in gaps if one.amount is not None}
    return Board(
        currency=account.base_currency,
        equity=account.equity,
        meters=tuple(_meters(found)),
        left_today=found.today.left,
        heat=found.heat,
        locked_in=found.locked_in,
        loss_if_stopped=found.loss_if_stopped,
        loss_share=found.loss_if_stopped / account.equity if account.equity > 0 else None,
        buying_power=found.account.buying_power,
        streak=found.account.losing_streak,
        halved=found.halved,
        unknown=found.this_week.unknown is not None,
        open_risks=found.open_risks,
        unprotected=found.unprotected,
        gaps=nights,
        gap_loss=sum(nights.values(), ZERO),
        without_nights=tuple(one.symbol for one in gaps if one.amount is None),
    )


def _meters(found: RiskBoard) -> Iterator[Meter]:
    yield _window("Risk today", found.today, found.account.today)
    yield _window("Risk this week", found.this_week, found.account.this_week)
    yield _share("Loss today", found.daily_loss, ZERO, found.daily_loss.used)
    yield _count("Open positions", found.positions)
    for group in found.groups:
        yield _count(f"Correlated: {group.name}", group.positions)


def _window(label: str, budget: Budget, window: WindowRisk) -> Meter:
    return _share(label, budget, budget.used - window.booked_losses, window.booked_losses)


def _share(label: str, budget: Budget, taken: Decimal, lost: Decimal) -> Meter:
    share = budget.share(budget.used)
    used = "unknown" if budget.unknown or share is None else f"{fixed(share)}%"
    return Meter(label, used, f"{fixed(budget.percent)}%", drawings.meter(taken, budget.limit, lost))


def _count(label: str, budget: Budget) -> Meter:
    drawing = drawings.meter(budget.used, budget.limit)
    return Meter(label, quantity(budget.used), quantity(budget.limit), drawing)


def filled(limits: RiskLimits) -> Form:
    """The limits as they would be typed."""
    return Form(
        {
            "max_risk_per_trade": as_typed(limits.max_risk_per_trade),
            "max_risk_per_day": as_typed(limits.max_risk_per_day),
            "max_risk_per_week": as_typed(limits.max_risk_per_week),
            "daily_loss_limit": as_typed(limits.daily_loss_limit),
            "max_position_value": as_typed(limits.max_position_value),
            "max_open_positions": limits.max_open_positions,
            "max_correlated_positions": limits.max_correlated_positions,
            "sizing_method": limits.sizing_method.value,
            "fixed_units": as_typed(limits.fixed_units),
            "halve_after_losses": limits.halve_after_losses,
        }
    )


def told(limits: RiskLimits) -> list[tuple[str, str]]:
    """The limits for people who may not change them: label and figure."""
    methods = {value: text.partition(":")[0] for value, text in METHODS}
    units = [("Fixed units", quantity(limits.fixed_units))] if limits.fixed_units else []
    return [
        ("Risk per trade", f"{fixed(limits.max_risk_per_trade)}%"),
        ("Risk per day", f"{fixed(limits.max_risk_per_day)}%"),
        ("Risk per week", f"{fixed(limits.max_risk_per_week)}%"),
        ("Daily loss limit", f"{fixed(limits.daily_loss_limit)}%"),
        ("Position value", f"{fixed(limits.max_position_value)}%"),
        ("Open positions", str(limits.max_open_positions)),
        ("Correlated positions", str(limits.max_correlated_positions)),
        ("Halve after losses", str(limits.halve_after_losses) if limits.halve_after_losses else "never"),
        ("Sizing", methods[limits.sizing_method.value]),
        *units,
    ]
