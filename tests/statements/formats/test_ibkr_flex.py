"""Interactive Brokers' Flex queries as CSV: trades, confirmations, options, the compact form, and other sections."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given as each
from hypothesis import strategies as st

from tests.statements.formats import given
from tests.statements.formats.examples import EXAMPLES
from trenddojo.domain.terms import AssetType, CashKind, ExitReason, OptionRight, Side
from trenddojo.statements.columns import Columns
from trenddojo.statements.format import DateOrder, Need, Unreadable, Unsettled
from trenddojo.statements.formats.ibkr import FLEX_CSV, flex_csv
from trenddojo.statements.formats.ibkr.cancelled import ALONE
from trenddojo.statements.lines import (
    CashLine,
    Contract,
    Effect,
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
CALL = Contract("AAPL", AssetType.OPTION, "USD", "", D(100), date(2024, 1, 19), D(185), OptionRight.CALL)
CONFIRMATIONS = (
    "ClientAccountID,Date/Time,CurrencyPrimary,AssetClass,Buy/Sell,Code,Symbol,UnderlyingSymbol,Put/Call,Quantity,Price,"
    "Commission,Proceeds"
)
COMPACT = (
    "ClientAccountID,Symbol,Buy/Sell,Quantity,Price,Amount,Commission,NetCash,TradeDate,SettleDate,Exchange,OrderType,"
    "CurrencyPrimary,AssetClass"
)
OPTIONS = "Symbol,UnderlyingSymbol,Strike,Expiry,Put/Call,Multiplier,Buy/Sell,Date/Time,Quantity,Price,Commission"


def read(header: str, *lines: str, order: DateOrder | None = None) -> list[Said]:
    return given.read(FLEX_CSV, "\n".join([header, *lines]) + "\n", given.options(order=order))


def fill(header: str, line: str) -> FillLine:
    (found,) = given.of(FillLine, read(header, line))
    return found


def test_executions_are_fills_and_their_order_is_not_counted_again() -> None:
    lines = given.read(FLEX_CSV, EXAMPLES["ibkr_flex"])
    first, second, *_ = given.of(FillLine, lines)
    assert (first.quantity, first.key, first.fee) == (D(60), "0000e0d5.659d0001.01.01", D("0.6"))
    assert (second.quantity, second.key, second.fee) == (D(40), "0000e0d5.659d0002.01.01", D("0.4"))
    assert first.at == datetime(2024, 1, 5, 14, 30, 1, tzinfo=UTC)
    assert (first.account, first.fx, first.effect) == ("U1234567", D("0.92"), Effect.OPEN)
    assert [one.line for one in given.of(Skipped, lines)] == [2, 8, 9]


def test_a_file_of_orders_alone_is_told_by_orders() -> None:
    content = "\n".join(line for line in EXAMPLES["ibkr_flex"].splitlines() if not line.endswith(",EXECUTION"))
    (only,) = given.of(FillLine, given.read(FLEX_CSV, content))
    assert (only.quantity, only.fee, only.effect) == (D(100), D(1), Effect.OPEN)


def test_taxes_are_part_of_the_fee_and_a_symbol_is_written_as_in_the_books() -> None:
    sold = given.of(FillLine, given.read(FLEX_CSV, EXAMPLES["ibkr_flex"]))[2]
    assert (sold.contract, sold.side, sold.fee) == (given.stock("BRK.B"), Side.SELL, D("1.02"))


def test_an_option_that_expires_is_left_for_nothing() -> None:
    bought, expired = given.of(FillLine, given.read(FLEX_CSV, EXAMPLES["ibkr_flex"]))[3:]
    assert (bought.contract, bought.price, bought.reason) == (CALL, D("1.05"), None)
    assert (expired.contract, expired.price, expired.reason) == (CALL, D(0), ExitReason.EXPIRED)
    assert (expired.side, expired.quantity, expired.effect) == (Side.SELL, D(2), Effect.CLOSE)


def test_the_section_of_options_that_ended_is_not_counted_again() -> None:
    header = "ClientAccountID,CurrencyPrimary,AssetClass,Symbol,Date,TransactionType,Quantity,TradePrice,TradeID"
    line = "U1,USD,OPT,AAPL  240119C00185000,20240119,Expiration,-2,0,505"
    assert [type(one) for one in read(header, line)] == [Skipped]


def test_currency_that_was_changed_to_pay_is_no_trade() -> None:
    skipped = given.of(Skipped, given.read(FLEX_CSV, EXAMPLES["ibkr_flex"]))
    assert "changed to pay" in next(one.reason for one in skipped if one.line == 8)


def test_currency_that_was_traded_is_a_trade() -> None:
    line = "U1,20240110;090000,USD,CASH,BUY,,EUR.USD,,,25000,1.095,-2,-27375"
    found = fill(CONFIRMATIONS, line)
    assert found.contract == Contract("EUR/USD", AssetType.FOREX, "USD")
    assert (found.quantity, found.price, found.fee) == (D(25000), D("1.095"), D(2))


def test_identical_fills_in_one_second_stay_two() -> None:
    line = "U1,20240105;093000,USD,STK,BUY,O,AAPL,,,100,150.25,-1,-15025"
    first, second = given.of(FillLine, read(CONFIRMATIONS, line, line))
    assert replace(first, line=3) == second


def test_a_rebate_is_a_fee_below_zero() -> None:
    assert fill(CONFIRMATIONS, "U1,20240105;093000,USD,STK,BUY,O,AAPL,,,100,150.25,0.35,-15025").fee == D("-0.35")


def test_a_commission_that_is_not_told_is_not_zero() -> None:
    assert fill(CONFIRMATIONS, "U1,20240105;093000,USD,STK,BUY,O,AAPL,,,100,150.25,,-15025").fee is None


def test_the_compact_form_tells_no_time_and_keeps_its_order() -> None:
    bought = "U1,AAPL,BUY,100,150.25,15025,-1,-15026,20240105,20240109,NASDAQ,LMT,USD,STK"
    sold = "U1,AAPL,SELL,-100,151,-15100,-1,15099,20240105,20240109,NASDAQ,LMT,USD,STK"
    first, second = given.of(FillLine, read(COMPACT, bought, sold))
    assert first.is_dated
    assert first.at == datetime(2024, 1, 5, 12, tzinfo=given.BERLIN) == second.at
    assert (first.line, first.side, second.line, second.side) == (2, Side.BUY, 3, Side.SELL)


def test_the_form_for_options_tells_their_terms() -> None:
    found = fill(OPTIONS, "AAPL  240119C00185000,AAPL,185,20240119,C,100,BUY,20240105;093000,2,1.05,-1.3")
    assert (found.contract, found.quantity, found.fee) == (CALL, D(2), D("1.3"))


def test_every_form_is_known_as_ibkrs_and_a_table_of_any_fills_is_not() -> None:
    for header in (CONFIRMATIONS, COMPACT, OPTIONS):
        assert given.recognised(header + "\n") == "ibkr_flex"
    assert given.recognised("Symbol,Buy/Sell,Quantity,Price,Date/Time,Commission\n") == ""


def test_an_option_whose_columns_do_not_tell_it_is_read_from_its_name() -> None:
    found = fill(CONFIRMATIONS, "U1,20240105;093000,USD,OPT,SELL,O,AAPL  240119C00185000,AAPL,C,-2,1.05,-1.3,210")
    assert found.contract == CALL


def test_a_multiplier_that_nobody_tells_is_found_from_the_proceeds() -> None:
    found = fill(CONFIRMATIONS, "U1,20240105;093000,USD,FUT,BUY,O,ESH4,,,1,4750.25,-2.25,-237512.50")
    assert found.contract.multiplier == D(50)


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("U1,20240105;093000,USD,STK,BUY,O,AAPL,,,,150.25,-1,-1", "Quantity: an empty cell is not a number."),
        ("U1,20240105;093000,USD,STK,BUY,O,AAPL,,,0,150.25,-1,-1", "Quantity: nothing was traded."),
        ("U1,20240105;093000,USD,STK,BUY,O,AAPL,,,5,=1+1,-1,-1", "Price: “=1+1” is not a number."),
        ("U1,20240105;093000,USD,STK,BUY,O,AAPL,,,5,-2,-1,-1", "Price: -2 is below 0."),
        ("U1,20240230;093000,USD,STK,BUY,O,AAPL,,,5,2,-1,-1", "Date/Time: “20240230” is not a date of the calendar."),
        ("U1,20240105;096000,USD,STK,BUY,O,AAPL,,,5,2,-1,-1", "Date/Time: “096000” is not a clock time."),
        ("U1,20240105;093000,USD,STK,HOLD,O,AAPL,,,5,2,-1,-1", "Buy/Sell: “HOLD” is neither a purchase nor a sale."),
        ("U1,20240105;093000,USD,STK,BUY,O,AAPL,,,-5,2,-1,-1", "Buy/Sell says BUY, but the quantity is below 0."),
        ("U1,20240105;093000,USD,STK,BUY,O,,,,5,2,-1,-1", "Symbol: this cell holds no symbol."),
        ("U1,20240105;093000,DOLLAR,STK,BUY,O,A,,,5,2,-1,-1", "Currency: “DOLLAR” is no currency's code."),
        ("U1,20240105;093000,USD,BOND,BUY,O,A,,,5,2,-1,-1", "Bonds are not kept here (asset class BOND)"),
        ("U1,20240105;093000,USD,FUT,BUY,O,ESH4,,,5,2,-1,", "This line lacks the multiplier."),
        ("U1,20240105;093000 XYZ,USD,STK,BUY,O,A,,,5,2,-1,-1", "Date/Time: “XYZ” is no time zone"),
    ],
)
def test_a_line_that_cannot_be_read_says_why(line: str, why: str) -> None:
    (refused,) = given.of(Refusal, read(CONFIRMATIONS, line))
    assert refused.line == 2
    assert refused.reason.startswith(why)
    assert refused.text.strip() == line


@pytest.mark.parametrize(
    "told",
    ["20240105;093000", "2024-01-05, 09:30:00", "2024-01-05 09:30:00", "05-Jan-24;093000", "20240105 09:30:00 EST"],
)
def test_dates_and_times_in_every_form(told: str) -> None:
    found = fill(CONFIRMATIONS, f'U1,"{told}",USD,STK,BUY,O,AAPL,,,1,2,-1,-1')
    assert found.at == datetime(2024, 1, 5, 14, 30, tzinfo=UTC)


def test_a_zone_behind_the_time_counts() -> None:
    found = fill(CONFIRMATIONS, "U1,2024-01-05 09:30:00 JST,USD,STK,BUY,O,AAPL,,,1,2,-1,-1")
    assert found.at == datetime(2024, 1, 5, 0, 30, tzinfo=UTC)


def test_the_clocks_of_new_york_are_called_either_way() -> None:
    lines = [f"U1,20240705 09:30:00 {zone},USD,STK,BUY,O,AAPL,,,1,2,-1,-1" for zone in ("EST", "EDT")]
    assert {one.at for one in given.of(FillLine, read(CONFIRMATIONS, *lines))} == {
        datetime(2024, 7, 5, 13, 30, tzinfo=UTC)
    }


def test_an_option_that_was_adjusted_needs_its_multiplier() -> None:
    line = "U1,20240105;093000,USD,OPT,SELL,O,AAPL1 240119C00185000,AAPL,C,-2,0,-1.3,0"
    assert "lacks the multiplier" in given.refusal(read(CONFIRMATIONS, line))


def test_a_weekly_option_on_an_index_is_on_the_index() -> None:
    line = "U1,20240105;093000,USD,OPT,SELL,O,SPXW  240119C04850000,,C,-2,1.05,-1.3,210"
    assert fill(CONFIRMATIONS, line).contract.symbol == "SPX"


def test_dates_with_slashes_are_read_as_the_file_shows_or_as_a_person_says() -> None:
    lines = [f"U1,{told};093000,USD,STK,BUY,O,AAPL,,,1,2,-1,-1" for told in ("03/04/2024", "13/04/2024")]
    assert [one.at.date() for one in given.of(FillLine, read(CONFIRMATIONS, *lines))] == [
        date(2024, 4, 3),
        date(2024, 4, 13),
    ]
    with pytest.raises(Unsettled) as open_question:
        read(CONFIRMATIONS, lines[0])
    assert open_question.value.need is Need.DATE_ORDER
    (said,) = given.of(FillLine, read(CONFIRMATIONS, lines[0], order=DateOrder.MONTH_FIRST))
    assert said.at.date() == date(2024, 3, 4)


def test_dates_with_slashes_and_nothing_before_the_time() -> None:
    lines = [f"U1,{told},USD,STK,BUY,O,AAPL,,,1,2,-1,-1" for told in ("03/04/24093000", "13/04/2024101500")]
    assert [one.at.date() for one in given.of(FillLine, read(CONFIRMATIONS, *lines))] == [
        date(2024, 4, 3),
        date(2024, 4, 13),
    ]


def test_a_cancelled_fill_vanishes_with_its_cancellation() -> None:
    header = f"{CONFIRMATIONS},TradeID,TransactionType,OrigTradeID"
    bought = "U1,20240105;093000,USD,STK,BUY,O,AAPL,,,100,150.25,-1,-15025,7,ExchTrade,"
    kept = "U1,20240105;093000,USD,STK,BUY,O,AAPL,,,100,150.25,-1,-15025,8,ExchTrade,"
    taken = "U1,20240105;093000,USD,STK,BUY (Ca.),O;Ca,AAPL,,,-100,150.25,1,15025,9,TradeCancel,7"
    lines = read(header, bought, kept, taken)
    assert [one.key for one in given.of(FillLine, lines)] == ["8"]
    assert [one.line for one in given.of(Skipped, lines)] == [2, 4]


def test_a_cancellation_of_a_fill_in_another_file_is_refused() -> None:
    (refused,) = given.of(
        Refusal, read(CONFIRMATIONS, "U1,20240105;093000,USD,STK,BUY (Ca.),Ca,AAPL,,,-100,150.25,1,15025")
    )
    assert refused.reason == ALONE


def test_a_commission_in_the_accounts_currency_is_turned_by_the_fills_rate() -> None:
    header = f"{CONFIRMATIONS},CommissionCurrency,FXRateToBase"
    line = "U1,20240105;093000,EUR,STK,BUY,O,SAP,,,100,150,-1.1,-15000,USD,1.1"
    assert fill(header, line).fee == D(1)


def test_a_commission_in_a_third_currency_is_cash_of_its_own() -> None:
    header = f"{CONFIRMATIONS},CommissionCurrency"
    lines = read(header, "U1,20240105;093000,EUR,STK,BUY,O,SAP,,,100,150,-1.1,-15000,GBP")
    (charge,) = given.of(CashLine, lines)
    assert (charge.kind, charge.amount, charge.currency) == (CashKind.FEE, D("1.1"), "GBP")
    assert given.of(FillLine, lines)[0].fee == D(0)


CODED = [
    '"BOF","U1","Everything","1","20240101","20240131"',
    '"BOA","U1"',
    '"BOS","TRNT","Trades; trade date basis"',
    '"HEADER","TRNT","ClientAccountID","CurrencyPrimary","AssetClass","Symbol","DateTime","Quantity","TradePrice",'
    '"IBCommission","Buy/Sell"',
    '"DATA","TRNT","U1","USD","STK","AAPL","20240105;093000","10","150","-1","BUY"',
    '"EOS","TRNT","1","10"',
    '"HEADER","CTRN","ClientAccountID","CurrencyPrimary","Symbol","Description","Date/Time","Amount","Type",'
    '"TransactionID","LevelOfDetail"',
    '"DATA","CTRN","U1","USD","","Wire","20240103","1000","Deposits & Withdrawals","71","DETAIL"',
    '"DATA","CTRN","U1","USD","","Wire","","1000","Deposits & Withdrawals","","SUMMARY"',
    '"DATA","CTRN","U1","USD","","Data","20240103","-10","Other Fees","72","DETAIL"',
    '"DATA","CTRN","U1","USD","","Data","20240103","2.5","Other Fees","73","DETAIL"',
    '"DATA","CTRN","U1","USD","AAPL","US tax","20240103;202000","-3.6","Withholding Tax","74","DETAIL"',
    '"DATA","CTRN","U1","USD","AAPL","Adjusted","20240103","-0.5","Commission Adjustments","75","DETAIL"',
    '"DATA","CTRN","U1","USD","AAPL","?","20240103","-0.5","Carbon Credits","76","DETAIL"',
    '"HEADER","CORP","ClientAccountID","CurrencyPrimary","AssetClass","Symbol","Report Date","Date/Time",'
    '"ActionDescription","Amount","Proceeds","Quantity","Code","Type","ActionID","Description"',
    '"DATA","CORP","U1","USD","STK","NVDA","20240610","20240607;202500","","0","0","90","","FS","9",'
    '"NVDA(US67066G1040) SPLIT 10 FOR 1 (NVDA, NVIDIA CORP, US67066G1040)"',
    '"HEADER","POST","ClientAccountID","CurrencyPrimary","AssetClass","Symbol","ReportDate","Quantity","MarkPrice",'
    '"CostBasisPrice","LevelOfDetail"',
    '"DATA","POST","U1","USD","STK","AAPL","20240131","10","151","150.1","SUMMARY"',
    '"DATA","POST","U1","USD","STK","AAPL","20240131","10","151","150.1","LOT"',
    '"HEADER","CRTT","ClientAccountID","CurrencyPrimary","FromDate","ToDate","Commissions","Withdrawals","EndingCash"',
    '"DATA","CRTT","U1","BASE_SUMMARY","20240101","20240131","-1","-20","500"',
    '"DATA","CRTT","U1","USD","20240101","20240131","-1","-20","500"',
    '"HEADER","RATE","Date/Time","FromCurrency","ToCurrency","Rate"',
    '"DATA","RATE","20240103","EUR","USD","1.1"',
    '"EOA","U1"',
    '"EOF"',
]


def test_a_query_of_many_sections_is_read_section_by_section() -> None:
    content = "\n".join(CODED)
    lines = given.read(FLEX_CSV, content)
    assert given.recognised(content) == "ibkr_flex"
    assert [one.quantity for one in given.of(FillLine, lines)] == [D(10)]
    assert [(one.kind, one.amount, one.key) for one in given.of(CashLine, lines)] == [
        (CashKind.DEPOSIT, D(1000), "71"),
        (CashKind.FEE, D(10), "72"),
        (CashKind.INTEREST, D("2.5"), "73"),
        (CashKind.DIVIDEND, D("-3.6"), "74"),
        (CashKind.FEE, D("0.5"), "75"),
    ]
    (split,) = given.of(SplitLine, lines)
    assert (split.contract, split.on, split.numerator, split.denominator) == (
        given.stock("NVDA"),
        date(2024, 6, 8),
        D(10),
        D(1),
    )
    (held,) = given.of(HeldLine, lines)
    assert (held.on, held.quantity, held.average_price, held.price) == (
        date(2024, 1, 31),
        D(10),
        D("150.1"),
        D(151),
    )
    assert {one.kind: one.amount for one in given.of(SumLine, lines)} == {
        SumKind.CASH: D(500),
        SumKind.FEES: D(1),
        SumKind.WITHDRAWALS: D(20),
    }
    (refused,) = given.of(Refusal, lines)
    assert refused.reason.startswith("“Carbon Credits” is not known here.")


def test_every_line_of_many_sections_is_accounted_for() -> None:
    lines = {one.line for one in given.read(FLEX_CSV, "\n".join(CODED))}
    headers = {at for at, line in enumerate(CODED, start=1) if line.startswith('"HEADER"')}
    assert lines | headers == set(range(1, len(CODED) + 1))


def test_sections_without_codes_are_known_by_their_columns() -> None:
    bare = []
    for line in CODED:
        cells = next(csv.reader([line]))
        if cells[0] in ("HEADER", "DATA"):
            bare.append(cells[2:])
    file = io.StringIO()
    csv.writer(file).writerows(bare)
    lines = given.read(FLEX_CSV, file.getvalue())
    assert [len(given.of(kind, lines)) for kind in (FillLine, CashLine, SplitLine, HeldLine, SumLine)] == [
        1,
        5,
        1,
        1,
        3,
    ]


def test_a_line_above_all_headers_is_refused() -> None:
    lines = given.read(FLEX_CSV, "My trades\n" + EXAMPLES["ibkr_flex"])
    assert [one.line for one in given.of(Refusal, lines)] == [1]


def test_a_file_without_headers_says_which_choice_is_missing() -> None:
    with pytest.raises(Unreadable, match="Include column headers"):
        given.read(FLEX_CSV, "U1,20240105;093000,USD,STK,BUY,O,AAPL\n")


@each(given.fills().map(given.dotted), st.sampled_from(["%Y%m%d;%H%M%S", "%Y-%m-%d, %H:%M:%S", "%d-%b-%y;%H:%M:%S"]))
def test_what_was_written_as_confirmations_is_read_back(fills: list[FillLine], form: str) -> None:
    file = io.StringIO()
    writer = csv.writer(file, quoting=csv.QUOTE_ALL)
    writer.writerow(CONFIRMATIONS.split(","))
    writer.writerows(_confirmation(one, form) for one in fills)
    lines = given.read(FLEX_CSV, file.getvalue())
    assert [given.shown(one) for one in given.of(FillLine, lines)] == [given.shown(one) for one in fills]
    assert len(lines) == len(fills)


def _confirmation(one: FillLine, form: str) -> list[str]:
    contract, buys = one.contract, one.side is Side.BUY
    is_option = contract.asset_type is AssetType.OPTION
    symbol = f"{contract.symbol:<6}{given.occ(contract)[len(contract.symbol) :]}" if is_option else contract.symbol
    return [
        "U1",
        one.at.strftime(form),
        contract.currency,
        "OPT" if is_option else "STK",
        "BUY" if buys else "SELL",
        "O",
        symbol.replace(".", " ") if not is_option else symbol,
        contract.symbol if is_option else "",
        (contract.right or OptionRight.CALL).value[0].upper() if is_option else "",
        f"{one.quantity if buys else -one.quantity:,}",
        str(one.price),
        str(-(one.fee or 0)),
        "",
    ]


def test_headers_that_repeat_are_worked_out_once(monkeypatch: pytest.MonkeyPatch) -> None:
    worked_out = list[tuple[str, ...]]()
    columns_of = flex_csv.columns_of

    def counted(header: Sequence[str]) -> Columns:
        worked_out.append(tuple(header))
        return columns_of(header)

    monkeypatch.setattr(flex_csv, "columns_of", counted)
    header = "ClientAccountID,CurrencyPrimary,AssetClass,Symbol,Buy/Sell,Quantity,TradePrice,DateTime,IBCommission"
    line = "U1,USD,STK,AAPL,BUY,10,150.25,20240105;093000,-1\n"
    headers = f"{header},Once\n{header},Again\n" * 25
    said = given.read(FLEX_CSV, headers + line + headers + line)
    assert [one.line for one in given.of(FillLine, said)] == [51, 102]
    assert len(worked_out) == 2
