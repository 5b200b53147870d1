"""The panels of open risk and of risk used."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from markupsafe import Markup

from trenddojo.domain.budgets import Budget, WindowRisk
from trenddojo.domain.money import HUNDRED, ZERO
from trenddojo.services.dashboard import Holding, total_r
from trenddojo.services.exposure import OpenRisk, RiskBoard
from trenddojo.services.market.sessions import GapLoss
from trenddojo.web import drawings
from trenddojo.web.format import fixed, money, percent, pnl, quantity, r_amount


@dataclass(frozen=True, slots=True)
class BoardRow:
    """One row of the open-risk board."""

    label: str
    note: str
    figure: Markup | str
    r: str
    share: str
    drawing: Markup


@dataclass(frozen=True, slots=True)
class Meter:
    """One limit of the panel of risk used."""

    label: str
    used: str
    limit: str
    drawing: Markup


def board_rows(
    board: RiskBoard, gaps: Sequence[GapLoss], holdings: Iterable[Holding], equity: Decimal
) -> list[BoardRow]:
    """Loss and profit at the stops, from the entries and from today's prices, and of a bad night, all on one scale."""
    risks = board.open_risks
    units = {holding.trade.id: holding.position.open_risk for holding in holdings}
    told = {one.trade_id: one.amount for one in gaps if one.amount is not None}
    night = sum(told.values(), ZERO)
    whole = max(board.heat, board.locked_in, board.loss_if_stopped, night)
    given_back = [(risk, risk.loss_if_stopped) for risk in risks]
    rows = (
        ("Heat", "lost from the entries", money(board.heat), [(r, r.heat) for r in risks], "loss"),
        ("Locked-in profit", "", pnl(board.locked_in), [(r, r.locked_in) for r in risks], "gain"),
        ("Loss if all stops hit", "from now", pnl(-board.loss_if_stopped), given_back, ""),
        ("Gap loss", _nights(gaps), money(night), [(r, told[r.trade_id]) for r in risks if r.trade_id in told], ""),
    )
    shown = rows if told else rows[:-1]
    return [_board_row(*row, whole=whole, units=units, equity=equity) for row in shown]


def _nights(gaps: Iterable[GapLoss]) -> str:
    """What the row of nights counts, and what it lacks."""
    unknown = sum(1 for one in gaps if one.amount is None)
    return f"worst night each, {unknown} not known" if unknown else "worst night each"


def _board_row(
    label: str,
    note: str,
    figure: Markup | str,
    parts: Sequence[tuple[OpenRisk, Decimal]],
    kind: str,
    *,
    whole: Decimal,
    units: dict[UUID, Decimal | None],
    equity: Decimal,
) -> BoardRow:
    counted = [(risk, amount) for risk, amount in parts if amount > 0]
    total = sum((amount for _, amount in parts), ZERO)
    in_r = total_r(amount / unit for risk, amount in parts if (unit := units[risk.trade_id]) is not None)
    stops = f"{len(counted)} stop{'' if len(counted) == 1 else 's'}"
    bar = drawings.share_bar([(risk.symbol, amount) for risk, amount in counted], whole, kind)
    return BoardRow(label, note or stops, figure, r_amount(in_r, 1), percent(total / equity) if equity > 0 else "", bar)


def meters(board: RiskBoard) -> list[Meter]:
    """What is used of each limit; of the correlated groups the fullest."""
    loss, places = board.daily_loss, board.positions
    rows = [
        _window("Today", board.today, board.account.today),
        _window("This week", board.this_week, board.account.this_week),
        Meter("Loss today", _points(loss, loss.used), _limit(loss), drawings.meter(ZERO, loss.limit, loss.used)),
        _count("Positions", places),
    ]
    return [*rows, *(_count(f"Correlated: {group.name}", group.positions) for group in board.groups[:1])]


def _window(label: str, budget: Budget, window: WindowRisk) -> Meter:
    taken = budget.used - window.booked_losses
    used = "unknown" if budget.unknown else _points(budget, budget.used)
    return Meter(label, used, _limit(budget), drawings.meter(taken, budget.limit, window.booked_losses))


def _count(label: str, budget: Budget) -> Meter:
    return Meter(label, quantity(budget.used), quantity(budget.limit), drawings.meter(budget.used, budget.limit))


def _points(budget: Budget, amount: Decimal) -> str:
    share = budget.share(amount)
    return "" if share is None else percent(share / HUNDRED)


def _limit(budget: Budget) -> str:
    return "" if budget.percent is None else f"{fixed(budget.percent)}%"
