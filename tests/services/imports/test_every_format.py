"""An example of every format goes into the books whole, adds nothing a second time, and comes out again whole."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from tests.services.imports.brought import bring, everything, fill, take_out, trades
from tests.statements.formats import given
from tests.statements.formats.examples import EXAMPLES, MAPPED, MAPPED_COLUMNS
from trenddojo.domain.terms import Direction, TradeStatus
from trenddojo.statements import registry
from trenddojo.statements.lines import CashLine, FillLine
from trenddojo.store.seats import Seat

ALL = {**EXAMPLES, "mapped": MAPPED}


@pytest.mark.parametrize("name", ALL)
def test_an_example_goes_in_once_and_out_again(seat: Seat, tmp_path: Path, name: str) -> None:
    seat.account.opened_on, seat.account.has_splits = date(2020, 1, 1), True  # which stays once it is
    bring(seat, tmp_path, [fill(2, "buy", 10, 100, 1), fill(3, "sell", 10, 110, 2)])
    before = everything()
    how = given.options(columns=MAPPED_COLUMNS if name == "mapped" else None)
    lines = given.read(registry.named(name), ALL[name].replace("EUR", "USD"), how)
    row, counts = bring(seat, tmp_path, lines, name)
    assert (counts.fills_new, counts.fills_known, counts.fills_refused) == (len(given.of(FillLine, lines)), 0, 0)
    assert counts.cash_new == len(given.of(CashLine, lines))
    after = everything()
    _, again = bring(seat, tmp_path, lines, name)
    assert (again.fills_new, again.cash_new, again.splits_new) == (0, 0, 0)
    assert everything() == after
    take_out(seat, row)
    assert everything() == before


@pytest.mark.parametrize(
    ("name", "profits"),
    [
        ("schwab_lots", {"NVDA": "2400.00", "MSFT": "-614.06"}),
        ("tradervue_trades", {"AAPL": "122.98", "PLTR": "198.00"}),
        ("webull_bare", {"AAPL": "499.67"}),
    ],
)
def test_the_profits_are_those_of_the_file(seat: Seat, tmp_path: Path, name: str, profits: dict[str, str]) -> None:
    bring(seat, tmp_path, given.read(registry.named(name), ALL[name]), name)
    found = trades(seat)
    assert {trade.symbol: trade.pnl for trade in found} == {key: Decimal(value) for key, value in profits.items()}
    assert {trade.status for trade in found} == {TradeStatus.CLOSED}


def test_a_schwab_file_of_one_day_is_read_from_its_end(seat: Seat, tmp_path: Path) -> None:
    header, bought, sold = (
        '"Date","Action","Symbol","Description","Quantity","Price","Fees & Comm","Amount"',
        '"03/04/2026","Buy","MSFT","MICROSOFT CORP","50","$400.00","","-$20,000.00"',
        '"03/04/2026","Sell","MSFT","MICROSOFT CORP","50","$410.00","","$20,500.00"',
    )
    name = "schwab_transactions"
    bring(seat, tmp_path, given.read(registry.named(name), "\n".join([header, sold, bought])), name)
    (trade,) = trades(seat)
    assert (trade.direction, trade.pnl, trade.status) == (Direction.LONG, 500, TradeStatus.CLOSED)
