"""An account's commission estimate: its broker's model, or its own fees where there is none."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trenddojo.brokers.registry import specs
from trenddojo.domain.terms import MANUAL, AssetType
from trenddojo.services.commissions import commission_of
from trenddojo.store.models import Account

D = Decimal
OF_NO_MODEL = [MANUAL, "simulated"]
BROKERS = [MANUAL, *(spec.name for spec in specs())]


def account(broker: str, per_unit: str = "0.01", per_order: str = "4.95") -> Account:
    return Account(broker=broker, fee_per_unit=D(per_unit), fee_per_order=D(per_order))


@pytest.mark.parametrize("broker", OF_NO_MODEL)
@pytest.mark.parametrize("asset_type", list(AssetType))
def test_without_a_model_the_accounts_own_fees_count(broker: str, asset_type: AssetType) -> None:
    estimate = commission_of(account(broker), asset_type, D(1))
    assert estimate is not None
    assert estimate(D(100), D(20)) == D("5.95")
    assert estimate(D(0), D(20)) == 0


def test_a_brokers_model_ignores_the_accounts_own_fees() -> None:
    estimate = commission_of(account("interactive_brokers", "9", "9"), AssetType.STOCK, D(1))
    assert estimate is not None
    assert estimate(D(100), D(50)) == D("1.00")


def test_an_alias_finds_the_same_model() -> None:
    estimate = commission_of(account("ibkr"), AssetType.STOCK, D(1))
    assert estimate is not None
    assert estimate(D(1000), D(50)) == D("5.00")


@pytest.mark.parametrize(
    ("broker", "asset_type"), [("alpaca", AssetType.FUTURE), ("interactive_brokers", AssetType.FOREX)]
)
def test_a_model_that_does_not_cover_the_asset_type_makes_no_estimate(broker: str, asset_type: AssetType) -> None:
    assert commission_of(account(broker), asset_type, D(1)) is None


@given(
    st.sampled_from(BROKERS),
    st.sampled_from(list(AssetType)),
    st.decimals("0", "1000000", places=9),
    st.decimals("0", "1000000", places=9),
    st.decimals("0.000001", "100000", places=6),
)
def test_never_negative_and_never_falling(
    broker: str, asset_type: AssetType, one: Decimal, other: Decimal, price: Decimal
) -> None:
    estimate = commission_of(account(broker, "0.003", "0.35"), asset_type, D(1))
    if estimate is not None:
        less, more = sorted((one, other))
        assert 0 <= estimate(less, price) <= estimate(more, price)
