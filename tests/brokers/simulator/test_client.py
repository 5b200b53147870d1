"""The simulated client beyond the contract: its settings, its ledger, and its simulated errors."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from threading import Thread
from typing import Any

import pytest

from tests.brokers.orders import D, a_limit, an_order
from tests.brokers.subjects import CLOSED, OPEN, MemoryLedger, building, simulated
from tests.conftest import Clock
from trenddojo.brokers.errors import BrokerError, BrokerErrorCode, NotSent, OutcomeUnknown
from trenddojo.brokers.registry import spec_of, specs
from trenddojo.brokers.simulator.client import SimulatedClient
from trenddojo.brokers.types import Timeframe
from trenddojo.domain.orders import OrderStatus, OrderType, StopLoss, TimeInForce
from trenddojo.domain.terms import Mode, Side

SPEC = spec_of("simulated")


def a_client(clock: Clock | None = None, **changes: object) -> SimulatedClient:
    client = SimulatedClient(SPEC, building(Mode.MOCK, clock or Clock(OPEN), **changes))
    client.connect()
    return client


# ---- settings


def test_the_starting_cash_is_the_settings_and_counts_once() -> None:
    ledger = MemoryLedger()
    poor = a_client(settings={"starting_cash": "2500.50"}, ledger=ledger)
    assert poor.get_account_info().cash == D("2500.50")
    again = a_client(settings={"starting_cash": "9000"}, ledger=ledger)
    assert again.get_account_info().cash == D("2500.50")


@pytest.mark.parametrize(
    ("settings", "seconds"), [({}, 0.1), ({"latency_ms": "0"}, 0.0), ({"latency_ms": "250"}, 0.25)]
)
def test_each_call_takes_the_latency(settings: dict[str, str], seconds: float) -> None:
    slept: list[float] = []
    client = a_client(settings=settings, sleep=slept.append)
    client.get_positions()
    assert slept == [seconds, seconds]


def test_an_always_open_market_is_open_on_saturdays() -> None:
    clock = Clock(CLOSED)
    assert a_client(clock, settings={"always_open": "on"}).get_market_hours().is_open
    assert not a_client(clock).get_market_hours().is_open


def test_every_broker_sees_one_market() -> None:
    quotes = {simulated(spec).client.get_market_data("AAPL").last for spec in specs()}
    assert len(quotes) == 1


def test_bars_tell_nothing_of_the_future() -> None:
    clock = Clock(OPEN)
    client = a_client(clock)
    bars = client.get_bars("AAPL", Timeframe.MINUTE, OPEN - timedelta(minutes=10), OPEN + timedelta(days=2))
    assert max(bar.at for bar in bars) < OPEN


# ---- the ledger


def test_an_order_is_in_the_ledger_before_it_is_answered() -> None:
    ledger = MemoryLedger()
    client = a_client(ledger=ledger)
    answer = client.place_order(a_limit(D("1.50")))
    assert any(answer.order_id in text for text in (*ledger.texts, *ledger.texts.values()))


class FullLedger(MemoryLedger):
    """Its disk fills up."""

    is_full = False

    def save(self, changed: Mapping[str, str]) -> None:
        if self.is_full:
            raise OSError("No space left on device")
        super().save(changed)


def test_what_the_ledger_refused_has_not_happened() -> None:
    ledger = FullLedger()
    client = a_client(ledger=ledger)
    kept = client.place_order(a_limit(D("1.50"), client_order_id="kept"))
    ledger.is_full = True
    with pytest.raises(OSError, match="No space"):
        client.place_order(a_limit(D("1.50"), client_order_id="lost"))
    ledger.is_full = False
    assert [order.order_id for order in client.get_open_orders()] == [kept.order_id]
    assert client.find_order("lost") is None


def test_records_that_cannot_be_read_are_an_error_and_no_empty_account() -> None:
    ledger = MemoryLedger()
    ledger.save({"account": "not what an exchange wrote"})
    client = SimulatedClient(SPEC, building(Mode.MOCK, Clock(OPEN), ledger=ledger))
    with pytest.raises(BrokerError) as met:
        client.connect()
    assert met.value.code is BrokerErrorCode.API_ERROR
    assert not client.is_connected


def test_reading_again_writes_nothing() -> None:
    ledger = MemoryLedger()
    client = a_client(ledger=ledger)
    client.place_order(a_limit(D("1.50")))
    saves = ledger.saves
    client.get_open_orders()
    client.get_account_info()
    assert ledger.saves == saves


def test_orders_fill_while_nobody_is_connected() -> None:
    subject = simulated(SPEC)
    subject.clock.now = CLOSED
    order = subject.client.place_order(subject.order()).order
    assert order.status is OrderStatus.ACCEPTED
    subject.client.disconnect()
    subject.clock.now = datetime(2026, 3, 9, 14, 0, tzinfo=UTC)
    subject.restart()
    assert subject.client.get_order_status(order.order_id).status is OrderStatus.FILLED


# ---- errors


@pytest.mark.parametrize("code", BrokerErrorCode)
def test_a_simulated_error_meets_every_call_until_it_is_lifted(code: BrokerErrorCode) -> None:
    client = a_client()
    client.simulate_error(code)
    assert not client.is_connected
    status = client.get_connection_status()
    assert status.error is not None
    assert not status.is_healthy
    for call in (client.connect, client.get_positions, lambda: client.place_order(an_order())):
        with pytest.raises(BrokerError) as met:
            call()
        assert met.value.code is code
    client.simulate_error(None)
    assert client.is_connected
    assert client.get_order_history() == []


def test_a_call_without_a_connection_was_not_sent() -> None:
    client = SimulatedClient(SPEC, building(Mode.MOCK, Clock(OPEN)))
    with pytest.raises(NotSent):
        client.place_order(an_order())


def test_a_cursor_is_one_that_was_given() -> None:
    with pytest.raises(BrokerError) as met:
        a_client().get_executions("yesterday")
    assert met.value.code is BrokerErrorCode.API_ERROR
    assert not isinstance(met.value, OutcomeUnknown)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"quantity": D(1_000_000)}, "quantity"),
        ({"client_order_id": "used"}, "client_order_id"),
        ({"is_oco": True, "order_type": OrderType.LIMIT, "limit_price": D(900), "side": Side.SELL,
          "stop_loss": StopLoss(stop_price=D(2))}, "is_oco"),
    ],
)  # fmt: skip
def test_a_check_tells_what_the_exchange_would_refuse(changes: dict[str, Any], field: str) -> None:
    ledger = MemoryLedger()
    client = a_client(ledger=ledger)
    client.place_order(a_limit(D("1.50"), client_order_id="used"))
    texts = ledger.load()
    assert list(client.validate_order(an_order(**changes)).errors) == [field]
    assert client.validate_order(an_order()).is_valid
    assert ledger.load() == texts


def test_an_order_for_an_instant_needs_an_open_market() -> None:
    found = a_client(Clock(CLOSED)).validate_order(an_order(time_in_force=TimeInForce.IOC))
    assert list(found.errors) == ["time_in_force"]


def test_a_closed_market_is_a_warning() -> None:
    client = a_client(Clock(CLOSED))
    found = client.validate_order(an_order())
    assert found.is_valid
    assert found.warnings


def test_the_status_says_since_when() -> None:
    clock = Clock(OPEN)
    client = a_client(clock)
    clock.turn(hours=1)
    assert client.get_connection_status().since == OPEN
    client.disconnect()
    clock.turn(hours=1)
    assert client.get_connection_status().since == OPEN + timedelta(hours=1)


def test_ids_are_in_the_brokers_format() -> None:
    ids = {}
    for spec in specs():
        subject = simulated(spec)
        order = subject.client.place_order(subject.order(order_type=OrderType.LIMIT, limit_price=D("1.50")))
        ids[spec.name] = order.order_id
    assert ids["simulated"].startswith("SIM-")
    assert len(ids["alpaca"]) == 36
    assert ids["interactive_brokers"].isdecimal()
    assert ids["schwab"].isdecimal()
    assert len(ids["schwab"]) == 13


def test_threads_are_let_in_one_after_another() -> None:
    subject = simulated(SPEC)
    requests = [subject.order(order_type=OrderType.LIMIT, limit_price=D("1.50")) for _ in range(20)]
    threads = [Thread(target=subject.client.place_order, args=(request,)) for request in requests]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    placed = subject.client.get_open_orders()
    assert {order.client_order_id for order in placed} == {request.client_order_id for request in requests}
    assert len({order.order_id for order in placed}) == 20
