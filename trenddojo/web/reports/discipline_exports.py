"""The tables of the discipline report as CSV files."""

from collections.abc import Callable, Iterable, Mapping

from flask import Response

from trenddojo.domain.csv_cells import Cell
from trenddojo.services.discipline.cases import Subject
from trenddojo.services.discipline.report import Discipline
from trenddojo.services.discipline.slipped import SlipGroup
from trenddojo.services.discipline.stop_moves import Move
from trenddojo.web.csv_files import csv_file

_TRADE = ("trade", "symbol", "direction", "setup", "closed", "r")


def _moves(figures: Discipline) -> Response:
    return _file("moves", figures, _MOVE, map(_move, figures.moves.moves))


def _overrides(figures: Discipline) -> Response:
    return _file("overrides", figures, _MOVE, map(_move, figures.overrides.moves))


_MOVE = (*_TRADE, "moved_at", "kind", "from", "to", "reason", "known", "effect", "effect_r")


def _move(one: Move) -> tuple[Cell, ...]:
    old = ", ".join(f"{price:f}" for price in one.old)
    effect = one.effect
    knowledge = effect.knowledge.value
    return (*_trade(one.subject), one.at, one.kind.value, old, one.new, one.reason, knowledge, effect.amount, effect.r)


def _skipped(figures: Discipline) -> Response:
    heads = ("plan", "symbol", "direction", "setup", "skipped_at", "entry", "stop", "target", "became", "r")
    rows = (
        (str(one.id), one.symbol, one.direction.value, one.setup, one.skipped_at, one.entry, one.stop, one.target,
         one.paper.state.value if one.paper else None, one.paper.r if one.paper else None)
        for one in figures.skipped.plans
    )  # fmt: skip
    return _file("skipped", figures, heads, rows)


def _slippage(figures: Discipline) -> Response:
    told = figures.slipped
    groups = [
        *(("entry", one) for one in told.by_setup),
        *(("exit", one) for one in told.by_reason),
    ]
    heads = ("side", "group", "fills", "with_r", "mean_r", "worst_r", "amount")
    return _file("slippage", figures, heads, (_slip(side, one) for side, one in groups))


def _slip(side: str, one: SlipGroup) -> tuple[Cell, ...]:
    return side, one.name, one.fills, one.with_r, one.mean_r, one.worst_r, one.amount


def _checklist(figures: Discipline) -> Response:
    heads = (
        *("item", "required", "ticked_trades", "ticked_win_rate", "ticked_mean_r"),
        *("unticked_trades", "unticked_win_rate", "unticked_mean_r", "difference", "low", "high"),
    )
    rows = (
        (
            one.text, "yes" if one.required else "no",
            one.ticked.trades, one.ticked.win_rate, one.ticked.mean_r,
            one.unticked.trades, one.unticked.win_rate, one.unticked.mean_r,
            *((one.difference.mean, one.difference.low, one.difference.high) if one.difference else (None, None, None)),
        )
        for one in figures.scores.items
    )  # fmt: skip
    return _file("checklist", figures, heads, rows)


def _sizing(figures: Discipline) -> Response:
    heads = (*_TRADE, "planned_quantity", "quantity", "planned_risk", "risk", "ratio", "bound_by")
    rows = (
        (*_trade(one.subject), one.planned_quantity, one.quantity, one.planned_risk, one.risk, one.ratio, one.bound_by)
        for one in figures.drifts.trades
    )
    return _file("sizing", figures, heads, rows)


def _adds(figures: Discipline) -> Response:
    heads = (*_TRADE, "leg", "leg_entry", "leg_quantity", "leg_risk", "leg_realised", "leg_r")
    rows = (
        (*_trade(one.subject), leg.number, leg.entry, leg.quantity, leg.risk, leg.realised, leg.r)
        for one in figures.pyramids.trades
        for leg in one.pyramid.legs
    )
    return _file("adds", figures, heads, rows)


TABLES: Mapping[str, tuple[str, Callable[[Discipline], Response]]] = {
    "moves": ("Moved stops", _moves), "overrides": ("Overrides", _overrides), "skipped": ("Skipped plans", _skipped),
    "slippage": ("From plan to fill", _slippage), "checklist": ("Checklist by outcome", _checklist),
    "sizing": ("Sizing drift", _sizing), "adds": ("Pyramiding ledger", _adds),
}  # fmt: skip
"""The tables by name, with their titles."""


def _trade(subject: Subject) -> tuple[Cell, ...]:
    return str(subject.id), subject.symbol, subject.direction.value, subject.setup, subject.closed_on, subject.r


def _file(table: str, figures: Discipline, heads: tuple[str, ...], rows: Iterable[tuple[Cell, ...]]) -> Response:
    return csv_file(f"trenddojo-{table}-{figures.since}-to-{figures.until}", heads, rows)
