"""Tradervue: executions that many programs write, and the trades that it exports, which are not fills."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given as each
from hypothesis import settings
from hypothesis import strategies as st

from tests.statements.formats import given
from tests.statements.formats.examples import EXAMPLES
from tests.statements.formats.given import BERLIN, NEW_YORK, occ, of, refusal, shown
from trenddojo.domain.terms import Direction, Side
from trenddojo.statements.format import DateOrder, Need, Unsettled
from trenddojo.statements.formats import tradervue
from trenddojo.statements.lines import Effect, FillLine, LabelLine, Said

HEADER = "Date,Time,Symbol,Quantity,Price,Side"
TRADES = "Open Datetime,Close Datetime,Symbol,Side,Volume,Entry Price,Exit Price,Gross P&L,Notes,Tags"


def read(*lines: str, header: str = HEADER, order: DateOrder | None = None) -> list[Said]:
    return given.read(tradervue.EXECUTIONS, "\n".join([header, *lines]), given.options(order=order))


def trades(*lines: str, header: str = TRADES) -> list[Said]:
    return given.read(tradervue.TRADES, "\n".join([header, *lines]))


@pytest.mark.parametrize(
    ("side", "told"),
    [
        ("B", (Side.BUY, None)),
        ("S", (Side.SELL, None)),
        ("SS", (Side.SELL, Effect.OPEN)),
        ("BC", (Side.BUY, Effect.CLOSE)),
        ("Bought", (Side.BUY, None)),
        ("sell", (Side.SELL, None)),
    ],
)
def test_sides(side: str, told: tuple[Side, Effect | None]) -> None:
    (fill,) = of(FillLine, read(f"2024-03-04,09:31:06,AAPL,100,150.25,{side}"))
    assert (fill.side, fill.effect) == told


def test_fees_are_the_sum_of_what_columns_there_are() -> None:
    assert of(FillLine, read("2024-03-04,09:31:06,AAPL,100,150.25,B"))[0].fee is None
    header = f"{HEADER},Commission,TransFee,ECNFee"
    fees = [one.fee for one in of(FillLine, read(*[
        "2024-03-04,09:31:06,AAPL,100,150.25,B,1.00,0.02,-0.25",
        "2024-03-04,09:31:06,AAPL,100,150.25,B,,,",
    ], header=header))]  # fmt: skip
    assert fees == [Decimal("0.77"), Decimal(0)]


def test_times_are_of_the_zone_that_was_said() -> None:
    assert tradervue.EXECUTIONS.needs == tradervue.TRADES.needs == {Need.ZONE}
    content = f"{HEADER}\n2024-03-04,09:31:06,AAPL,100,150.25,B"
    (fill,) = of(FillLine, given.read(tradervue.EXECUTIONS, content, given.options(NEW_YORK)))
    assert fill.at == datetime(2024, 3, 4, 14, 31, 6, tzinfo=UTC)


def test_a_line_without_a_time_is_noon_of_the_account() -> None:
    (fill,) = of(FillLine, read("2024-03-04,,AAPL,100,150.25,B"))
    assert (fill.at, fill.is_dated) == (datetime(2024, 3, 4, 12, tzinfo=BERLIN), True)


def test_dates_are_settled_by_the_whole_file_or_asked() -> None:
    either = "03/04/2024,09:31:06,AAPL,100,150.25,B"
    settled = read(either, "12/25/2024,09:31:06,AAPL,100,150.25,S")
    assert [one.at.month for one in of(FillLine, settled)] == [3, 12]
    settled = read(either, "25/12/2024,09:31:06,AAPL,100,150.25,S")
    assert [one.at.month for one in of(FillLine, settled)] == [4, 12]
    with pytest.raises(Unsettled) as asked:
        read(either)
    assert asked.value.need is Need.DATE_ORDER
    assert [one.at.month for one in of(FillLine, read(either, order=DateOrder.DAY_FIRST))] == [4]


@settings(max_examples=60, deadline=None)
@each(fills=given.fills())
def test_executions_come_back_as_they_were_written(fills: list[FillLine]) -> None:
    """As our own export writes them: the whole cost as commission, a rebate as a fee below zero."""
    rows = [
        f"{one.at:%Y-%m-%d},{one.at:%H:%M:%S},{occ(one.contract)},{one.quantity:f},{one.price:f},"
        f"{one.side.name[0]},{one.fee:f},0,0"
        for one in fills
    ]
    said = of(FillLine, read(*rows, header=f"{HEADER},Commission,TransFee,ECNFee"))
    assert [shown(one) for one in said] == [shown(one) for one in fills]


def test_trades_become_one_fill_in_and_one_out() -> None:
    said = given.read(tradervue.TRADES, EXAMPLES["tradervue_trades"])
    fills = of(FillLine, said)
    assert [(one.side, one.quantity, one.price, one.fee, one.effect) for one in fills] == [
        (Side.BUY, 100, Decimal("150.25"), 0, Effect.OPEN),
        (Side.SELL, 100, Decimal("151.5"), Decimal("2.02"), Effect.CLOSE),
        (Side.SELL, 1000, Decimal("25.1"), 0, Effect.OPEN),
        (Side.BUY, 1000, Decimal("24.9"), 2, Effect.CLOSE),
    ]
    assert of(LabelLine, said) == [LabelLine(2, "Held over two days,\nas planned", ("breakout", "swing"))]


@pytest.mark.parametrize(("volume", "gross"), [("100", "125.00"), ("200", "125.00"), ("100", "124.996")])
def test_a_volume_that_counts_both_ways_is_halved(volume: str, gross: str) -> None:
    said = trades(f"2024-03-04 09:31:06,2024-03-06 10:31:06,AAPL,L,{volume},150.25,151.5,{gross},,")
    assert [one.quantity for one in of(FillLine, said)] == [100, 100]


def test_a_trade_that_made_nothing_is_counted_as_the_others_of_its_file() -> None:
    even = "2024-03-04 09:31:06,2024-03-06 10:31:06,AAPL,L,200,150.25,150.25,0,,"
    once = "2024-03-04 09:31:06,2024-03-06 10:31:06,F,L,200,10,11,200,,"
    both = "2024-03-04 09:31:06,2024-03-06 10:31:06,F,L,200,10,11,100,,"
    assert [one.quantity for one in of(FillLine, trades(even, once))] == [200] * 4
    assert [one.quantity for one in of(FillLine, trades(even, both))] == [100] * 4


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("2024-03-04 09:31:06,2024-03-06 10:31:06,ES,L,1,5100,5110,500,,", "not what the volume made"),
        ("2024-03-04 09:31:06,2024-03-03 10:31:06,AAPL,L,100,150.25,151.5,125,,", "ended before it began"),
        ("2024-03-04 09:31:06,,AAPL,L,100,150.25,,,,", "still open"),
        ("2024-03-04 09:31:06,2024-03-06 10:31:06,AAPL,X,100,150.25,151.5,125,,", "neither long nor short"),
        ("2024-03-04 09:31:06,2024-03-06 10:31:06,AAPL,L,100,Inf,151.5,125,,", "Entry Price: “Inf”"),
    ],
)
def test_trades_that_cannot_be_read(line: str, reason: str) -> None:
    assert reason in refusal(trades(line))


@settings(max_examples=60, deadline=None)
@each(drawn=given.fills(), ways=st.lists(st.sampled_from(Direction), min_size=8, max_size=8), twice=st.booleans())
def test_trades_come_back_with_the_profit_that_they_made(
    drawn: list[FillLine], ways: list[Direction], twice: bool
) -> None:
    file, made = io.StringIO(), []
    rows = csv.writer(file)
    rows.writerow([*TRADES.split(","), "Commissions"])
    for one, way in zip(drawn, ways, strict=False):
        exit_ = one.price + 1
        gross = (exit_ - one.price) * one.quantity * one.contract.multiplier * way.sign
        made.append(gross - (one.fee or 0))
        volume = one.quantity * (2 if twice else 1)
        at = f"{one.at:%Y-%m-%d %H:%M:%S}"
        side = way.name[0]
        rows.writerow([at, at, occ(one.contract), side, volume, one.price, exit_, f"{gross:.2f}", "", "", one.fee])
    fills = of(FillLine, given.read(tradervue.TRADES, file.getvalue()))
    assert [_net(*fills[at : at + 2]) for at in range(0, len(fills), 2)] == made


def _net(first: FillLine, last: FillLine) -> Decimal:
    sign = 1 if first.side is Side.BUY else -1
    gross = (last.price - first.price) * first.quantity * first.contract.multiplier * sign
    return gross - (first.fee or 0) - (last.fee or 0)
