"""Columns by their names."""

from __future__ import annotations

import pytest

from trenddojo.statements import columns
from trenddojo.statements.columns import Columns, folded, has_all
from trenddojo.statements.format import Unreadable

ALIASES = {"symbol": ("Symbol", "Ticker"), "fee": ("Fees & Comm", "Commission"), "price": ("Price",)}


@pytest.mark.parametrize("name", ["Fees & Comm", "fees_&_comm", " FEES&COMM ", "Fees-Comm"])
def test_case_spaces_and_punctuation_do_not_matter(name: str) -> None:
    assert folded(name) == folded("Fees & Comm")


def test_marks_that_tell_columns_apart_do() -> None:
    assert len({folded("Gain/Loss ($)"), folded("Gain/Loss (%)"), folded("Gain/Loss")}) == 3


def test_a_field_is_found_by_any_of_its_names_wherever_it_stands() -> None:
    columns = Columns(["Price", "ticker", "COMMISSION"], ALIASES, ["symbol"])
    row = ["1.5", "AAPL", "2"]
    assert [columns.get(row, field) for field in ("symbol", "fee", "price")] == ["AAPL", "2", "1.5"]


def test_the_usual_name_comes_before_another() -> None:
    assert Columns(["Ticker", "Symbol"], ALIASES, []).get(["a", "b"], "symbol") == "b"


def test_the_first_of_two_equal_columns_counts() -> None:
    assert Columns(["Price", "price"], ALIASES, []).get(["1", "2"], "price") == "1"


def test_a_row_that_is_too_short_has_empty_cells() -> None:
    columns = Columns(["Symbol", "Price"], ALIASES, [])
    assert columns.get(["AAPL"], "price") == ""
    assert "price" in columns
    assert "fee" not in columns


def test_what_is_missing_is_named() -> None:
    with pytest.raises(Unreadable, match="lacks the column “Price”"):
        Columns(["Symbol"], ALIASES, ["symbol", "price"])
    with pytest.raises(Unreadable, match="lacks the columns “Symbol”, “Price”"):
        Columns(["Other"], ALIASES, ["symbol", "price"])


def test_a_header_has_columns_whatever_their_case() -> None:
    assert has_all(["SYMBOL", "price", "x"], ["Symbol", "Price"])
    assert not has_all(["Symbol"], ["Symbol", "Price"])


def test_a_field_s_names_are_folded_once_for_all_headers(monkeypatch: pytest.MonkeyPatch) -> None:
    aliases, asked = {"price": [f"Price {one}" for one in range(50)]}, list[str]()
    Columns(["Price 7"], aliases, ["price"])
    monkeypatch.setattr(columns, "folded", lambda name: asked.append(name) or folded(name))
    assert Columns(["x", "Price 9"], aliases, ["price"]).places == {"price": 1}
    assert asked == ["x", "Price 9"]
