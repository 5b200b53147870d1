"""Commission estimates: the models of rule 40, and that none ever falls as the quantity rises."""

from collections.abc import Callable
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trenddojo.domain.commissions import Commission, account_fees, alpaca, ibkr_fixed, ibkr_shares, schwab
from trenddojo.domain.terms import AssetType

D = Decimal
Model = Callable[[AssetType, Decimal], Commission | None]
SHARES = [AssetType.STOCK, AssetType.ETF]

quantities = st.decimals("0", "1000000", places=9)
prices = st.decimals("0.000001", "100000", places=6)


@pytest.mark.parametrize("asset_type", SHARES)
@pytest.mark.parametrize(
    ("quantity", "price", "expected"),
    [
        ("100", "50", "1.00"),  # the minimum
        ("200", "50", "1.000"),  # where the minimum ends
        ("201", "50", "1.005"),  # a tenth of a cent stays
        ("1000", "0.25", "2.50"),  # the 1% maximum
        ("10", "0.20", "0.02"),  # the maximum beats the minimum
        ("1", "80", "0.80"),
        ("0.5", "80", "0.01"),  # under one share
        ("0.5", "0.5", "0.0025"),  # the maximum beats that minimum too
        ("0", "80", "0"),
    ],
)
def test_ibkr_shares(asset_type: AssetType, quantity: str, price: str, expected: str) -> None:
    model = ibkr_fixed(asset_type, D(1))
    assert model is not None
    assert model(D(quantity), D(price)) == D(expected)


@pytest.mark.parametrize(("contracts", "expected"), [("1", "1.00"), ("2", "1.30"), ("10", "6.50"), ("0", "0")])
def test_ibkr_options(contracts: str, expected: str) -> None:
    model = ibkr_fixed(AssetType.OPTION, D(100))
    assert model is not None
    assert model(D(contracts), D("0.05")) == D(expected)


def test_alpaca_is_free_but_for_crypto() -> None:
    for asset_type in (*SHARES, AssetType.OPTION):
        model = alpaca(asset_type, D(1))
        assert model is not None
        assert model(D(118), D("146.20")) == 0
    crypto = alpaca(AssetType.CRYPTO, D(1))
    assert crypto is not None
    assert crypto(D("0.4"), D(50000)) == D(50)


def test_schwab_charges_option_contracts_only() -> None:
    option, stock = schwab(AssetType.OPTION, D(100)), schwab(AssetType.STOCK, D(1))
    assert option is not None
    assert stock is not None
    assert option(D(3), D("2.10")) == D("1.95")
    assert stock(D(300), D("2.10")) == 0


@pytest.mark.parametrize(
    ("model", "asset_type"),
    [
        (alpaca, AssetType.FUTURE),
        (alpaca, AssetType.FOREX),
        (ibkr_fixed, AssetType.FOREX),
        (ibkr_fixed, AssetType.FUTURE),
        (ibkr_fixed, AssetType.CRYPTO),
        (schwab, AssetType.CRYPTO),
        (schwab, AssetType.FUTURE),
    ],
)
def test_no_model_is_none_and_not_free(model: Model, asset_type: AssetType) -> None:
    assert model(asset_type, D(1)) is None


@given(st.sampled_from([alpaca, ibkr_fixed, schwab]), st.sampled_from(list(AssetType)), quantities, quantities, prices)
def test_never_negative_and_never_falling(
    model: Model, asset_type: AssetType, one: Decimal, other: Decimal, price: Decimal
) -> None:
    commission = model(asset_type, D(1))
    if commission is not None:
        less, more = sorted((one, other))
        assert 0 <= commission(less, price) <= commission(more, price)


@given(quantities, prices)
def test_one_share_price_list_whichever_way_it_is_asked_for(quantity: Decimal, price: Decimal) -> None:
    model = ibkr_fixed(AssetType.STOCK, D(1))
    assert model is not None
    assert ibkr_shares(quantity, price) == model(quantity, price)


@given(st.decimals("0.9", "1.1", places=9), st.decimals("0.9", "1.1", places=9), prices)
def test_ibkr_does_not_fall_across_one_share(one: Decimal, other: Decimal, price: Decimal) -> None:
    model = ibkr_fixed(AssetType.STOCK, D(1))
    assert model is not None
    less, more = sorted((one, other))
    assert model(less, price) <= model(more, price)


@given(quantities, prices, st.decimals("0", "10", places=6), st.decimals("0", "100", places=6))
def test_account_fees_are_linear(quantity: Decimal, price: Decimal, per_unit: Decimal, per_order: Decimal) -> None:
    expected = per_order + per_unit * quantity if quantity else D(0)
    assert account_fees(per_unit, per_order)(quantity, price) == expected
