"""The calculator on an account: what it refuses, what it assumes, and that facts about the account reach it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tests.conftest import NOW
from tests.services.exposed import bought, planned
from trenddojo.domain.caps import Cap
from trenddojo.domain.sizing import Sizing, WarningCode
from trenddojo.domain.terms import SizingMethod, TradeStatus
from trenddojo.services import books
from trenddojo.services.errors import Invalid
from trenddojo.services.inputs import parse
from trenddojo.services.inputs.plans import SizingInput
from trenddojo.services.instruments import terms_of
from trenddojo.services.sizing import size_plan
from trenddojo.store.database import db
from trenddojo.store.models import RiskSettings
from trenddojo.store.seats import Seat

D = Decimal
PLAN = {"symbol": "ANET", "direction": "long", "entry": "100", "stop": "95", "target_1": "110"}


def sized(seat: Seat, **changes: Any) -> Sizing:
    given = {name: value for name, value in {**PLAN, **changes}.items() if value is not None}
    return size_plan(seat, parse(SizingInput, given), NOW)


def refused(seat: Seat, **changes: Any) -> dict[str, str]:
    with pytest.raises(Invalid) as refusal:
        sized(seat, **changes)
    return refusal.value.fields


def test_one_percent_of_equity_over_the_stop_distance(seat: Seat) -> None:
    sizing = sized(seat)
    assert (sizing.quantity, sizing.binding.cap, sizing.loss_at_stop) == (D(200), Cap.RISK_PER_TRADE, D(1000))
    assert [outcome.gain for outcome in sizing.targets] == [D(2000)]


def test_a_typed_quantity_is_assessed(seat: Seat) -> None:
    sizing = sized(seat, quantity="301")
    assert sizing.quantity == 301
    assert [reading.cap for reading in sizing.breaches] == [Cap.RISK_PER_TRADE, Cap.POSITION_VALUE]


def test_a_quantity_off_the_lot_is_refused(seat: Seat) -> None:
    assert refused(seat, quantity="10.5") == {"quantity": "The quantity must be a multiple of 1."}
    assert sized(seat, quantity="10.5", lot="0.5").quantity == D("10.5")


def test_a_risk_above_the_accounts_is_refused(seat: Seat) -> None:
    assert refused(seat, risk_percent="1.01") == {
        "risk_percent": "The risk of a trade may not exceed your limit of 1%."
    }


def test_another_currency_needs_its_rate(seat: Seat) -> None:
    assert refused(seat, currency="EUR").keys() == {"fx"}
    assert sized(seat, currency="EUR", fx="1.25").quantity == 160


def test_the_accounts_own_currency_has_no_other_rate_than_one(seat: Seat) -> None:
    assert refused(seat, fx="1.1").keys() == {"fx"}
    assert sized(seat, fx="1").quantity == 200


@pytest.mark.parametrize("asset_type", ["option", "future"])
def test_a_contract_needs_its_multiplier(seat: Seat, asset_type: str) -> None:
    assert refused(seat, asset_type=asset_type) == {"multiplier": "This is required."}


def test_an_option_is_sized_by_its_multiplier(seat: Seat) -> None:
    assert sized(seat, asset_type="option", multiplier="100").quantity == 2


def test_a_future_without_margin_is_allowed_nothing_and_with_it_is_sized(seat: Seat) -> None:
    future = {"asset_type": "future", "multiplier": "50"}
    assert sized(seat, **future).quantity == 0
    assert sized(seat, **future, initial_margin="5000").quantity == 4


def test_only_a_future_has_a_margin(seat: Seat) -> None:
    assert refused(seat, initial_margin="5000").keys() == {"initial_margin"}


def test_a_cryptocurrency_is_sized_in_fractions(seat: Seat) -> None:
    sizing = sized(seat, asset_type="crypto", entry="70000", stop="63000", target_1=None)
    assert sizing.quantity == D("0.14285714")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"stop": "100"}, "stop"),
        ({"stop": "105"}, "stop"),
        ({"target_1": "99"}, "target_1"),
        ({"target_1": None, "target_2": "99"}, "target_2"),
        ({"direction": "short"}, "stop"),
    ],
)
def test_prices_on_the_wrong_side(seat: Seat, changes: dict[str, Any], field: str) -> None:
    assert field in refused(seat, **changes)


def test_working_and_open_trades_use_the_limits_up(seat: Seat) -> None:
    for _ in range(2):
        planned(seat, "NVDA", quantity="200", status=TradeStatus.PENDING)
    db.session.commit()
    assert sized(seat).reading(Cap.DAILY_RISK).budget.used == 2000  # type: ignore[union-attr]
    assert sized(seat, risk_percent="1").quantity == 200


def test_a_trade_that_is_resized_does_not_stand_in_its_own_way(seat: Seat) -> None:
    trade = planned(seat, "NVDA", quantity="600", status=TradeStatus.PENDING)
    db.session.commit()
    given = parse(SizingInput, PLAN)
    assert size_plan(seat, given, NOW).quantity == 0
    assert size_plan(seat, given, NOW, without=trade.id).quantity == 200


def test_the_same_group_counts_as_correlated(seat: Seat) -> None:
    for symbol in ("NVDA", "AVGO", "AMD"):
        bought(seat, symbol, "10", "100", stop="95").correlation_group = "Semis"
    db.session.commit()
    assert sized(seat, correlation_group="semis").binding.cap is Cap.CORRELATED_POSITIONS
    assert sized(seat, correlation_group="Banks").quantity > 0


def test_kelly_without_a_record_says_so(seat: Seat) -> None:
    db.session.get_one(RiskSettings, seat.account.id).sizing_method = SizingMethod.KELLY
    db.session.commit()
    assert WarningCode.KELLY_UNAVAILABLE in {warning.code for warning in sized(seat).warnings}


def test_the_identity_spells_the_terms(seat: Seat) -> None:
    def identity(**changes: Any) -> str:
        return terms_of(parse(SizingInput, {**PLAN, "target_1": "", **changes}), seat.account).identity

    assert identity(symbol="anet") == "stock|ANET|USD||1"
    assert identity(exchange="ny|se") == "stock|ANET|USD|NY/SE|1"
    option = {"asset_type": "option", "multiplier": "100", "expiry": "2026-12-18", "strike": "1150", "right": "call"}
    assert identity(**option) == "option|ANET|USD||100|2026-12-18|1150|call"


def test_an_empty_account_allows_nothing(seat: Seat) -> None:
    seat.account.starting_balance = D(0)
    books.settle_all(seat)
    db.session.commit()
    sizing = sized(seat)
    assert (sizing.quantity, sizing.position_percent) == (0, None)
