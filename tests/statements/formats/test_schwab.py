"""Schwab's transactions and closed lots: dates only, newest first, and what they leave untold is not guessed."""

from __future__ import annotations

import csv
import io
from datetime import date, datetime
from decimal import Decimal

import pytest
from hypothesis import given as each
from hypothesis import settings

from tests.statements.formats import given
from tests.statements.formats.examples import EXAMPLES
from tests.statements.formats.given import BERLIN, of, only, refusal, stock
from trenddojo.domain.terms import CashKind, ExitReason, OptionRight, Side
from trenddojo.statements.formats import schwab
from trenddojo.statements.lines import (
    CashLine,
    Contract,
    Effect,
    FillLine,
    LabelLine,
    Refusal,
    Said,
    Skipped,
    SplitLine,
)
from trenddojo.statements.options import option

SCHWAB, SCHWAB_LOTS = EXAMPLES["schwab_transactions"], EXAMPLES["schwab_lots"]
HEADER = ["Date", "Action", "Symbol", "Description", "Quantity", "Price", "Fees & Comm", "Amount"]


def line(*cells: str, on: str = "03/04/2024") -> list[Said]:
    """What one line below the header says: action, symbol, description, quantity, price, fees, amount."""
    return given.read(schwab.TRANSACTIONS, written([HEADER, [on, *cells]]))


def written(rows: list[list[str]]) -> str:
    file = io.StringIO()
    csv.writer(file, quoting=csv.QUOTE_ALL).writerows(rows)
    return file.getvalue()


def test_a_history() -> None:
    said = given.read(schwab.TRANSACTIONS, SCHWAB)
    assert [len(of(kind, said)) for kind in (FillLine, CashLine, SplitLine, Skipped)] == [8, 4, 1, 1]
    assert {one.account for one in of(FillLine, said)} == {"Individual ...417"}
    assert sum((one.fee or Decimal(0) for one in of(FillLine, said)), Decimal(0)) == Decimal("2.22")


def test_a_date_alone_is_noon_of_the_account() -> None:
    fill = only(line("Buy", "MSFT", "MICROSOFT CORP", "50", "$414.92", "", "-$20,746.00"))
    noon = datetime(2024, 3, 4, 12, tzinfo=BERLIN)
    assert fill == FillLine(
        2, stock("MSFT"), noon, True, Side.BUY, Decimal(50), Decimal("414.92"), Decimal(0), account=""
    )


def test_as_of_is_when_it_counts() -> None:
    fill = only(line("Buy", "MSFT", "", "50", "$414.92", "", "-$20,746.00", on="03/05/2024 as of 03/04/2024"))
    assert isinstance(fill, FillLine)
    assert fill.at.date() == date(2024, 3, 4)


def test_an_option_that_expired() -> None:
    said = of(FillLine, given.read(schwab.TRANSACTIONS, SCHWAB))
    (expired,) = [one for one in said if one.reason is ExitReason.EXPIRED]
    assert (expired.side, expired.quantity, expired.price, expired.effect) == (Side.SELL, 2, 0, Effect.CLOSE)
    assert expired.contract == call("NVDA", date(2024, 3, 15), "1000")
    assert expired.at.date() == date(2024, 3, 15)


def call(root: str, expiry: date, strike: str) -> Contract:
    return option(root, expiry=expiry, strike=Decimal(strike), right=OptionRight.CALL, currency="USD")


def test_an_assigned_option_leaves_at_zero_and_its_shares_stand_in_their_own_line() -> None:
    fill = only(line("Assigned", "AAPL 03/15/2024 170.00 C", "CALL APPLE INC", "1", "", "", "", on="03/18/2024"))
    assert isinstance(fill, FillLine)
    assert (fill.side, fill.price, fill.reason, fill.at.date()) == (Side.BUY, 0, None, date(2024, 3, 15))


@pytest.mark.parametrize(
    ("action", "amount", "kind", "booked"),
    [
        ("Qualified Dividend", "$37.50", CashKind.DIVIDEND, "37.5"),
        ("NRA Tax Adj", "-$5.63", CashKind.DIVIDEND, "-5.63"),
        ("Cash In Lieu", "$12.01", CashKind.DIVIDEND, "12.01"),
        ("Margin Interest", "-$8.00", CashKind.INTEREST, "-8"),
        ("ADR Mgmt Fee", "-$2.00", CashKind.FEE, "2"),
        ("ADR Mgmt Fee", "$2.00", CashKind.INTEREST, "2"),
        ("MoneyLink Transfer", "-$400.00", CashKind.WITHDRAWAL, "400"),
        ("Wire Funds Received", "$400.00", CashKind.DEPOSIT, "400"),
        ("Journal", "$1.00", CashKind.DEPOSIT, "1"),
    ],
)
def test_cash(action: str, amount: str, kind: CashKind, booked: str) -> None:
    cash = only(line(action, "", "", "", "", "", amount))
    assert isinstance(cash, CashLine)
    assert (cash.kind, cash.amount, cash.currency, cash.on) == (kind, Decimal(booked), "USD", date(2024, 3, 4))


@pytest.mark.parametrize(
    ("description", "quantity", "ratio"),
    [("WALMART INC 3 FOR 1 FORWARD SPLIT", "100", (3, 1)), ("ACME 1-for-20 REVERSE SPLIT", "5", (1, 20))],
)
def test_a_split_in_words(description: str, quantity: str, ratio: tuple[int, int]) -> None:
    split = only(line("Stock Split", "WMT", description, quantity, "", "", ""))
    assert isinstance(split, SplitLine)
    assert (split.numerator, split.denominator, split.on) == (*ratio, date(2024, 3, 4))


def test_a_split_in_two_lines_is_told_by_its_shares() -> None:
    came = ["03/04/2024", "Reverse Split", "ACME", "ACME NEW", "50", "", "", ""]
    went = ["03/04/2024", "Reverse Split", "ACME", "ACME OLD", "-1000", "", "", ""]
    for rows in ([came, went], [went, came]):
        split, skipped = given.read(schwab.TRANSACTIONS, written([HEADER, *rows]))
        assert isinstance(split, SplitLine)
        assert (split.numerator, split.denominator) == (1, 20)
        assert isinstance(skipped, Skipped)


def test_splits_of_two_symbols_are_not_taken_for_one() -> None:
    rows = [["03/04/2024", "Reverse Split", name, "", many, "", "", ""] for name, many in (("A", "50"), ("B", "-1000"))]
    said = given.read(schwab.TRANSACTIONS, written([HEADER, *rows]))
    assert [type(one) for one in said] == [Refusal, Refusal]


def test_a_split_whose_ratio_nobody_tells_is_refused() -> None:
    assert "ratio" in refusal(line("Stock Split", "NVDA", "NVIDIA CORP", "900", "", "", ""))


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        (("Buy", "912797GB7", "US TREASURY BILL", "10000", "$98.50", "", "-$9,850.00"), "not quantity times price"),
        (("Journaled Shares", "AAPL", "APPLE INC", "100", "", "", ""), "moved 100 AAPL without a trade"),
        (("Sorcery", "", "", "", "", "", "$3.00"), "“Sorcery” is not known here"),
        (("Buy", "AAPL", "APPLE INC", "0", "$150", "", ""), "a fill of nothing"),
        (("Buy", "AAPL", "APPLE INC", "ten", "$150", "", ""), "Quantity: “ten” is not a number"),
        (("Buy", "", "APPLE INC", "10", "$150", "", "-$1,500.00"), "Symbol: the symbol is missing"),
        (("", "AAPL", "APPLE INC", "10", "$150", "", "-$1,500.00"), "what the line did is not known"),
        (("", "TTE", "TOTAL ENERGIES SE", "10", "$50", "", "-$500.00"), "what the line did is not known"),
        (("Expired", "AAPL", "APPLE INC", "1", "", "", ""), "is not an option"),
    ],
)
def test_what_cannot_be_read_says_why(cells: tuple[str, ...], reason: str) -> None:
    assert reason in refusal(line(*cells))


def test_a_date_of_no_calendar_is_refused() -> None:
    assert "02/30/2024" in refusal(line("Buy", "AAPL", "", "1", "$1", "", "", on="02/30/2024"))


@settings(max_examples=60, deadline=None)
@each(fills=given.fills())
def test_fills_come_back_as_they_were_written(fills: list[FillLine]) -> None:
    rows = [_row(fill) for fill in reversed(fills)]
    read = of(FillLine, given.read(schwab.TRANSACTIONS, written([["Transactions for account X"], HEADER, *rows])))
    assert [_dated(fill) for fill in reversed(read)] == [_dated(fill) for fill in fills]
    assert all(fill.is_dated for fill in read)


def _dated(fill: FillLine) -> tuple[object, ...]:
    return fill.contract, fill.at.date(), fill.side, fill.quantity, fill.price, fill.fee


def _row(fill: FillLine) -> list[str]:
    of_it = fill.contract
    value = fill.quantity * fill.price * of_it.multiplier
    paid = value - (fill.fee or 0) if fill.side is Side.SELL else -value - (fill.fee or 0)
    action = "Buy" if fill.side is Side.BUY else "Sell"
    symbol = of_it.symbol
    if of_it.expiry and of_it.right:
        action += " to Open"
        symbol += f" {of_it.expiry:%m/%d/%Y} {of_it.strike:.2f} {of_it.right.value[0].upper()}"
    money = f"-${-paid:,.2f}" if paid < 0 else f"${paid:,.2f}"
    return [f"{fill.at:%m/%d/%Y}", action, symbol, "", f"{fill.quantity:,}", f"${fill.price}", f"${fill.fee}", money]


def test_closed_lots_become_fills_that_say_so() -> None:
    said = given.read(schwab.LOTS, SCHWAB_LOTS)
    assert [label.tags for label in of(LabelLine, said)] == [("from lots",)] * 2
    opened, closed = of(FillLine, said)[:2]
    assert (opened.at.date(), closed.at.date()) == (date(2024, 3, 4), date(2024, 3, 5))
    assert (opened.side, closed.side, opened.quantity) == (Side.BUY, Side.SELL, 50)
    assert [one.effect for one in (opened, closed)] == [Effect.OPEN, Effect.CLOSE]
    # Told to the cent are the whole proceeds, after fees; the price is theirs, and not the rounded one.
    assert closed.price * 50 == Decimal("20131.94")
    assert (opened.fee, closed.fee) == (0, 0)


def test_wash_sales_leave_the_cost_what_it_was() -> None:
    content = SCHWAB_LOTS.replace('"Wash Sale?"', '"Wash Sale?","Unadjusted Cost Basis"')
    content = content.replace('"Short Term","No"\n"NVDA"', '"Short Term","Yes","$20,700.00"\n"NVDA"')
    opened = of(FillLine, given.read(schwab.LOTS, content))[0]
    assert opened.price * 50 == 20_700


def test_lots_of_nothing_and_lots_closed_before_they_were_opened_are_refused() -> None:
    assert "a fill of nothing" in refusal(given.read(schwab.LOTS, SCHWAB_LOTS.replace('"50"', '"0"')))
    said = given.read(schwab.LOTS, SCHWAB_LOTS.replace('"11/03/2023"', '"11/03/2024"'))
    assert "before it was opened" in refusal(said)
