"""Report days and totals: recomputed for the dates that changed, the totals by the difference that each date makes.

`store.days.recompute` calls this, so that whatever changes a closed trade keeps them.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import astuple
from datetime import date
from itertools import groupby
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import delete, insert, select

from trenddojo.domain.breakdowns import Breakdown, ClosedResult, tallies
from trenddojo.domain.statistics import EMPTY, Runs, Tally, bin_of
from trenddojo.store.closed import closed_on
from trenddojo.store.database import db
from trenddojo.store.models import Account, ReportDay
from trenddojo.store.report_totals import ALL, BIN, Key, is_kept, put_totals, read, totals_of, written

_AT_ONCE = 200
"""Days written in one statement when all are."""
_NONE: Mapping[Key, Tally] = {}


def recompute(account: Account, dates: Collection[date] | None) -> None:
    """Write the account's report days anew for at most a few hundred `dates` (None: for all), and what they change.

    Where the totals were never kept, everything is written.
    """
    _lock(account)
    if dates is None or not is_kept(account.id):
        _write_all(account)
    else:
        _write(account, dates)


def _lock(account: Account) -> None:
    """Two transactions that change an account's totals follow one after the other (SQLite has but one writer)."""
    db.session.execute(select(Account.id).where(Account.id == account.id).with_for_update())


def _write_all(account: Account) -> None:
    _delete(account.id, None)
    totals: defaultdict[Key, Tally] = defaultdict(lambda: EMPTY, {(ALL, ""): EMPTY})
    rows: list[dict[str, Any]] = []
    for on, trades in _by_date(account, None):
        found = _tallies(trades)
        for key, tally in found.items():
            totals[key] += tally
        rows.append(_row(account.id, on, trades, found))
        if len(rows) == _AT_ONCE:
            db.session.execute(insert(ReportDay), rows)
            rows = []
    if rows:
        db.session.execute(insert(ReportDay), rows)
    put_totals(account.id, totals, anew=True)


def _write(account: Account, dates: Collection[date]) -> None:
    kept = select(ReportDay.on, ReportDay.tallies).where(ReportDay.account_id == account.id, ReportDay.on.in_(dates))
    old = {on: _read(told) for on, told in db.session.execute(kept)}
    trades = dict(_by_date(account, dates))
    new = {on: _tallies(closed) for on, closed in trades.items()}
    rows = [_row(account.id, on, closed, new[on]) for on, closed in trades.items()]
    if old:
        _delete(account.id, list(old))
    if rows:
        db.session.execute(insert(ReportDay), rows)
    changes = [(old.get(on, _NONE), new.get(on, _NONE)) for on in old.keys() | new.keys()]
    if changed := {key for before, after in changes for key in _differing(before, after)}:
        put_totals(account.id, _exchanged(account.id, changed, changes))


def _differing(before: Mapping[Key, Tally], after: Mapping[Key, Tally]) -> Iterator[Key]:
    return (key for key in before.keys() | after.keys() if before.get(key) != after.get(key))


def _exchanged(
    account_id: UUID, changed: set[Key], changes: Iterable[tuple[Mapping[Key, Tally], Mapping[Key, Tally]]]
) -> dict[Key, Tally]:
    """The totals that change, after each day's old part was exchanged for its new one."""
    totals, lacking = totals_of(account_id, {breakdown for breakdown, _ in changed}), set()
    found = {key: totals.get(key, EMPTY) for key in changed}
    for before, after in changes:
        for key in _differing(before, after):
            old, new = before.get(key, EMPTY), after.get(key, EMPTY)
            if found[key].lacks(old, new):
                lacking.add(key)
            found[key] = found[key].exchanged(old, new)
    return found | _found_anew(account_id, lacking)


def _found_anew(account_id: UUID, keys: set[Key]) -> dict[Key, Tally]:
    """Totals whose extremes may have gone, summed from all days."""
    found = dict.fromkeys(keys, EMPTY)
    if keys:
        for (told,) in db.session.execute(select(ReportDay.tallies).where(ReportDay.account_id == account_id)):
            for breakdown, name in keys:
                if name in told.get(breakdown, ()):
                    found[breakdown, name] += read(told[breakdown][name])
    return found


def _delete(account_id: UUID, dates: list[date] | None) -> None:
    here = [ReportDay.account_id == account_id]
    if dates is not None:
        here.append(ReportDay.on.in_(dates))
    db.session.execute(delete(ReportDay).where(*here))


# ---- one day


def _by_date(account: Account, dates: Collection[date] | None) -> Iterator[tuple[date, list[ClosedResult]]]:
    zone, band = ZoneInfo(account.time_zone), account.breakeven_band
    results = (trade.judged(zone, band) for trade in closed_on(account.id, dates))
    return ((on, list(trades)) for on, trades in groupby(results, lambda one: one.closed_on))


def _tallies(trades: list[ClosedResult]) -> dict[Key, Tally]:
    found = {(by.value, name): tally for by in Breakdown for name, tally in tallies(trades, by).items()}
    found[ALL, ""] = Tally.judged((one.realised, one.r, one.outcome) for one in trades)
    bins: defaultdict[int, list[ClosedResult]] = defaultdict(list)
    for trade in trades:
        if trade.r is not None:
            bins[bin_of(trade.r)].append(trade)
    for number, within in bins.items():
        found[BIN, str(number)] = Tally.judged((one.realised, one.r, one.outcome) for one in within)
    return found


def _row(account_id: UUID, on: date, trades: list[ClosedResult], found: Mapping[Key, Tally]) -> dict[str, Any]:
    told: defaultdict[str, dict[str, Any]] = defaultdict(dict)
    for (breakdown, name), tally in found.items():
        told[breakdown][name] = written(tally)
    rs = [(trade.r, trade.symbol) for trade in trades if trade.r is not None]
    return {
        "account_id": account_id,
        "on": on,
        "best": max(rs, key=lambda one: one[0], default=(None, ""))[1],
        "worst": min(rs, key=lambda one: one[0], default=(None, ""))[1],
        "holding_days": sum(trade.holding_days for trade in trades),
        "runs": list(astuple(Runs.over(trade.outcome for trade in trades))),
        "tallies": told,
    }


def _read(told: Mapping[str, Mapping[str, list[Any]]]) -> dict[Key, Tally]:
    return {(breakdown, name): read(tally) for breakdown, named in told.items() for name, tally in named.items()}
