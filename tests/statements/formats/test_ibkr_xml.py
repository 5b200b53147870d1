"""Interactive Brokers' Flex queries as XML: the same facts as attributes, and files that mean harm."""

from __future__ import annotations

import tracemalloc
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from xml.sax.saxutils import quoteattr

import pytest
from hypothesis import given as each
from hypothesis import settings
from hypothesis import strategies as st

from tests.statements.formats import given
from trenddojo.domain.terms import AssetType, CashKind, OptionRight, Side
from trenddojo.statements.format import DateOrder, Unreadable, Unsettled
from trenddojo.statements.formats.ibkr import FLEX_XML, elements
from trenddojo.statements.formats.ibkr.elements import DOCUMENT_TYPE, TOO_DEEP, TOO_LONG, TOO_MANY_NAMES
from trenddojo.statements.formats.ibkr.flex_xml import NO_FLEX, NO_STATEMENT
from trenddojo.statements.lines import (
    CashLine,
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
from trenddojo.statements.tables import TOO_WIDE
from trenddojo.statements.texts import TOO_MANY_LINES

D = Decimal
STATEMENT = """\
<FlexQueryResponse queryName="Everything" type="AF">
<FlexStatements count="1">
<FlexStatement accountId="U1" fromDate="20240101" toDate="20240131" period="LastMonth" whenGenerated="20240201;101010">
<AccountInformation accountId="U1" currency="EUR" />
{}
</FlexStatement>
</FlexStatements>
</FlexQueryResponse>
"""
FIRST = 5
"""The line of the first record."""
TRADE = (
    '<Trade accountId="U1" currency="USD" fxRateToBase="0.9" assetCategory="STK" symbol="AAPL" quantity="60" '
    'dateTime="20240105;093000" tradePrice="150" taxes="0" ibCommission="-0.5" ibCommissionCurrency="USD" '
    'buySell="BUY" ibExecID="0001.01" tradeID="7" openCloseIndicator="O" notes="P" levelOfDetail="EXECUTION" />'
)
CONFIRM = (
    '<TradeConfirm accountId="U1" currency="USD" assetCategory="OPT" symbol="AAPL  240119C00185000" multiplier="100" '
    'underlyingSymbol="AAPL" strike="185" expiry="20240119" putCall="C" tradeID="9" execID="0002.01" quantity="-2" '
    'dateTime="20240105;093000" buySell="SELL" price="1.05" commission="-1.3" commissionCurrency="USD" code="O" />'
)


def read(*records: str) -> list[Said]:
    return given.read(FLEX_XML, STATEMENT.format("\n".join(records)))[3 + 1 :]


def test_trades_and_confirmations_are_fills() -> None:
    lines = read("<Trades>" + TRADE, CONFIRM + "</Trades>")
    trade, confirmation = given.of(FillLine, lines)
    assert (trade.line, trade.contract, trade.quantity) == (FIRST, given.stock("AAPL"), D(60))
    assert (trade.at, trade.fee, trade.fx) == (datetime(2024, 1, 5, 14, 30, tzinfo=UTC), D("0.5"), D("0.9"))
    assert (trade.key, trade.account, trade.effect) == ("0001.01", "U1", Effect.OPEN)
    assert (confirmation.line, confirmation.side, confirmation.quantity) == (FIRST + 1, Side.SELL, D(2))
    assert confirmation.contract.asset_type is AssetType.OPTION
    assert confirmation.key == "0002.01"


def test_orders_lots_and_summaries_are_not_counted_again() -> None:
    order = TRADE.replace("<Trade ", "<Order ").replace("EXECUTION", "ORDER")
    lot = '<Lot accountId="U1" symbol="AAPL" quantity="60" />'
    total = '<SymbolSummary accountId="U1" symbol="AAPL" quantity="60" />'
    lines = read(order, TRADE, lot, total, '<WashSale symbol="AAPL" />')
    assert [one.line for one in given.of(FillLine, lines)] == [FIRST + 1]
    assert [one.line for one in given.of(Skipped, lines)] == [FIRST, FIRST + 2, FIRST + 3, FIRST + 4]
    assert [one.quantity for one in given.of(FillLine, read(order))] == [D(60)]


def test_the_other_sections() -> None:
    lines = read(
        '<CashTransaction accountId="U1" type="Dividends" amount="24" currency="USD" dateTime="20240115;202000" '
        'description="AAPL" transactionID="5" levelOfDetail="DETAIL" />',
        '<CorporateAction accountId="U1" currency="USD" assetCategory="STK" symbol="NVDA" dateTime="20240105;202500" '
        'description="NVDA(US67066G1040) SPLIT 3 FOR 2 (NVDA, NVIDIA CORP, US67066G1040)" quantity="5" type="FS" />',
        '<OpenPosition accountId="U1" currency="USD" assetCategory="STK" symbol="AAPL" position="-60" markPrice="151" '
        'costBasisPrice="150" reportDate="20240131" side="Short" levelOfDetail="SUMMARY" />',
        '<CashReportCurrency accountId="U1" currency="BASE_SUMMARY" levelOfDetail="BaseCurrency" endingCash="5" />',
        '<CashReportCurrency accountId="U1" currency="EUR" levelOfDetail="Currency" endingCash="5" dividends="24" '
        'withholdingTax="-4" />',
        '<FIFOPerformanceSummaryUnderlying accountId="U1" assetCategory="STK" symbol="MSFT" totalRealizedPnl="12" />',
        '<OptionEAE accountId="U1" symbol="CLF" transactionType="Expiration" quantity="-2" />',
    )
    (cash,) = given.of(CashLine, lines)
    assert (cash.on, cash.kind, cash.amount, cash.key) == (date(2024, 1, 15), CashKind.DIVIDEND, D(24), "5")
    (split,) = given.of(SplitLine, lines)
    assert (split.on, split.numerator, split.denominator) == (date(2024, 1, 6), D(3), D(2))
    (held,) = given.of(HeldLine, lines)
    assert (held.quantity, held.on) == (D(-60), date(2024, 1, 31))
    assert [(one.kind, one.amount, one.currency, one.symbol) for one in given.of(SumLine, lines)] == [
        (SumKind.CASH, D(5), "EUR", ""),
        (SumKind.DIVIDENDS, D(20), "EUR", ""),
        (SumKind.REALISED, D(12), "EUR", "MSFT"),
    ]
    assert [one.line for one in given.of(Skipped, lines)] == [FIRST + 3, FIRST + 6]


def test_a_second_statement_in_the_file_is_of_its_own_account() -> None:
    other = '</FlexStatement><FlexStatement accountId="U2" fromDate="20240101" toDate="20240131">'
    trade = TRADE.replace('accountId="U1" ', "")
    assert [one.account for one in given.of(FillLine, read(trade, other, trade))] == ["U1", "U2"]


def test_a_period_that_can_be_read_in_two_ways_is_asked_for() -> None:
    content = STATEMENT.format('<CashReportCurrency currency="EUR" levelOfDetail="Currency" endingCash="5" />')
    content = content.replace("20240101", "01/02/2024").replace("20240131", "03/04/2024")
    with pytest.raises(Unsettled):
        given.read(FLEX_XML, content)
    said = given.of(SumLine, given.read(FLEX_XML, content, given.options(order=DateOrder.DAY_FIRST)))
    assert (said[0].since, said[0].until) == (date(2024, 2, 1), date(2024, 4, 3))


def test_a_bad_record_is_refused_with_its_text() -> None:
    (refused,) = given.of(Refusal, read(TRADE.replace('"150"', '"&lt;b&gt;"')))
    assert (refused.line, refused.reason) == (FIRST, "Price: “<b>” is not a number.")
    assert refused.text.startswith('<Trade accountId="U1" currency="USD"')


def test_records_in_one_line_have_numbers_of_their_own() -> None:
    content = STATEMENT.format(TRADE * 3).replace("\n", "")
    numbers = [one.line for one in given.of(FillLine, given.read(FLEX_XML, content))]
    assert numbers == sorted(set(numbers))
    assert len(numbers) == 3


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "cp1252"])
def test_in_every_encoding(encoding: str) -> None:
    content = '<?xml version="1.0" encoding="UTF-8"?>\n' + STATEMENT.format(TRADE.replace("AAPL", "ÄPFL"))
    (fill,) = given.of(FillLine, given.read(FLEX_XML, content.encode(encoding)))
    assert fill.contract.symbol == "ÄPFL"
    assert given.recognised(content.encode(encoding)) == "ibkr_flex_xml"


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ('<!DOCTYPE a [<!ENTITY b "c">]><FlexQueryResponse a="&b;"/>', DOCUMENT_TYPE),
        ('<!DOCTYPE a SYSTEM "file:///etc/passwd"><FlexQueryResponse a="1"/>', DOCUMENT_TYPE),
        ("<FlexQueryResponse>" + "<a>" * 500, TOO_DEEP),
        ('<FlexQueryResponse a="1">' + "".join(f'<Trade a{at}="1" />' for at in range(20_000)), TOO_MANY_NAMES),
        ('<FlexQueryResponse a="' + "x" * 3_000_000 + '"/>', TOO_LONG),
        ("<FlexQueryResponse><!--" + "x" * 3_000_000, TOO_LONG),
        ('<FlexStatementResponse timestamp="1"><Status>Fail</Status></FlexStatementResponse>', NO_STATEMENT),
        ('<rss version="2"><Trade symbol="AAPL" /></rss>', NO_FLEX),
        ("<FlexQueryResponse />", NO_FLEX),
        ("hello", "The file is no well-formed XML"),
    ],
)
def test_what_is_not_safe_or_no_statement_is_not_read(content: str, why: str) -> None:
    with pytest.raises(Unreadable) as refused:
        given.read(FLEX_XML, content)
    assert str(refused.value).startswith(why)


def test_elements_are_no_more_than_lines_may_be(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(elements, "MOST_LINES", 20)
    assert len(given.of(FillLine, read(TRADE * 10))) == 10
    with pytest.raises(Unreadable) as refused:
        read(TRADE * 20)
    assert str(refused.value) == TOO_MANY_LINES


def test_an_element_of_too_many_attributes_is_refused() -> None:
    wide = "<Trade " + " ".join(f'a{at}="1"' for at in range(5_000)) + " />"
    (refused,) = given.of(Refusal, read(wide, TRADE))
    assert (refused.line, refused.reason) == (FIRST, TOO_WIDE)


def test_a_file_that_breaks_off_is_read_up_to_there_and_says_so() -> None:
    content = STATEMENT.format(TRADE + "\n" + TRADE)
    lines = given.read(FLEX_XML, content[: content.rindex("ibExecID")])
    assert len(given.of(FillLine, lines)) == 1
    assert "nothing behind this line can be read" in given.refusal(lines)


def test_text_between_elements_is_not_passed_over() -> None:
    (refused,) = given.of(Refusal, read(TRADE, "U1,AAPL,BUY,100", TRADE))
    assert (refused.line, refused.text) == (FIRST + 1, "U1,AAPL,BUY,100")


@settings(max_examples=80)
@each(st.binary(max_size=30), st.integers(0, 900), st.integers(0, 60))
def test_whatever_is_damaged_raises_nothing_else(junk: bytes, start: int, length: int) -> None:
    content = STATEMENT.format(TRADE).encode()
    try:
        given.read(FLEX_XML, content[:start] + junk + content[start + length :])
    except Unreadable:
        return


def test_a_long_file_is_read_in_bounded_memory(tmp_path: Path) -> None:
    """A file of 100 MB takes no more: what is held at once are blocks of it."""
    path = tmp_path / "statement.xml"
    path.write_text(STATEMENT.format(f"{TRADE}\n" * 9_000))
    tracemalloc.start()
    told = sum(isinstance(one, FillLine) for one in FLEX_XML.read(path, given.options()))
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert told == 9_000
    assert most < 2_500_000 < path.stat().st_size


@each(given.fills().map(given.dotted))
def test_what_was_written_as_trades_is_read_back(fills: list[FillLine]) -> None:
    lines = given.of(FillLine, read(*(_trade(at, one) for at, one in enumerate(fills))))
    assert [given.shown(one) for one in lines] == [given.shown(one) for one in fills]
    assert [one.key for one in lines] == [f"x{at}" for at in range(len(fills))]


def _trade(at: int, one: FillLine) -> str:
    contract, buys = one.contract, one.side is Side.BUY
    told = {
        "currency": contract.currency,
        "assetCategory": "STK",
        "symbol": contract.symbol.replace(".", " "),
        "dateTime": f"{one.at:%Y%m%d;%H%M%S}",
        "quantity": str(one.quantity if buys else -one.quantity),
        "tradePrice": str(one.price),
        "ibCommission": str(-(one.fee or 0)),
        "buySell": "BUY" if buys else "SELL",
        "ibExecID": f"x{at}",
        "description": 'A & B <C> "D"',
    }
    if contract.expiry and contract.right:
        told |= {
            "assetCategory": "OPT",
            "underlyingSymbol": contract.symbol,
            "multiplier": "100",
            "expiry": f"{contract.expiry:%Y%m%d}",
            "strike": str(contract.strike),
            "putCall": "C" if contract.right is OptionRight.CALL else "P",
        }
    return "<Trade " + " ".join(f"{name}={quoteattr(value)}" for name, value in told.items()) + " />"
