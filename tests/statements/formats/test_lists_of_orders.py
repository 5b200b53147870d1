"""Webull's and TradeStation's lists of orders: what was filled is a fill, and times are those of the zone they name."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given as each
from hypothesis import settings

from tests.statements.formats import given
from tests.statements.formats.examples import EXAMPLES
from tests.statements.formats.given import BERLIN, NEW_YORK, occ, of, refusal, shown
from trenddojo.domain.terms import AssetType, Side
from trenddojo.statements.format import Need
from trenddojo.statements.formats import tradestation, webull
from trenddojo.statements.lines import Effect, FillLine, Refusal, Said, Skipped

ORDERS = "Name,Symbol,Side,Status,Filled,Total Qty,Price,Avg Price,Time-in-Force,Placed Time,Filled Time"
FILLED = "Symbol,B/S,Side Type,Qty,Filled Qty,Filled Avg Price,Commission,Fee,Filled Time,Status"
STATION = "Account,Entered,Order Status,Type,Symbol,Contract Exp Date,Qty Filled,Filled Price,Commission"


def order(*, side: str = "Buy", status: str = "Filled", filled: str = "10", at: str = "09/19/2025 13:31:40 EDT") -> str:
    return f"{ORDERS}\nFord,F,{side},{status},{filled},10,@11.10,11.1000000000,DAY,09/19/2025 13:31:39 EDT,{at}\n"


def station(
    *, kind: str = "Buy", status: str = "Filled", symbol: str = "F", expiry: str = "", filled: str = "10"
) -> str:
    return f"{STATION}\n1,1/5/2024 9:30:15 AM,{status},{kind},{symbol},{expiry},{filled},11.10,1.00\n"


def read_station(content: str) -> list[Said]:
    return given.read(tradestation.TRADESTATION, content)


def test_only_what_was_filled_is_kept() -> None:
    said = given.read(webull.WEBULL, EXAMPLES["webull"])
    assert [len(of(kind, said)) for kind in (FillLine, Skipped, Refusal)] == [4, 1, 1]
    said = read_station(EXAMPLES["tradestation"])
    assert [len(of(kind, said)) for kind in (FillLine, Skipped, Refusal)] == [4, 1, 0]


@pytest.mark.parametrize("status", ["Cancelled", "Expired", "UROut", "Partial Fill (UROut)", "Rejected"])
def test_what_an_order_had_filled_before_it_ended_is_kept(status: str) -> None:
    for said in (given.read(webull.WEBULL, order(status=status)), read_station(station(status=status))):
        assert [one.quantity for one in of(FillLine, said)] == [10]


@pytest.mark.parametrize("status", ["Working", "Partial Filled", "Partially Filled (Alive)", "Queued"])
def test_an_order_at_work_may_still_fill_more(status: str) -> None:
    for said in (given.read(webull.WEBULL, order(status=status)), read_station(station(status=status))):
        assert "still at work" in refusal(said)


@pytest.mark.parametrize(
    ("at", "utc"),
    [
        ("09/19/2025 13:31:40 EDT", datetime(2025, 9, 19, 17, 31, 40, tzinfo=UTC)),
        ("01/02/2025 09:30:00 EST", datetime(2025, 1, 2, 14, 30, tzinfo=UTC)),
        # Webull writes one of the two the whole year round: both are the clocks of New York.
        ("07/02/2025 09:30:00 EST", datetime(2025, 7, 2, 13, 30, tzinfo=UTC)),
        # The hour that comes twice is told by them.
        ("11/02/2025 01:30:00 EDT", datetime(2025, 11, 2, 5, 30, tzinfo=UTC)),
        ("11/02/2025 01:30:00 EST", datetime(2025, 11, 2, 6, 30, tzinfo=UTC)),
    ],
)
def test_the_zone_that_a_time_names(at: str, utc: datetime) -> None:
    (fill,) = of(FillLine, given.read(webull.WEBULL, order(at=at), given.options(BERLIN)))
    assert fill.at.astimezone(UTC) == utc


def test_times_without_a_zone_are_asked_for() -> None:
    assert webull.WEBULL.needs == frozenset()
    assert webull.WEBULL_BARE.needs == tradestation.TRADESTATION.needs == {Need.ZONE}
    (fill, _) = given.read(webull.WEBULL_BARE, EXAMPLES["webull_bare"], given.options(BERLIN))
    assert isinstance(fill, FillLine)
    assert fill.at == datetime(2025, 1, 2, 9, 30, tzinfo=BERLIN)


def test_a_time_without_a_zone_among_others_is_refused() -> None:
    assert "names no time zone" in refusal(given.read(webull.WEBULL, order(at="09/19/2025 13:31:40")))
    assert "“CET” is no time zone" in refusal(given.read(webull.WEBULL, order(at="09/19/2025 13:31:40 CET")))


def test_fees_are_known_only_where_there_is_a_column_of_them() -> None:
    assert [one.fee for one in of(FillLine, given.read(webull.WEBULL, EXAMPLES["webull"]))] == [None] * 4
    bare = of(FillLine, given.read(webull.WEBULL_BARE, EXAMPLES["webull_bare"]))
    assert [one.fee for one in bare] == [Decimal("0.02"), Decimal("0.31")]
    assert [one.effect for one in bare] == [Effect.OPEN, Effect.CLOSE]


@pytest.mark.parametrize(
    ("word", "side", "effect"),
    [
        ("Buy", Side.BUY, None),
        ("Sell", Side.SELL, None),
        ("Short", Side.SELL, None),
        ("Sell Short", Side.SELL, Effect.OPEN),
        ("Buy to Cover", Side.BUY, Effect.CLOSE),
    ],
)
def test_sides(word: str, side: Side, effect: Effect | None) -> None:
    for said in (given.read(webull.WEBULL, order(side=word)), read_station(station(kind=word))):
        assert [(one.side, one.effect) for one in of(FillLine, said)] == [(side, effect)]
    assert "is no side" in refusal(read_station(station(kind="Exchange")))


def test_a_future_is_refused_because_nobody_tells_what_it_is_worth() -> None:
    assert "multiplier" in refusal(read_station(station(symbol="ESH24", expiry="3/15/2024")))


def test_a_time_of_the_fill_counts_before_that_of_the_order() -> None:
    content = station().replace("Entered,", "Filled Time,Entered,").replace("\n1,", "\n1,1/5/2024 10:00:00 AM,")
    assert "Filled Time,Entered" in content
    (fill,) = of(FillLine, read_station(content))
    assert fill.at == datetime(2024, 1, 5, 10, tzinfo=NEW_YORK)


def test_the_layout_with_a_side_of_its_own() -> None:
    header = (
        "Symbol,Side,Type,Quantity,Filled quantity,Avg fill price,Status,Open time,Close time,Commission fee,Order ID"
    )
    content = f"{header}\nF,Sell,Limit,10,10,11.1,Filled,01/05/2024 09:30:00,01/05/2024 09:30:05,0.5,77\n"
    assert given.recognised(content) == "tradestation"
    (fill,) = of(FillLine, read_station(content))
    assert (fill.side, fill.fee, fill.at) == (
        Side.SELL,
        Decimal("0.5"),
        datetime(2024, 1, 5, 9, 30, 5, tzinfo=NEW_YORK),
    )


def written(header: str, rows: Sequence[Sequence[object]]) -> str:
    file = io.StringIO()
    csv.writer(file).writerows([header.split(","), *rows])
    return file.getvalue()


@settings(max_examples=50, deadline=None)
@each(fills=given.fills())
def test_fills_come_back_as_they_were_written(fills: list[FillLine]) -> None:
    expected = [shown(one) for one in fills]
    assert _round(webull.WEBULL, written(ORDERS, [_order(one) for one in fills])) == [
        (*one[:5], None) for one in expected
    ]
    assert _round(webull.WEBULL_BARE, written(FILLED, [_filled(one) for one in fills])) == expected
    assert _round(tradestation.TRADESTATION, written(STATION, [_station(one) for one in fills])) == expected


def _round(found: given.Format, content: str) -> list[tuple[object, ...]]:
    return [shown(one) for one in of(FillLine, given.read(found, content))]


def _order(one: FillLine) -> list[object]:
    at, side = f"{one.at:%m/%d/%Y %H:%M:%S %Z}", one.side.name.title()
    many, each_ = one.quantity, one.price
    return ["", occ(one.contract), side, "Filled", many, many, f"@{each_}", each_, "DAY", at, at]


def _filled(one: FillLine) -> list[object]:
    at, side = f"{one.at:%m/%d/%Y %H:%M:%S}", one.side.name.title()
    many, price, fee = one.quantity, f"${one.price}", f"${one.fee}"
    return [occ(one.contract), side, "", many, many, price, "0", fee, at, "Filled"]


def _station(one: FillLine) -> list[object]:
    of_it = one.contract
    expiry = f"{of_it.expiry:%m/%d/%Y}" if of_it.asset_type is AssetType.OPTION else ""
    symbol = of_it.symbol
    if of_it.expiry and of_it.right:
        symbol += f" {of_it.expiry:%y%m%d}{of_it.right.name[0]}{of_it.strike:f}"
    at = f"{one.at.month}/{one.at.day}/{one.at:%Y %I:%M:%S %p}"
    return ["1", at, "Filled", one.side.name.title(), symbol, expiry, one.quantity, one.price, one.fee]
