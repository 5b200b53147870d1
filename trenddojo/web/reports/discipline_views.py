"""The discipline page's panels, made of its figures."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, tzinfo
from decimal import Decimal
from urllib.parse import urlencode

from flask import url_for
from markupsafe import Markup

from trenddojo.domain.caps import Cap
from trenddojo.domain.equity import local_date
from trenddojo.domain.money import ONE, ZERO
from trenddojo.domain.paper import PaperState
from trenddojo.domain.stop_moves import Knowledge
from trenddojo.services.discipline.checklists import Scored
from trenddojo.services.discipline.report import Discipline
from trenddojo.services.discipline.sizing_drift import Drift
from trenddojo.services.discipline.slipped import SlipGroup
from trenddojo.services.discipline.stop_moves import Move
from trenddojo.services.spans import Period
from trenddojo.web import drawings
from trenddojo.web.drawings import APART, DRIFT, SLIP
from trenddojo.web.format import day
from trenddojo.web.reports.asking import PERIODS

_FIRST_MOVES = 12
_WORST_DRIFTS = 6
_UNKNOWN = {Knowledge.NO_BARS: "no prices", Knowledge.RUNNING: "still running"}
_BECAME = {
    PaperState.STOPPED: "stopped",
    PaperState.TARGET: "target",
    PaperState.OPEN: "open",
    PaperState.NOT_ENTERED: "never entered",
    PaperState.NO_BARS: "no prices",
}
_REASONS = {"stop_loss": "Stop loss", "trailing_stop": "Trailing stop", "target": "Target"}


@dataclass(frozen=True, slots=True)
class MoveRow:
    """One move. `unknown` says why it has no figure, empty where it has."""

    move: Move
    on: date
    unknown: str


@dataclass(frozen=True, slots=True)
class SlipRow:
    """Fills that share a setup or a reason."""

    name: str
    group: SlipGroup
    bar: Markup


@dataclass(frozen=True, slots=True)
class ScoreRow:
    """One item of the checklist with the interval of what it makes."""

    item: Scored
    drawing: Markup
    flag: str


@dataclass(frozen=True, slots=True)
class DriftRow:
    """One trade's drift, in the words of its cap."""

    drift: Drift
    bar: Markup
    cap: str


@dataclass(frozen=True, slots=True)
class Shown:
    """Everything that the page shows; `figures` are the service's own."""

    figures: Discipline
    when: str
    periods: Sequence[tuple[str, str, bool]]
    largest: Sequence[MoveRow]
    others: Sequence[MoveRow]
    overrides: Sequence[MoveRow]
    skipped_on: Sequence[date]
    became: Sequence[str]
    entries: Sequence[SlipRow]
    exits: Sequence[SlipRow]
    scores: Sequence[ScoreRow]
    drifts: Sequence[DriftRow]
    bounds: Sequence[tuple[str, int, Decimal | None, Markup]]


def shown(figures: Discipline, named: Period | None, zone: tzinfo) -> Shown:
    """The page; dates are those of the account, in its `zone`."""
    rows = [_move_row(move, zone) for move in figures.moves.moves]
    by_size = sorted(rows, key=lambda row: -abs(row.move.effect.r or ZERO))
    largest = [row for row in by_size[:_FIRST_MOVES] if row.move.effect.r]
    named_first = {id(row) for row in largest}
    return Shown(
        figures=figures,
        when=f"{_dated(figures.since)} to {_dated(figures.until)}",
        periods=[(_url(period), text, period is named) for period, text in PERIODS],
        largest=largest,
        others=[row for row in rows if id(row) not in named_first],
        overrides=[_move_row(move, zone) for move in figures.overrides.moves],
        skipped_on=[local_date(plan.skipped_at, zone) for plan in figures.skipped.plans],
        became=[_BECAME[plan.paper.state] if plan.paper else "no stop" for plan in figures.skipped.plans],
        entries=[_slip_row(group.name or "no setup", group) for group in figures.slipped.by_setup],
        exits=[_slip_row(_REASONS.get(group.name, group.name), group) for group in figures.slipped.by_reason],
        scores=[_score_row(item) for item in figures.scores.items],
        drifts=[_drift_row(drift) for drift in figures.drifts.trades[:_WORST_DRIFTS] if drift.ratio != ONE],
        bounds=[(_cap(b.cap), b.trades, b.mean_ratio, _drifted(b.mean_ratio)) for b in figures.drifts.bounds],
    )


def _url(period: Period) -> str:
    return f"{url_for('reports.discipline')}?{urlencode({'period': period.value})}"


def _dated(value: date) -> str:
    return f"{day(value)} {value.year}"


def _move_row(move: Move, zone: tzinfo) -> MoveRow:
    unknown = _UNKNOWN.get(move.effect.knowledge, "" if move.effect.r is not None else "no R")
    return MoveRow(move, local_date(move.at, zone), unknown)


def _slip_row(name: str, group: SlipGroup) -> SlipRow:
    return SlipRow(name, group, drawings.bar(group.mean_r, SLIP))


def _score_row(item: Scored) -> ScoreRow:
    apart = item.difference
    drawing = drawings.interval(apart.mean, apart.low, apart.high, APART) if apart else drawings.NOTHING
    if not item.unticked.trades:
        return ScoreRow(item, drawing, "always ticked")
    return ScoreRow(item, drawing, "too few trades" if item.is_few else "")


def _drift_row(drift: Drift) -> DriftRow:
    return DriftRow(drift, _drifted(drift.ratio), _cap(drift.bound_by))


def _drifted(ratio: Decimal | None) -> Markup:
    return drawings.NOTHING if ratio is None else drawings.bar(ratio - ONE, DRIFT, kind="v-acc")


def _cap(name: str) -> str:
    return Cap(name).label if name else "typed by hand"
