"""What closed trades come to, over arrays: what `domain.statistics` and `domain.breakdowns` make of each trade."""

import json
from collections.abc import Callable, Collection
from datetime import date, timedelta
from decimal import Decimal
from typing import NamedTuple

import numpy as np

from trenddojo.domain.breakdowns import BUCKETS, MOST_DAYS, WEEKDAYS, Breakdown
from trenddojo.domain.money import EXACT, MONEY_PLACES, RATIO_PLACES
from trenddojo.domain.statistics import EMPTY, Bin, Streaks, Tally, histogram
from trenddojo.services.breakdowns import Group, in_order
from trenddojo.services.closed_figures import ClosedDay, ClosedFigures
from trenddojo.services.exact_sums import Segments, Whole
from trenddojo.store.closed_columns import NO_R, ClosedColumns, Words

LOSS, BREAKEVEN, WIN = 0, 1, 2
ABOVE_ALL = 2**63 - 1
_EPOCH = date(1970, 1, 1)


class Results(NamedTuple):
    """Closed trades as statistics take them: `columns` with money converted, judged, and with their local opening date.

    `outcome` is LOSS, BREAKEVEN or WIN; `opened_on` counts days since 1970.
    """

    columns: ClosedColumns
    outcome: Whole
    opened_on: Whole


def figures_of_arrays(given: Results, wanted: Collection[Breakdown]) -> ClosedFigures:
    """The figures of trades in order of closing."""
    rows, whole = given.columns, np.zeros_like(given.outcome)
    known = rows.r != NO_R
    held = rows.closed_on - given.opened_on
    return ClosedFigures(
        tally=_tallies(given, whole, 1)[0],
        streaks=_streaks(given.outcome),
        bins=_bins(rows.r[known]),
        best=_symbol_at(rows, rows.r.argmax()) if known.any() else "",
        worst=_symbol_at(rows, np.where(known, rows.r, ABOVE_ALL).argmin()) if known.any() else "",
        holding_days=int(held.sum()),
        groups={by: _groups(given, by) for by in wanted},
        days=_days(given),
    )


def _symbol_at(rows: ClosedColumns, place: np.intp) -> str:
    return rows.symbol.names[int(rows.symbol.codes[place])]


def _streaks(outcome: Whole) -> Streaks:
    """Runs of the outcomes but breakevens (rule 45)."""
    told = outcome[outcome != BREAKEVEN]
    if not told.size:
        return Streaks(0, 0, 0, 0)
    begins = np.concatenate(([0], np.flatnonzero(np.diff(told)) + 1))
    lengths, won = np.diff(np.append(begins, told.size)), told[begins] == WIN
    wins, losses = (int(lengths[of].max(initial=0)) for of in (won, ~won))
    last = int(lengths[-1])
    return Streaks(wins, losses, last if won[-1] else 0, 0 if won[-1] else last)


def _bins(rs: Whole) -> tuple[Bin, ...]:
    empty = histogram(())
    edges = [int(one.low.scaleb(RATIO_PLACES)) for one in empty if one.low is not None]
    counts = np.bincount(np.searchsorted(edges, rs, side="right"), minlength=len(empty))
    return tuple(Bin(one.low, one.high, int(count)) for one, count in zip(empty, counts, strict=True))


# ---- tallies


def _tallies(given: Results, codes: Whole, count: int, rows: Whole | None = None) -> list[Tally]:
    """The tally of each group; `rows` are the trades that `codes` are of, where they are not all once."""
    columns = given.columns
    pnl, r, outcome = (
        column if rows is None else column[rows] for column in (columns.realised, columns.r, given.outcome)
    )
    known = r != NO_R
    size = np.where(known, r, 0)
    cells = Segments(codes * 3 + outcome, count * 3)
    sums = _Cells(
        cells.counts, cells.sums(known.astype(np.int64)), cells.sums(pnl), cells.sums(size),
        cells.squares(size), cells.squares(pnl),
        cells.largest(pnl), cells.smallest(pnl), cells.largest(r), cells.smallest(np.where(known, r, ABOVE_ALL)),
    )  # fmt: skip
    return [_tally(sums, 3 * group) for group in range(count)]


class _Cells(NamedTuple):
    """Counts and sums of each group's losses, breakevens and wins, three cells a group."""

    trades: list[int]
    with_r: list[int]
    pnl: list[int]
    r: list[int]
    r2: list[int]
    pnl2: list[int]
    most: list[int | None]
    least: list[int | None]
    best: list[int | None]
    worst: list[int | None]


def _tally(cells: _Cells, at: int) -> Tally:
    loss, win, all_of = at + LOSS, at + WIN, slice(at, at + 3)
    if not any(cells.trades[all_of]):
        return EMPTY
    best = max((r for r in cells.best[all_of] if r not in (None, NO_R)), default=None)
    worst = min((r for r in cells.worst[all_of] if r not in (None, ABOVE_ALL)), default=None)
    return Tally(
        wins=cells.trades[win],
        losses=cells.trades[loss],
        breakevens=cells.trades[at + BREAKEVEN],
        won=_money(cells.pnl[win]),
        lost=_money(cells.pnl[loss]),
        net=_money(sum(cells.pnl[all_of])),
        largest_win=_maybe(_money, cells.most[win]),
        largest_loss=_maybe(_money, cells.least[loss]),
        with_r=sum(cells.with_r[all_of]),
        wins_r=cells.with_r[win],
        losses_r=cells.with_r[loss],
        won_r=_ratio(cells.r[win]),
        lost_r=_ratio(cells.r[loss]),
        sum_r=_ratio(sum(cells.r[all_of])),
        sum_r2=Decimal(sum(cells.r2[all_of])).scaleb(-2 * RATIO_PLACES, EXACT),
        best_r=_maybe(_ratio, best),
        worst_r=_maybe(_ratio, worst),
        net2=Decimal(sum(cells.pnl2[all_of])).scaleb(-2 * MONEY_PLACES, EXACT),
    )


def _maybe(read: Callable[[int], Decimal], units: int | None) -> Decimal | None:
    return None if units is None else read(units)


def _money(units: int) -> Decimal:
    return Decimal(units).scaleb(-MONEY_PLACES, EXACT)


def _ratio(units: int) -> Decimal:
    return Decimal(units).scaleb(-RATIO_PLACES, EXACT)


# ---- groups


def _groups(given: Results, by: Breakdown) -> tuple[Group, ...]:
    rows = None
    if by is Breakdown.TAG:
        rows, (codes, names) = _tagged(given.columns.tags)
    else:
        codes, names = _labels(given, by)
    tallies = _tallies(given, codes, len(names), rows)
    made = (Group(name, tally) for name, tally in zip(names, tallies, strict=True) if tally.trades)
    return tuple(in_order(made, by))


def _labels(given: Results, by: Breakdown) -> Words:
    """What each trade counts under, as a place among names."""
    rows = given.columns
    if by is Breakdown.WEEKDAY:
        return Words((given.opened_on + _EPOCH.weekday()) % 7, list(WEEKDAYS))
    if by is Breakdown.HOLDING:
        return Words(np.searchsorted(MOST_DAYS, rows.closed_on - given.opened_on), list(BUCKETS))
    if by is Breakdown.QUALITY:
        return Words(rows.quality, ["", *map(str, range(1, 6))])
    if by is Breakdown.MONTH:
        months = rows.closed_on.astype("datetime64[D]").astype("datetime64[M]")
        found, codes = np.unique(months, return_inverse=True)
        return Words(codes, list(map(str, found)))
    words = {
        Breakdown.SETUP: rows.setup,
        Breakdown.SYMBOL: rows.symbol,
        Breakdown.SIDE: rows.direction,
        Breakdown.MARKET: rows.market,
    }
    return words[by]


def _tagged(tags: Words) -> tuple[Whole, Words]:
    """Each trade once for each of its tags: the trades, and the tags beside them; an empty name for none."""
    lists: list[list[str]] = [json.loads(text) or [""] for text in tags.names]
    names = list(dict.fromkeys(name for tagged in lists for name in tagged))
    lengths = np.array([len(tagged) for tagged in lists], dtype=np.int64)
    flat = np.array([names.index(name) for tagged in lists for name in tagged], dtype=np.int64)
    begins = np.concatenate(([0], np.cumsum(lengths)))[:-1].astype(np.int64)
    times = lengths[tags.codes]
    rows = np.repeat(np.arange(tags.codes.size), times)
    within = np.arange(rows.size) - np.repeat(np.cumsum(times) - times, times)
    return rows, Words(flat[begins[tags.codes[rows]] + within], names)


def _days(given: Results) -> tuple[ClosedDay, ...]:
    rows = given.columns
    found, codes = np.unique(rows.closed_on, return_inverse=True)
    known = rows.r != NO_R
    of = Segments(codes, found.size)
    figures = zip(
        found.tolist(), of.counts, of.sums(rows.realised), of.sums(known.astype(np.int64)),
        of.sums(np.where(known, rows.r, 0)), strict=True,
    )  # fmt: skip
    return tuple(
        ClosedDay(_EPOCH + timedelta(days=on), trades, _money(net), with_r, _ratio(sum_r))
        for on, trades, net, with_r, sum_r in figures
    )
