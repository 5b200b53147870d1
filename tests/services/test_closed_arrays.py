"""Figures over arrays are those that the plain functions define, exactly, on both databases."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from random import Random
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from flask import Flask

from tests.services import plain_figures
from tests.services.closed_rows import write
from tests.services.priced import HISTORY, TODAY, taken
from tests.services.test_totals import another
from trenddojo.domain.equity import local_date
from trenddojo.services import closed_results, closed_scope
from trenddojo.services.breakdowns import Breakdown
from trenddojo.services.closed_arrays import figures_of_arrays
from trenddojo.services.closed_figures import ClosedFigures
from trenddojo.services.exact_sums import Segments
from trenddojo.services.rates import conversions
from trenddojo.services.scopes import Scope
from trenddojo.store.closed import EVERY, ClosedFilter
from trenddojo.store.database import db
from trenddojo.store.seats import Seat

SINCE = date(2025, 1, 1)


@pytest.fixture
def database_url(both_databases: str) -> str:
    return both_databases


def both(scope: Scope, only: ClosedFilter = EVERY, left_out: bool = False) -> tuple[ClosedFigures, ClosedFigures]:
    """The figures by arrays, and the plain ones."""
    accounts = [seat.account for seat in scope.seats]
    rates = conversions(accounts, scope.currency, SINCE, TODAY)
    found = {account.id: rates.of(account) for account in accounts}
    arrays, unknown = closed_scope.closed_arrays(scope, found, SINCE, TODAY, only)
    plain, missing = closed_results.closed_results(scope, found, SINCE, TODAY, only)
    assert unknown == missing
    if left_out:
        unknown = missing = {accounts[-1].id}
    return (
        figures_of_arrays(closed_scope.without(arrays, scope, unknown), list(Breakdown)),
        plain_figures.figures_of(closed_results.without(plain, missing), list(Breakdown)),
    )


@pytest.mark.parametrize("large", [False, True])
@pytest.mark.parametrize("count", [0, 1, 7, 300])
def test_one_account(app: Flask, seat: Seat, count: int, large: bool):
    seat.account.breakeven_band = Decimal(7)
    db.session.commit()
    write(seat, Random(count), count, large=large)
    for only in (EVERY, ClosedFilter(tag="gap"), ClosedFilter(setup="Breakout", quality=4)):
        arrays, plain = both(Scope.of(seat), only)
        assert arrays == plain


def test_several_accounts_with_zones_bands_and_rates(app: Flask, seat: Seat):
    euros = another(seat, "Euros", "EUR")
    euros.account.time_zone, euros.account.breakeven_band = "Australia/Lord_Howe", Decimal(3)
    db.session.commit()
    taken(HISTORY.replace(b"2026-01-05", b"2025-01-02"))
    for one in (seat, euros):
        write(one, Random(one.account.name), 150)
    scope = Scope((seat, euros), "USD", is_joint=True)
    for left_out in (False, True):
        arrays, plain = both(scope, left_out=left_out)
        assert arrays == plain
        assert (arrays.tally.trades < 150) is left_out


def test_an_account_lacks_a_rate(app: Flask, seat: Seat):
    swiss = another(seat, "Swiss", "CHF")
    write(seat, Random(1), 20)
    write(swiss, Random(2), 20)
    arrays, plain = both(Scope((seat, swiss), "USD", is_joint=True))
    assert arrays == plain == both(Scope.of(seat))[0]


@pytest.mark.parametrize("zone", ["America/New_York", "America/St_Johns", "Australia/Lord_Howe", "Africa/Cairo", "UTC"])
def test_local_days_where_clocks_are_put(zone: str):
    begin = datetime(2007, 1, 1, tzinfo=UTC)
    moments = [begin + timedelta(minutes=7 * step) for step in range(60 * 24 * 365 // 7)]
    micros = np.array([int(moment.timestamp()) * 1_000_000 for moment in moments])
    wanted = [(local_date(moment, ZoneInfo(zone)) - date(1970, 1, 1)).days for moment in moments]
    assert closed_scope.local_days(micros, ZoneInfo(zone)).tolist() == wanted


def test_sums_beyond_64_bits(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("trenddojo.services.exact_sums._SEGMENT", 3)
    values = [10**18 - 1, -(10**18) + 1, 10**18 - 7] * 9 + [5, -(2**62), 2**62]
    codes = [1] * 20 + [3] * 8 + [0, 1]
    found = Segments(np.array(codes), 4)
    groups = [[value for value, code in zip(values, codes, strict=True) if code == group] for group in range(4)]
    array = np.array(values)
    assert found.sums(array) == [sum(group) for group in groups]
    assert found.squares(array // 8) == [sum((value // 8) ** 2 for value in group) for group in groups]
    assert found.largest(array) == [max(group, default=None) for group in groups]
    assert found.smallest(array) == [min(group, default=None) for group in groups]


def test_others_trades_are_not_fetched(app: Flask, seat: Seat):
    other = another(seat, "Other", "USD")
    write(other, Random(3), 10)
    assert both(Scope.of(seat))[0].tally.trades == 0
