"""Interactive Brokers' activity statement: many sections in one file."""

from __future__ import annotations

import csv
import io
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given as each

from tests.statements.formats import given
from tests.statements.formats.examples import EXAMPLES
from trenddojo.domain.terms import AssetType, CashKind, OptionRight, Side
from trenddojo.statements.format import Unreadable
from trenddojo.statements.formats.ibkr import ACTIVITY
from trenddojo.statements.formats.ibkr.actions import CANCELS, NO_SPLIT
from trenddojo.statements.formats.ibkr.cash import TRANSFERRED
from trenddojo.statements.lines import (
    CashLine,
    Contract,
    FillLine,
    HeldLine,
    Refusal,
    Said,
    Skipped,
    SplitLine,
    SumKind,
    SumLine,
)

D = Decimal
EXAMPLE = EXAMPLES["ibkr_activity"]
TRADES = (
    "Trades,Header,DataDiscriminator,Asset Category,Currency,Symbol,Date/Time,Quantity,T. Price,C. Price,Proceeds,"
    "Comm/Fee,Basis,Realized P/L,MTM P/L,Code"
)
ACTIONS = (
    "Corporate Actions,Header,Asset Category,Currency,Report Date,Date/Time,Description,Quantity,Proceeds,Value,"
    "Realized P/L,Code"
)
START, END = date(2024, 1, 1), date(2024, 3, 28)


def read(*lines: str) -> list[Said]:
    return given.read(ACTIVITY, "\n".join(lines) + "\n")


@pytest.fixture(scope="module")
def lines() -> list[Said]:
    return given.read(ACTIVITY, EXAMPLE)


def test_orders_are_fills_and_lots_and_totals_are_not(lines: list[Said]) -> None:
    bought, sold, *_ = given.of(FillLine, lines)
    assert bought.at == datetime(2024, 1, 5, 14, 30, 1, tzinfo=UTC)
    assert (bought.contract, bought.side, bought.quantity) == (given.stock("AAPL"), Side.BUY, D(1000))
    assert (bought.price, bought.fee, bought.account) == (D("181.25"), D(5), "U1234567")
    assert (sold.contract.symbol, sold.side, sold.quantity, sold.fee) == ("MSFT", Side.SELL, D(5), D("1.02"))
    assert {22, 23, 27} <= {one.line for one in given.of(Skipped, lines)}


def test_an_option_takes_its_terms_from_the_list_of_instruments(lines: list[Said]) -> None:
    option = given.of(FillLine, lines)[2].contract
    expected = Contract("AAPL", AssetType.OPTION, "USD", "", D(100), date(2024, 1, 19), D(185), OptionRight.CALL)
    assert option == expected


def test_a_table_whose_commissions_are_named_by_their_currency(lines: list[Said]) -> None:
    traded = given.of(FillLine, lines)[3]
    assert (traded.contract, traded.quantity) == (Contract("EUR/USD", AssetType.FOREX, "USD"), D(25000))
    assert traded.fee == D(2)


def test_cash_that_moved(lines: list[Said]) -> None:
    assert [(one.on, one.kind, one.amount) for one in given.of(CashLine, lines)] == [
        (date(2024, 1, 3), CashKind.DEPOSIT, D("1500.50")),
        (date(2024, 2, 1), CashKind.WITHDRAWAL, D(250)),
        (date(2024, 2, 5), CashKind.FEE, D("4.5")),
        (date(2024, 2, 15), CashKind.DIVIDEND, D(240)),
        (date(2024, 2, 15), CashKind.DIVIDEND, D(-36)),
        (date(2024, 2, 5), CashKind.INTEREST, D("-3.21")),
    ]


def test_a_reverse_split_is_told_once_and_counts_from_the_next_day(lines: list[Said]) -> None:
    (split,) = given.of(SplitLine, lines)
    assert (split.contract, split.on) == (given.stock("XYZ"), date(2024, 3, 9))
    assert (split.numerator, split.denominator) == (D(1), D(10))
    assert "This split is told by line 45." in [one.reason for one in given.of(Skipped, lines)]


def test_another_corporate_action_is_refused(lines: list[Said]) -> None:
    assert [(one.line, one.reason) for one in given.of(Refusal, lines)] == [(47, NO_SPLIT)]


def test_a_corporate_action_that_is_taken_back_is_refused() -> None:
    split = '"XYZ(US0000000001) Split 2 for 1 (XYZ, XYZ CORP, US0000000001)"'
    told = read(ACTIONS, f'Corporate Actions,Data,Stocks,USD,2024-03-11,"2024-03-08, 20:25:00",{split},-20,0,0,0,Ca')
    assert given.refusal(told) == CANCELS


def test_positions_at_the_end_of_the_period(lines: list[Said]) -> None:
    (held,) = given.of(HeldLine, lines)
    assert (held.contract, held.on, held.quantity) == (given.stock("AAPL"), END, D(1000))
    assert (held.average_price, held.price) == (D("181.255"), D("171.48"))


def test_sums_of_each_currency_and_gains_of_each_symbol(lines: list[Said]) -> None:
    assert [
        (one.kind, one.symbol, one.amount, one.since, one.until, one.currency) for one in given.of(SumLine, lines)
    ] == [
        (SumKind.FEES, "", D("12.5"), START, END, "USD"),
        (SumKind.WITHDRAWALS, "", D(250), START, END, "USD"),
        (SumKind.CASH, "", D("2786.42"), START, END, "USD"),
        (SumKind.REALISED, "MSFT", D("51.48"), START, END, "USD"),
    ]


def test_a_report_in_the_base_currency_alone_is_told_in_it() -> None:
    told = read(
        "Statement,Header,Field Name,Field Value",
        'Statement,Data,Period,"March 28, 2024"',
        "Account Information,Header,Field Name,Field Value",
        "Account Information,Data,Base Currency,CHF",
        "Cash Report,Header,Currency Summary,Currency,Total,Securities,Futures",
        "Cash Report,Data,Ending Cash,Base Currency Summary,1.5,1.5,0",
    )
    (cash,) = given.of(SumLine, told)
    assert (cash.currency, cash.amount, cash.since, cash.until) == ("CHF", D("1.5"), END, END)


def test_a_position_of_nobody_knows_which_day_is_refused() -> None:
    told = read(
        "Open Positions,Header,DataDiscriminator,Asset Category,Currency,Symbol,Quantity,Mult,Cost Price,Close Price",
        "Open Positions,Data,Summary,Stocks,USD,AAPL,5,1,2,3",
    )
    assert "does not tell of which day" in given.refusal(told)


def test_each_account_of_several_is_told_by_its_column() -> None:
    header = TRADES.replace("Currency,Symbol", "Currency,Account,Symbol")
    told = read(
        header,
        'Trades,Data,Order,Stocks,USD,U1,AAPL,"2024-01-05, 09:30:01",1,2,2,-2,-1,2,0,0,O',
        'Trades,Data,Order,Stocks,USD,U2,AAPL,"2024-01-05, 09:30:01",1,2,2,-2,-1,2,0,0,O',
    )
    assert [one.account for one in given.of(FillLine, told)] == ["U1", "U2"]


def test_an_order_that_was_taken_back_vanishes() -> None:
    told = read(
        TRADES,
        'Trades,Data,Order,Stocks,USD,AAPL,"2026-06-10, 10:30:00",10,150.25,150,-1502.5,-1,0,0,0,O',
        'Trades,Data,Trade Cancel,Stocks,USD,AAPL,"2026-06-10, 10:30:00",-10,150.25,150,1502.5,1,0,0,0,Ca',
    )
    assert [type(one) for one in told] == [Skipped, Skipped]


def test_parts_of_an_order_are_not_counted_again() -> None:
    order = 'Trades,Data,Order,Stocks,USD,AAPL,"2026-06-10, 10:30:00",10,150.25,150,-1502.5,-1,0,0,0,O'
    told = read(TRADES, order, order.replace("Order", "Trade").replace(",10,", ",4,"))
    assert [one.quantity for one in given.of(FillLine, told)] == [D(10)]
    alone = read(TRADES, order.replace("Order", "Trade"))
    assert [one.quantity for one in given.of(FillLine, alone)] == [D(10)]


def test_securities_that_were_transferred_are_refused_and_cash_is_kept() -> None:
    told = read(
        "Transfers,Header,Asset Category,Currency,Symbol,Date,Type,Direction,Xfer Company,Xfer Account,Qty,Xfer Price,"
        "Market Value,Realized P/L,Cash Amount,Code",
        "Transfers,Data,Stocks,USD,AAPL,2024-01-05,ACATS,In,--,123,10,--,1500,0,0,",
        "Transfers,Data,Cash,USD,--,2024-01-05,ACATS,Out,--,123,--,--,0,0,-50.25,",
    )
    assert given.refusal(told) == TRANSFERRED
    (cash,) = given.of(CashLine, told)
    assert (cash.kind, cash.amount) == (CashKind.WITHDRAWAL, D("50.25"))


def test_a_line_without_a_header_or_a_section_is_refused() -> None:
    told = read(
        TRADES,
        "Dividends,Data,USD,2024-02-15,AAPL,240",
        "hello,world",
    )
    assert [one.line for one in given.of(Refusal, told)] == [2, 3]


def test_a_statement_in_another_language_says_so() -> None:
    with pytest.raises(Unreadable, match="in English"):
        read("Transaktionen,Header,Symbol,Menge", "Transaktionen,Data,AAPL,5")


@each(given.fills().map(given.dotted))
def test_what_was_written_as_orders_is_read_back(fills: list[FillLine]) -> None:
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow(TRADES.split(","))
    writer.writerows(_order(one) for one in fills)
    lines = given.read(ACTIVITY, "\ufeff" + file.getvalue())
    assert [given.shown(one) for one in given.of(FillLine, lines)] == [given.shown(one) for one in fills]
    assert len(lines) == len(fills)


def _order(one: FillLine) -> list[str]:
    contract = one.contract
    symbol, category = contract.symbol.replace(".", " "), "Stocks"
    if contract.expiry and contract.right and contract.strike:
        day = f"{contract.expiry:%d%b%y}".upper()
        symbol = f"{contract.symbol} {day} {contract.strike.normalize():f} {contract.right.value[0].upper()}"
        category = "Equity and Index Options"
    signed = one.quantity if one.side is Side.BUY else -one.quantity
    when = f"{one.at:%Y-%m-%d, %H:%M:%S}"
    fee = -(one.fee or 0)
    return ["Trades", "Data", "Order", category, "USD", symbol, when, f"{signed:,}", str(one.price), "", "", str(fee)]
