"""Reports on some trades only, and on all accounts of a mode."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from flask import Flask

from tests.conftest import NOW
from tests.services.exposed import round_trip
from tests.services.priced import HISTORY, TODAY, taken
from tests.services.recorded import D, stranger
from tests.services.reported import asked, joint, report
from tests.services.test_totals import another, simulated
from trenddojo.domain.statistics import Tally
from trenddojo.domain.terms import Direction
from trenddojo.services.accounts import update_account
from trenddojo.services.books import settle_labels
from trenddojo.services.details import change_details
from trenddojo.services.errors import Invalid, NotFound
from trenddojo.services.inputs import parse
from trenddojo.services.inputs.accounts import AccountChange
from trenddojo.services.inputs.records import DetailsInput
from trenddojo.services.reports import ClosedPoint
from trenddojo.services.scopes import Scope, scope_of
from trenddojo.services.spans import span_between
from trenddojo.store.closed import EVERY, ClosedFilter, closed_between
from trenddojo.store.database import db
from trenddojo.store.models import Trade
from trenddojo.store.seats import Seat, seats_of


@pytest.fixture
def database_url(both_databases: str) -> str:
    return both_databases


def labelled(seat: Seat, symbol: str, result: str, *, ago: float = 1, **labels: Any) -> Trade:
    """A closed long with labels."""
    trade = round_trip(seat, symbol, result, entered=ago + 1, left=ago)
    return change_details(seat, trade, parse(DetailsInput, labels), NOW)


@pytest.fixture
def traded(seat: Seat) -> Seat:
    labelled(seat, "AAA", "100", ago=20, setup="Breakout", tags=["leader", "gap"], quality=4, market_condition="trend")
    labelled(seat, "AAA", "-50", ago=13, setup="Breakout", tags=["gap"], quality=3)
    labelled(seat, "BBB", "25", ago=12, setup="Pullback", tags=["leader"], market_condition="choppy")
    short = labelled(seat, "CCC", "-10", ago=12)
    short.direction = Direction.SHORT  # as if it had been one: only the label counts here
    settle_labels(short, seat)
    db.session.commit()
    return seat


@pytest.mark.parametrize(
    ("only", "symbols"),
    [
        ({"tag": "leader"}, "AAA BBB"),
        ({"tag": "gap"}, "AAA AAA"),
        ({"setup": "Breakout"}, "AAA AAA"),
        ({"setup": "breakout"}, ""),
        ({"symbol": "aaa"}, "AAA AAA"),
        ({"direction": "short"}, "CCC"),
        ({"quality": "4"}, "AAA"),
        ({"market": "choppy"}, "BBB"),
        ({"tag": "gap", "quality": "3"}, "AAA"),
        ({"tag": "nobody's"}, ""),
    ],
)
def test_each_filter_leaves_out_what_says_otherwise(app: Flask, traded: Seat, only: dict[str, str], symbols: str):
    query, got = asked(**only), report(traded, **only)
    rows = closed_between([traded.account.id], date(2025, 1, 1), TODAY, query.filter)
    assert [row.symbol for row in rows] == symbols.split()
    assert got.tally == Tally.over((row.realised, row.r) for row in rows)
    assert got.is_filtered
    assert got.filter == query.filter


def test_equity_belongs_to_all_trades(app: Flask, traded: Seat):
    got = report(traded, tag="leader")
    assert got.span is None
    assert {month.span for month in got.months} == {None}
    assert {week.realised for week in got.weeks} == {None}
    assert [month.closed.net for month in got.months if month.closed.trades] == [D(25), D(100)]
    assert got.curve == (
        ClosedPoint(date(2026, 10, 30), D("100.00"), D(2)),
        ClosedPoint(date(2026, 11, 7), D("125.00"), D("2.5")),
    )
    assert report(traded).span == span_between(traded.account, date(2025, 1, 2), TODAY)


def test_weeks_say_what_was_realised_and_closed(app: Flask, traded: Seat):
    weeks = {week.monday: week for week in report(traded, date(2026, 10, 28)).weeks}
    assert list(weeks) == [date(2026, 10, 26), *(date(2026, 11, on) for on in (2, 9, 16))]
    week = weeks[date(2026, 11, 2)]
    assert (week.realised, week.trades, week.net, week.sum_r) == (D(-35), 3, D(-35), D("-0.7"))
    assert (weeks[date(2026, 11, 9)].realised, weeks[date(2026, 11, 9)].sum_r) == (D(0), None)


def test_a_report_says_the_band_and_counts_within_it(app: Flask, traded: Seat):
    update_account(traded, parse(AccountChange, {"breakeven_band": "10"}), NOW)
    got = report(traded)
    assert (got.band, got.tally.breakevens, got.accounts) == (D(10), 1, ("Trend Core",))


def test_all_accounts_of_a_mode_are_converted_at_the_days_of_their_results(app: Flask, seat: Seat):
    euros = another(seat, "Euros", "EUR", 10_000)
    taken(HISTORY)  # 1.00 in January, 1.20 from the 13th, 1.25 from the 18th
    euros.account.opened_on = date(2026, 1, 7)
    euros.account.breakeven_band = D(30)
    db.session.commit()
    round_trip(seat, "OWN", "50", entered=9, left=1)
    round_trip(euros, "NOV", "100", entered=9, left=3)
    round_trip(euros, "FLAT", "-30", entered=9, left=0)
    got = joint(seat)
    assert (got.account_id, got.band, got.currency) == (None, None, "USD")
    assert (got.accounts, got.without) == (("Euros", "Trend Core"), ())
    assert (got.tally.wins, got.tally.losses, got.tally.breakevens) == (2, 0, 1)
    assert got.tally.net == D("132.50")  # 50 + 120 - 37.50
    assert got.span is not None
    assert (got.span.starting, got.span.flows, got.span.gain) == (D(100_000), D(10_000), D("132.50"))
    assert got.span.equity == D("110132.50")
    assert sum(month.closed.net for month in got.months) == got.tally.net
    assert joint(seat, symbol="NOV").tally.net == D(120)


def test_joint_figures_of_one_account_are_its_own(app: Flask, traded: Seat):
    own, together = report(traded), joint(traded)
    assert (together.span, together.tally, together.groups) == (own.span, own.tally, own.groups)
    assert (together.weeks, together.curve, together.bins) == (own.weeks, own.curve, own.bins)


def test_an_account_without_a_rate_is_left_out_and_named(app: Flask, traded: Seat):
    swiss = another(traded, "Swiss", "CHF")
    round_trip(swiss, "ZZZ", "70")
    got = joint(traded)
    assert (got.accounts, got.without) == (("Trend Core",), ("Swiss",))
    assert (got.tally, got.span) == (report(traded).tally, report(traded).span)
    assert joint(traded, symbol="ZZZ").without == ("Swiss",)


def test_modes_are_never_added(app: Flask, traded: Seat):
    other = simulated(traded, "Practice")
    round_trip(other, "ZZZ", "70")
    with pytest.raises(Invalid) as refused:
        joint(traded)
    assert refused.value.fields == {"mode": "Amounts of different modes are never added. Choose manual or mock."}
    with pytest.raises(Invalid) as refused:
        joint(traded, mode="live")
    assert refused.value.fields == {"mode": "You have no live account."}
    assert joint(traded, mode="mock").tally.net == D(70)
    assert joint(traded, mode="manual").tally == report(traded).tally


def test_a_mode_is_for_all_accounts(app: Flask, traded: Seat):
    for account in (None, str(traded.account.id)):
        with pytest.raises(Invalid) as refused:
            asked(account=account, mode="manual")
        assert list(refused.value.fields) == ["mode"]


def test_whose_accounts_can_be_asked_for(app: Flask, traded: Seat):
    theirs = stranger()
    round_trip(theirs, "ZZZ", "1000")
    seats = seats_of(traded.user)
    assert scope_of(traded.user, seats, asked(account=str(traded.account.id))) == Scope.of(seats[0])
    assert scope_of(traded.user, seats, asked(), seats[0]) == Scope.of(seats[0])
    with pytest.raises(NotFound):
        scope_of(traded.user, seats, asked(account=str(theirs.account.id)))
    for query in (asked(), asked(account="all")):
        with pytest.raises(NotFound):
            scope_of(traded.user, [], query)
    assert joint(traded).tally == report(traded).tally


def test_nothing_asked_filters_nothing(app: Flask):
    assert asked(tag=" ", setup="", symbol="", direction="", quality="", market="").filter == EVERY
    assert not EVERY.is_filtered
    assert ClosedFilter(market="choppy").is_filtered
