"""All accounts together: the figures of each, by mode, in one currency, and nobody else's."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from flask import Flask

from tests.conftest import NOW, make_seat, make_user
from tests.services.exposed import bought, mark, round_trip, settled
from tests.services.priced import HISTORY, taken, told
from tests.services.recorded import stranger, viewer_of
from trenddojo.domain.terms import AccountType, Mode
from trenddojo.services.accounts import equip
from trenddojo.services.cash import record_cash
from trenddojo.services.dashboard import dashboard
from trenddojo.services.inputs import parse
from trenddojo.services.inputs.cash import NewCashInput
from trenddojo.services.totals import Figure, ModeTotals, Sum, Totals, currency_of, totals
from trenddojo.store.database import db
from trenddojo.store.models import Account, BrokerConnection, ConnectionState
from trenddojo.store.seats import Seat, seats_of

D = Decimal


@pytest.fixture
def database_url(both_databases: str) -> str:
    return both_databases


def in_(seat: Seat, currency: str) -> Seat:
    seat.account.base_currency = currency
    db.session.commit()
    return seat


def another(seat: Seat, name: str, currency: str, balance: int = 100_000) -> Seat:
    """A newer account of the same person."""
    made = make_seat(seat.user, name, D(balance))
    made.account.created_at = NOW + timedelta(hours=1)
    return in_(made, currency)


def simulated(seat: Seat, name: str, broker: str = "simulated") -> Seat:
    """Another account of the same person, at a broker in mock mode."""
    connection = BrokerConnection(
        user_id=seat.user.id, broker=broker, mode=Mode.MOCK, name=name, is_paper=True, settings={},
        state=ConnectionState.CONNECTED, state_since=NOW, created_at=NOW,
    )  # fmt: skip
    db.session.add(connection)
    db.session.flush()
    account = Account(
        owner_id=seat.user.id, name=name, broker=broker, mode=Mode.MOCK, account_type=AccountType.PAPER,
        connection_id=connection.id, broker_account_id=name, base_currency="USD", time_zone="America/New_York",
        opened_on=date(2025, 1, 2), starting_balance=D(100_000), balance=D(100_000), equity=D(100_000), created_at=NOW,
    )  # fmt: skip
    equip(account)
    db.session.commit()
    return Seat(seat.user, account, seat.role)


def of(seat: Seat) -> Totals:
    return totals(seat.user, seats_of(seat.user), NOW)


def only(found: Totals) -> ModeTotals:
    (one,) = found.modes
    return one


def test_a_single_account_says_what_its_dashboard_says(seat: Seat) -> None:
    held = bought(seat, "NVDA", "100", "100", "95", ago=30)
    mark(held, seat, "98")
    settled(held, seat)
    round_trip(seat, "WON", "300", entered=90, left=60)
    round_trip(seat, "LOST", "-50", entered=9, left=0)
    found, shown = only(of(seat)), dashboard(seat, NOW)
    (one,) = found.accounts
    told_by = (one.equity, one.day, one.month, one.year, one.open_pnl, one.heat)
    gains = (shown.day.gain, shown.month.gain, shown.since_january.gain)
    figures = (seat.account.equity, *gains, shown.open_pnl, shown.board.heat)
    assert told_by == tuple(Figure(figure, figure) for figure in figures)
    assert (one.day.own, one.month.own, one.year.own) == (D("-250.00"), D("-250.00"), D("50.00"))
    assert (found.equity, found.heat) == (Sum(seat.account.equity), Sum(D("500.00")))


def test_what_stands_is_at_todays_rate_and_what_was_earned_at_each_days(seat: Seat) -> None:
    euros = another(seat, "Euros", "EUR", 10_000)
    taken(HISTORY)  # 1.00 in January, 1.20 from the 13th, 1.25 from the 18th
    round_trip(euros, "JAN", "100", entered=310, left=300)
    round_trip(euros, "NOV", "100", entered=9, left=3)
    round_trip(euros, "NOW", "-20", entered=9, left=0)
    found = only(of(seat))
    core, other = sorted(found.accounts, key=lambda one: one.seat.account.base_currency, reverse=True)
    assert other.equity == Figure(D("10180.00"), D("12725.00"))
    assert (other.day, other.month) == (Figure(D("-20.00"), D("-25.00")), Figure(D("80.00"), D("95.00")))
    assert other.year == Figure(D("180.00"), D("195.00"))
    assert other.rate is not None
    assert (other.rate.rate, other.rate.on) == (D("1.25"), date(2026, 11, 18))
    assert found.equity == Sum(core.equity.own + D("12725.00"))
    assert found.year == Sum(D("195.00"))


def test_deposits_are_no_gain(seat: Seat) -> None:
    record_cash(seat, parse(NewCashInput, {"on": "2026-11-19", "kind": "deposit", "amount": "500"}), NOW)
    (one,) = only(of(seat)).accounts
    assert (one.day.own, one.equity.own) == (D(0), D("100500.00"))


def test_an_account_without_a_rate_is_listed_and_left_out(seat: Seat) -> None:
    another(seat, "Swiss", "CHF")
    found = only(of(seat))
    assert [one.seat.account.name for one in found.accounts] == ["Swiss", "Trend Core"]
    assert [one.seat.account.name for one in found.unconverted] == ["Swiss"]
    assert found.equity == Sum(D("100000.00"), ("Swiss",))
    assert found.year == Sum(D(0))  # it earned nothing, which is nothing in any currency


def test_a_sum_of_nothing_known_is_unknown(seat: Seat) -> None:
    in_(seat, "CHF")
    seat.user.currency = "USD"
    db.session.commit()
    assert only(of(seat)).equity == Sum(None, ("Trend Core",))


def test_earnings_of_days_before_the_first_rate_are_unknown_and_the_rest_is_not(seat: Seat) -> None:
    euros = another(seat, "Euros", "EUR")
    told("EUR", "USD", "1.10", ago=2)
    round_trip(euros, "OLD", "100", entered=200, left=190)
    found = only(of(seat))
    (other,) = [one for one in found.accounts if one.seat.account.name == "Euros"]
    assert (other.equity.converted, other.year.converted, other.month.converted) == (D("110110.00"), None, D(0))
    assert found.year == Sum(D(0), ("Euros",))
    assert found.equity.without == ()


def test_modes_are_never_added(seat: Seat) -> None:
    simulated(seat, "Practice")
    found = of(seat)
    assert [one.mode for one in found.modes] == [Mode.MOCK, None]
    assert [one.equity for one in found.modes] == [Sum(D("100000.00"))] * 2


def test_another_persons_account_never_shows_and_a_members_does(app: Flask, seat: Seat) -> None:
    other, viewer = stranger(), viewer_of(seat)
    assert [one.seat.account.id for one in only(of(seat)).accounts] == [seat.account.id]
    assert [one.seat.account.id for one in only(of(other)).accounts] == [other.account.id]
    assert [one.seat.account.id for one in only(of(viewer)).accounts] == [seat.account.id]


def test_what_totals_are_in(app: Flask, seat: Seat) -> None:
    another(seat, "Newer", "CHF")
    in_(seat, "EUR")
    assert currency_of(seat.user, seats_of(seat.user)) == "EUR"
    seat.user.currency = "JPY"
    assert currency_of(seat.user, seats_of(seat.user)) == "JPY"
    nobody = make_user("new@example.org", "New")
    assert currency_of(nobody, ()) == "USD"
    assert totals(nobody, (), NOW) == Totals("USD", ())
