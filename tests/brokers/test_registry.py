"""Every registered broker keeps to what a spec promises, and names lead to it."""

import subprocess
import sys
from collections import Counter
from decimal import Decimal

import pytest

from trenddojo.brokers.errors import REMEDIES, BrokerErrorCode
from trenddojo.brokers.registry import ADAPTERS, UnknownBroker, spec_of, specs
from trenddojo.brokers.simulator.fields import is_always_open, profile_with
from trenddojo.brokers.spec import BrokerSpec, Endpoint, FieldKind
from trenddojo.domain.terms import MANUAL, Mode

HEAVY = {"requests", "sqlalchemy", "flask", "ib_insync", "exchange_calendars", "pandas"}
EVERY = pytest.mark.parametrize("spec", specs(), ids=lambda spec: spec.name)


@pytest.mark.parametrize(
    ("alias", "name"),
    [("paper", "simulated"), ("ibkr", "interactive_brokers"), ("ib", "interactive_brokers"),
     ("td_ameritrade", "schwab"), ("alpaca", "alpaca")],
)  # fmt: skip
def test_names_and_aliases_lead_to_a_spec(alias: str, name: str) -> None:
    assert spec_of(alias).name == name


@pytest.mark.parametrize("name", [MANUAL, "", "ALPACA", "robinhood"])
def test_no_other_name_does(name: str) -> None:
    with pytest.raises(UnknownBroker):
        spec_of(name)


def test_no_two_brokers_share_a_name() -> None:
    names = Counter(name for spec in specs() for name in (spec.name, *spec.aliases))
    assert set(names.values()) == {1}
    assert [spec.name for spec in specs()] == list(ADAPTERS)


@EVERY
def test_a_mode_other_than_mock_is_built_by_the_adapter(spec: BrokerSpec) -> None:
    assert (spec.build is None) == (spec.modes == {Mode.MOCK})
    assert all(spec.hosts.get(mode) for mode in spec.modes - {Mode.MOCK})


@EVERY
def test_fields_default_to_what_they_accept(spec: BrokerSpec) -> None:
    for mode in spec.modes:
        asked = {one.name: one.default for one in spec.fields_for(mode) if one.default}
        assert not set(spec.problems(mode, asked)) & set(asked)


@EVERY
def test_a_choice_offers_what_it_names_and_takes_nothing_else(spec: BrokerSpec) -> None:
    for field in spec.fields:
        values = [one.value for one in field.choices]
        assert bool(values) == (field.kind is FieldKind.CHOICE)
        assert len({*values}) == len(values)
        assert not any(field.problem(one) for one in values)
        if values:
            assert field.problem("none of them") == field.message
            assert all(one in field.message for one in values)


@EVERY
def test_mock_mode_asks_for_no_secret(spec: BrokerSpec) -> None:
    assert all(one.is_setting for one in spec.fields_for(Mode.MOCK))


@EVERY
def test_what_to_set_up_first_is_for_modes_that_leave_this_server(spec: BrokerSpec) -> None:
    assert spec.setup_for(Mode.MOCK) == ()
    assert all(step.text and step.modes <= spec.modes for step in spec.setup)
    assert all(name and value for step in spec.setup for name, value in step.switches)


@pytest.mark.parametrize(
    ("mode", "account", "ports"), [(Mode.PAPER, "paper", ("7497", "4002")), (Mode.LIVE, "live", ("7496", "4001"))]
)
def test_ports_by_program_and_mode(mode: Mode, account: str, ports: tuple[str, str]) -> None:
    steps = spec_of("ibkr").setup_for(mode)
    assert f"your {account} account" in steps[0].text
    assert dict(steps[1].switches)["Socket port"] == f"{ports[0]} in TWS, {ports[1]} in IB Gateway, and the same here"


def test_a_next_step_is_the_brokers_own_or_the_usual() -> None:
    code = BrokerErrorCode.GATEWAY_NOT_RUNNING
    assert spec_of("simulated").next_step(code) == REMEDIES[code].next_step
    assert spec_of("ibkr").next_step(code).startswith("Start TWS or IB Gateway")


@pytest.mark.parametrize(
    ("sent", "bad"),
    [
        ({"starting_cash": "100000"}, set()),
        ({"starting_cash": "2500.50", "always_open": "on", "latency_ms": "0"}, set()),
        ({}, {"starting_cash"}),
        ({"starting_cash": "-5"}, {"starting_cash"}),
        ({"starting_cash": "1e5", "latency_ms": "fast", "always_open": "no"},
         {"starting_cash", "latency_ms", "always_open"}),
        ({"starting_cash": "1000", "api_key": "x"}, {"api_key"}),
    ],
)  # fmt: skip
def test_settings_of_the_simulation(sent: dict[str, str], bad: set[str]) -> None:
    assert set(spec_of("simulated").problems(Mode.MOCK, sent)) == bad


def test_settings_change_the_profile() -> None:
    profile = spec_of("schwab").profile
    assert profile_with(profile, {}) == profile
    changed = profile_with(profile, {"starting_cash": "2500.50", "latency_ms": "0"})
    assert (changed.starting_cash, changed.latency_seconds) == (Decimal("2500.50"), 0)
    assert is_always_open({"always_open": "on"})
    assert not is_always_open({"always_open": ""})


def test_the_guides_defaults() -> None:
    profile = spec_of("simulated").profile
    assert (profile.account_id, profile.latency_seconds) == ("MOCK123456", 0.1)
    assert profile.starting_cash * profile.leverage == 200_000


def test_the_guides_limits() -> None:
    alpaca, ibkr, schwab = (spec_of(name).limits for name in ("alpaca", "ibkr", "schwab"))
    counted = [Endpoint.ORDERS, Endpoint.POSITIONS, Endpoint.ACCOUNT, Endpoint.MARKET]
    assert [alpaca.of(one) for one in counted] == [200, 100, 60, 60]
    assert [ibkr.of(one) for one in counted] == [50, 30, 10, 60]
    assert [schwab.of(one) for one in counted] == [60, 60, 60, 60]
    assert (alpaca.overall, ibkr.overall, schwab.overall) == (200, None, 120)


def test_a_spec_costs_no_heavy_import() -> None:
    code = (
        "import sys; from trenddojo.brokers.registry import specs; specs(); "
        f"print(*sorted({HEAVY!r} & {{*sys.modules}}))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""
