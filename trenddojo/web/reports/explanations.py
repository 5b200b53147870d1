"""What each figure of a report is: its formula, what was counted, what was left out. Definitions: docs/NUMBERS.md."""

from collections.abc import Mapping

from trenddojo.domain.statistics import Tally
from trenddojo.services.reports import Performance

_INTERVAL = "The 95% interval is a bootstrap (BCa, 10,000 resamples); over 2,000 trades mean ± 1.96 s / √n."


def explanations(figures: Performance) -> Mapping[str, str]:
    """The sentences by figure."""
    return {**_results(figures), **_sizes(figures.tally), **_runs(figures.tally), **_equity(figures)}


def trades(count: int) -> str:
    """So many trades, in words."""
    return f"{count:,} trade{'' if count == 1 else 's'}"


def _results(figures: Performance) -> dict[str, str]:
    tally, band = figures.tally, figures.band
    won = f"{tally.wins:,} won, {tally.losses:,} lost, {tally.breakevens:,} breakeven"
    even = "within its account's band" if band is None else f"within {band} of zero" if band else "exactly zero"
    return {
        "closed": f"Sum of the net P&L of {trades(tally.trades)} with their last exit in the period, all that each "
        "ever booked, after commissions and fees. Open trades are not counted.",
        "mean_r": f"Mean of R = net P&L / initial risk, over {trades(tally.with_r)}.{_without(tally)} {_INTERVAL}",
        "expectancy": f"Mean net P&L of a trade: {tally.net:,} / {tally.trades:,}, breakevens included.",
        "win_rate": f"Wins / all closed trades: {tally.wins:,} / {tally.trades:,}. {won}; breakeven is {even}.",
        "profit_factor": f"Sum of wins / sum of losses: {tally.won:,} / {-tally.lost:,}. Without a loss there is none.",
        "payoff": "Average win / average loss.",
        "sqn": f"System quality number: mean R / standard deviation of R (n − 1) × √min(n, 100), n = {tally.with_r:,}.",
    }


def _sizes(tally: Tally) -> dict[str, str]:
    return {
        "average_win_r": f"Mean R of {tally.wins_r:,} wins that have one.",
        "average_loss_r": f"Mean R of {tally.losses_r:,} losses that have one.",
        "average_win": f"Sum of wins / their number: {tally.won:,} / {tally.wins:,}.",
        "average_loss": f"Sum of losses / their number: {tally.lost:,} / {tally.losses:,}.",
        "largest_win": f"The largest net P&L among {tally.wins:,} wins.",
        "largest_loss": f"The lowest net P&L among {tally.losses:,} losses.",
        "best_r": f"The largest R among {trades(tally.with_r)}.{_without(tally)}",
        "worst_r": f"The lowest R among {trades(tally.with_r)}.{_without(tally)}",
    }


def _runs(tally: Tally) -> dict[str, str]:
    order = f"Of {trades(tally.trades)} in order of closing; a breakeven neither extends nor ends a run."
    return {
        "wins_row": f"The longest run of wins. {order}",
        "losses_row": f"The longest run of losses. {order}",
        "now_row": f"The run that goes on now. {order}",
        "held": f"Mean of exit date − entry date in calendar days, over {trades(tally.trades)}; 0 is the same day.",
    }


def _equity(figures: Performance) -> dict[str, str]:
    if figures.span is None:
        return {}
    days = f"{figures.span.sessions:,} trading days"
    return {
        "return": f"The returns of {days} one after the other: each day's gain / (equity the day before + deposits). "
        "Open P&L is in it, deposits and withdrawals are not.",
        "drawdown": f"The deepest fall of those returns' index below its peak, in percent of the peak, over {days}.",
        "sharpe": "Mean of the daily returns less the risk-free rate, by their standard deviation (n − 1), × √252; "
        f"Sortino by √(sum of squares of those below zero / n) instead. n = {figures.span.sessions:,} days.",
        "market": f"Trading days with any position at some time of the day / {days}.",
        "exposure": "Mean of the gross value of positions / equity at the end of each trading day.",
        "turnover": "(Value bought + value sold) / 2 / mean equity at the end of a day.",
        "fall": "The largest fall of the cumulative gain below its peak, in money; deposits and withdrawals left out.",
        "lasted": "Calendar days from the last day at the peak to the first day at or above it again, or to today.",
        "recovery": "Calendar days from the lowest day to the first at or above the peak again.",
        "below": "How far the index stands below its peak at the end of the period.",
    }


def _without(tally: Tally) -> str:
    return f" {trades(tally.without_r)} without a valid stop left out." if tally.without_r else ""
