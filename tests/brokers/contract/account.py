"""The contract: what an account is told to hold."""

from datetime import timedelta

from tests.brokers.contract.steps import assert_well_typed, bought
from tests.brokers.orders import D
from tests.brokers.subjects import Subject
from trenddojo.domain.terms import Mode


def test_the_account_is_told_in_full(subject: Subject) -> None:
    info, balances = subject.client.get_account_info(), subject.client.get_balances()
    assert info.is_paper is (subject.mode is not Mode.LIVE)
    assert (info.equity, info.cash, info.buying_power) == (balances.equity, balances.cash, balances.buying_power)
    assert info.currency == balances.currency == "USD"
    assert info.equity > 0
    assert_well_typed(info, balances)


def test_nothing_held_is_an_empty_list(subject: Subject) -> None:
    assert subject.client.get_positions() == []
    assert subject.client.get_open_orders() == []
    assert subject.client.get_executions().fills == ()


def test_what_is_bought_is_held_and_paid_for(subject: Subject) -> None:
    before = subject.client.get_balances()
    filled = bought(subject)
    (position,) = subject.client.get_positions()
    assert (position.symbol, position.quantity) == ("AAPL", filled.quantity)
    fills = subject.client.get_executions().fills
    paid = sum((fill.quantity * fill.price for fill in fills), D(0))
    charged = sum((fill.commission or D(0) for fill in fills), D(0))
    cash = subject.client.get_balances().cash
    assert abs(before.cash - paid - charged - cash) < D("0.05")
    assert_well_typed(position, *fills)


def test_the_past_is_told_oldest_first_and_no_further_back_than_asked(subject: Subject) -> None:
    bought(subject)
    subject.clock.turn(days=20)
    past = subject.client.get_equity_history(10)
    assert_well_typed(*past)
    instants = [one.at for one in past]
    assert instants == sorted(set(instants))
    for at in instants:
        assert subject.clock() - timedelta(days=11) < at <= subject.clock()  # a broker may stamp a day by its begin


def test_margin_and_risk_follow_what_is_held(subject: Subject) -> None:
    margin = subject.client.get_margin_requirements("AAPL", D(10))
    assert (margin.symbol, margin.quantity) == ("AAPL", D(10))
    assert 0 < margin.maintenance_margin <= margin.initial_margin <= margin.price * 10
    assert subject.client.get_risk_metrics().gross_exposure == 0
    bought(subject)
    risk = subject.client.get_risk_metrics()
    assert risk.gross_exposure == risk.net_exposure > 0
    assert risk.leverage is not None
    assert_well_typed(margin, risk)
