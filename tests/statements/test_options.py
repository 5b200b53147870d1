"""Symbols as statements spell them: shares, and options in the usual spellings."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trenddojo.domain.terms import AssetType, OptionRight
from trenddojo.statements.lines import Contract
from trenddojo.statements.options import contract_of, ended_at, option, option_of, worded_day
from trenddojo.statements.values import BadValue

JANUARY = date(2024, 1, 19)


@pytest.mark.parametrize(
    "text",
    [
        "AAPL  240119C00150000",
        "AAPL240119C00150000",
        ".AAPL240119C150",
        "AAPL 240119C150",
        "AAPL 01/19/2024 150.00 C",
        "AAPL 100 19 JAN 24 150 CALL",
        "AAPL 100 (Weeklys) 19 JAN 24 150 CALL",
        "aapl 19 jan 2024 150 call",
        "AAPL JAN 24 150 CALL",
    ],
)
def test_spellings_of_one_option(text: str) -> None:
    assert contract_of(text, "Symbol", "USD") == option(
        "AAPL", expiry=JANUARY, strike=Decimal(150), right=OptionRight.CALL, currency="USD"
    )


@pytest.mark.parametrize(
    ("text", "symbol"),
    [("SPXW  240119P04700000", "SPX"), ("$SPX.X 01/19/2024 4700.00 P", "SPX"), (".NDXP240119P4700", "NDX")],
)
def test_options_on_an_index_have_its_symbol(text: str, symbol: str) -> None:
    found = option_of(text, "USD")
    assert found is not None
    assert (found.symbol, found.right, found.strike) == (symbol, OptionRight.PUT, 4700)


@pytest.mark.parametrize("text", ["AAPL", "BRK/B", "brk.b", "BF-A", "7203.T", "BTC/USD", "$VIX"])
def test_shares(text: str) -> None:
    assert contract_of(text, "Symbol", "USD") == Contract(text.upper().removeprefix("$"), AssetType.STOCK, "USD")


@pytest.mark.parametrize(
    "text", ["", " ", "=cmd", "-5", "@A", "A" * 40, "A\nB", "Ä", "AAPL 99/99/2024 150.00 C", "x" * 70_000]
)
def test_what_is_no_symbol(text: str) -> None:
    with pytest.raises(BadValue):
        contract_of(text, "Symbol", "USD")


def test_a_month_alone_is_its_third_friday() -> None:
    assert worded_day("AUG 14", "Exp") == date(2014, 8, 15)
    assert worded_day("19 JAN 24", "Exp") == JANUARY
    for bad in ("", "AUG", "32 AUG 14", "19 FOO 24"):
        with pytest.raises(BadValue):
            worded_day(bad, "Exp")


def test_an_option_that_expires_leaves_after_the_close_of_new_york() -> None:
    assert ended_at(JANUARY) == datetime(2024, 1, 19, 22, tzinfo=UTC)


@given(
    root=st.sampled_from(["AAPL", "F", "SPX", "BRKB"]),
    expiry=st.dates(date(2000, 1, 1), date(2099, 12, 31)),
    thousandths=st.integers(1, 99_999_999),
    right=st.sampled_from(OptionRight),
)
def test_every_symbol_of_the_occ(root: str, expiry: date, thousandths: int, right: OptionRight) -> None:
    for gap in ("", " " * (6 - len(root))):
        found = option_of(f"{root}{gap}{expiry:%y%m%d}{right.name[0]}{thousandths:08}", "USD")
        assert found == option(root, expiry=expiry, strike=Decimal(thousandths) / 1000, right=right, currency="USD")


@given(st.text(max_size=80))
def test_anything_is_a_symbol_or_refused(text: str) -> None:
    try:
        found = contract_of(text, "Symbol", "USD")
    except BadValue:
        return
    assert found.symbol
