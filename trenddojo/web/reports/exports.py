"""The tables of a report as CSV files: the same figures, unrounded where they are ratios, money in its currency."""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal

from flask import Response

from trenddojo.domain.csv_cells import Cell
from trenddojo.domain.money import MONEY_PLACES, rounded
from trenddojo.domain.statistics import NoLosses
from trenddojo.services.report_trades import trades_of
from trenddojo.services.reports import Performance
from trenddojo.web.csv_files import csv_file
from trenddojo.web.reports.asking import Asked

Rows = Sequence[Sequence[Cell]]


def _figures(asked: Asked, figures: Performance) -> Response:
    tally, span, streaks = figures.tally, figures.span, figures.streaks
    rows: Rows = [
        ("from", figures.since), ("to", figures.until), ("currency", figures.currency), ("trades", tally.trades),
        ("wins", tally.wins), ("losses", tally.losses), ("breakevens", tally.breakevens),
        ("net_pnl", _money(tally.net)),
        ("trades_with_r", tally.with_r), ("mean_r", tally.mean_r), ("sum_r", tally.sum_r if tally.with_r else None),
        ("expectancy", tally.expectancy), ("win_rate", tally.win_rate),
        ("win_rate_without_breakevens", tally.win_rate_without_breakevens),
        ("profit_factor", _factor(tally.profit_factor)), ("payoff", tally.payoff), ("sqn", tally.sqn),
        ("average_win", _money(tally.average_win)), ("average_loss", _money(tally.average_loss)),
        ("largest_win", _money(tally.largest_win)), ("largest_loss", _money(tally.largest_loss)),
        ("average_win_r", tally.average_win_r), ("average_loss_r", tally.average_loss_r),
        ("best_r", tally.best_r), ("worst_r", tally.worst_r),
        ("longest_run_of_wins", streaks.longest_wins), ("longest_run_of_losses", streaks.longest_losses),
        ("mean_holding_days", figures.mean_holding_days),
        ("equity_before", span.starting if span else None), ("equity", span.equity if span else None),
        ("return", span.ratio if span else None), ("realised", span.realised if span else None),
        ("largest_drawdown", span.largest_drawdown.depth if span and span.largest_drawdown else None),
        ("largest_fall", span.fall.largest if span else None),
    ]  # fmt: skip
    return csv_file(_name("figures", figures), ("figure", "value"), rows)


def _days(asked: Asked, figures: Performance) -> Response:
    """The days of the equity curve; of some trades the days on which they closed."""
    if figures.span is None:
        rows: Rows = [(point.date, _money(point.net), point.r) for point in figures.curve]
        return csv_file(_name("days", figures), ("date", "net_pnl_so_far", "r_so_far"), rows)
    days = [(one.date, one.equity, one.gain, one.r, one.index, one.drawdown) for one in figures.span.points]
    return csv_file(_name("days", figures), ("date", "equity", "gain", "return", "index", "below_peak"), days)


def _months(asked: Asked, figures: Performance) -> Response:
    rows = [
        (
            f"{month.since:%Y-%m}",
            month.span.ratio if month.span else None,
            month.span.gain if month.span else None,
            month.span.realised if month.span else None,
            month.closed.trades,
            _money(month.closed.net),
            month.closed.sum_r if month.closed.with_r else None,
        )
        for month in figures.months
    ]
    heads = ("month", "return", "total", "realised", "closed_trades", "closed_net_pnl", "closed_r")
    return csv_file(_name("months", figures), heads, rows)


def _groups(asked: Asked, figures: Performance) -> Response:
    rows = [
        (
            group.name,
            group.tally.trades,
            group.tally.win_rate,
            group.tally.mean_r,
            group.tally.sum_r if group.tally.with_r else None,
            _factor(group.tally.profit_factor),
            group.tally.expectancy,
            _money(group.tally.net),
        )
        for group in figures.groups
    ]
    heads = (str(figures.by), "trades", "win_rate", "mean_r", "sum_r", "profit_factor", "expectancy", "net_pnl")
    return csv_file(_name(f"by-{figures.by}", figures), heads, rows)


def _trades(asked: Asked, figures: Performance) -> Response:
    """The closed trades that the figures are made of."""
    rows = [
        (
            one.closed_on,
            one.opened_on,
            one.symbol,
            one.direction.value,
            one.realised,
            one.r,
            one.outcome.value,
            one.holding_days,
            one.setup,
            one.setup_quality,
            one.market_condition,
            ", ".join(one.tags),
        )
        for one in trades_of(asked.scope, asked.query, figures)
    ]
    heads = (
        *("closed", "opened", "symbol", "direction", "net_pnl", "r", "outcome", "days"),
        *("setup", "quality", "market", "tags"),
    )
    return csv_file(_name("trades", figures), heads, rows)


TABLES: Mapping[str, Callable[[Asked, Performance], Response]] = {
    "figures": _figures, "days": _days, "months": _months, "groups": _groups, "trades": _trades,
}  # fmt: skip
"""The tables by name."""


def _money(value: Decimal | None) -> Decimal | None:
    """An amount with its two places, which a sum of kept amounts may have lost."""
    return None if value is None else rounded(value, MONEY_PLACES)


def _factor(value: Decimal | NoLosses | None) -> Cell:
    return value.value if isinstance(value, NoLosses) else value


def _name(table: str, figures: Performance) -> str:
    return f"trenddojo-{table}-{figures.since}-to-{figures.until}"
