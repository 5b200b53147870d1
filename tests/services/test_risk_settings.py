"""An account's limits as they are set."""

from __future__ import annotations

from dataclasses import fields
from decimal import Decimal

import pytest

from tests.conftest import make_user
from trenddojo.domain.risk import RiskLimits
from trenddojo.domain.terms import SizingMethod
from trenddojo.services.errors import Forbidden, Invalid
from trenddojo.services.exposure import limits_of
from trenddojo.services.inputs import parse
from trenddojo.services.inputs.risk import RiskInput
from trenddojo.services.risk_settings import set_limits
from trenddojo.store.seats import Seat, SeatRole

GOOD = {
    "max_risk_per_trade": "0.5",
    "max_risk_per_day": "2",
    "max_risk_per_week": "5",
    "daily_loss_limit": "1.5",
    "max_position_value": "25",
    "max_open_positions": "8",
    "max_correlated_positions": "2",
    "max_sector_positions": "4",
    "sizing_method": "fixed_units",
    "fixed_units": "100",
    "halve_after_losses": "0",
}


def test_the_input_has_every_limit_and_no_other() -> None:
    assert set(RiskInput.model_fields) == {field.name for field in fields(RiskLimits)}


def test_limits_are_kept(seat: Seat) -> None:
    limits = set_limits(seat, parse(RiskInput, GOOD))
    assert limits == limits_of(seat.account)
    assert (limits.max_risk_per_trade, limits.halve_after_losses) == (Decimal("0.5"), 0)
    assert (limits.sizing_method, limits.fixed_units) == (SizingMethod.FIXED_UNITS, Decimal(100))


@pytest.mark.parametrize("field", sorted(set(GOOD) - {"fixed_units"}))
@pytest.mark.parametrize("value", ["", "-1", "1001", "NaN", "1e400", "٣", "0.123", "x" * 10_000, None])
def test_bad_input_names_its_field(field: str, value: str | None) -> None:
    with pytest.raises(Invalid) as refused:
        parse(RiskInput, {**GOOD, field: value})
    assert list(refused.value.fields) == [field]


@pytest.mark.parametrize("field", ["max_risk_per_trade", "max_risk_per_day", "max_risk_per_week", "daily_loss_limit"])
def test_percentages_run_from_a_tenth_to_ten(field: str) -> None:
    for fits in ("0.1", "10"):
        parse(RiskInput, {**GOOD, field: fits})
    for beyond in ("0.09", "10.01", "0"):
        with pytest.raises(Invalid):
            parse(RiskInput, {**GOOD, field: beyond})


@pytest.mark.parametrize("value", ["", "0", "-3", "NaN", "1e400", "٣", "9" * 10_000])
def test_fixed_units_need_their_number(value: str) -> None:
    with pytest.raises(Invalid) as refused:
        parse(RiskInput, {**GOOD, "fixed_units": value})
    assert list(refused.value.fields) == ["fixed_units"]
    if not value:
        assert parse(RiskInput, {**GOOD, "sizing_method": "kelly", "fixed_units": value}).fixed_units is None


def test_only_the_owner_sets_them(seat: Seat) -> None:
    trader = Seat(make_user("pia@example.org", "Pia"), seat.account, SeatRole.TRADER)
    with pytest.raises(Forbidden):
        set_limits(trader, parse(RiskInput, GOOD))
