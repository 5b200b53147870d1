"""Files of past prices as sites and charts write them, and what of them is refused."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from io import BytesIO
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trenddojo.domain.bar_files import MOST_LINES, BadFile, Kind, Refused, read_bars
from trenddojo.domain.bars import Bar
from trenddojo.domain.nyse import NEW_YORK
from trenddojo.domain.terms import Timeframe

NOW = datetime(2026, 11, 19, 20, tzinfo=UTC)
DAYS, HOURS = Kind(Timeframe.DAY, NEW_YORK), Kind(Timeframe.HOUR, NEW_YORK)
NOVEMBER = datetime(2026, 11, 18, 5, tzinfo=UTC)
HEAD = "date,open,high,low,close\n"


def read(text: str | bytes, kind: Kind = DAYS) -> list[Bar | Refused]:
    content = text.encode() if isinstance(text, str) else text
    return list(read_bars(BytesIO(content), kind, NOW))


def refused(text: str, kind: Kind = DAYS) -> list[tuple[int, str]]:
    return [(one.line, one.why) for one in read(text, kind) if isinstance(one, Refused)]


WHOLE = Bar(Timeframe.DAY, NOVEMBER, Decimal("10.5"), Decimal("11"), Decimal("9.25"), Decimal("10"), 1200)


@pytest.mark.parametrize(
    "text",
    [
        "Date,Open,High,Low,Close,Adj Close,Volume\n2026-11-18,10.5,11,9.25,10,9.8,1200\n",
        "\ufeffDate,Open,High,Low,Close,Volume\r\n2026-11-18,10.5,11,9.25,10,1200\r\n",
        "<TICKER>,<PER>,<DATE>,<TIME>,<OPEN>,<HIGH>,<LOW>,<CLOSE>,<VOL>\nX.US,D,20261118,000000,10.5,11,9.25,10,1200\n",
        "time,open,high,low,close,Volume\n1795012200,10.5,11,9.25,10,1200\n",
        "time,open,high,low,close,Volume\n2026-11-18T00:00:00Z,10.5,11,9.25,10,1200\n",
        "timestamp,open,high,low,close,volume,trade_count,vwap\n2026-11-18 05:00:00+00:00,10.5,11,9.25,10,1200,4,10\n",
        "t;o;h;l;c;v\n2026-11-18T05:00:00Z;10.5;11;9.25;10;1200\n",
        "Date\tClose/Last\tVolume\tOpen\tHigh\tLow\n11/18/2026\t$10\t1,200\t$10.50\t$11\t$9.25\n",
        'Date,Open,High,Low,Close,Volume\n"2026-11-18","10.5","11","9.25","10","1,200"\n\n',
        "timestamp,open,high,low,close,volume\n1795012200000,10.5,11,9.25,10,1200.0\n",
    ],
    ids=["yahoo", "stooq", "archive", "seconds", "midnight", "alpaca", "letters", "nasdaq", "quoted", "milliseconds"],
)
def test_each_sites_way_of_writing_a_day(text: str) -> None:
    assert read(text) == [WHOLE]


@pytest.mark.parametrize(
    ("written", "begins"),
    [
        ("2026-11-18T15:00:00Z", 15),
        ("2026-11-18 10:00", 15),
        ("2026-11-18T10:00:00-05:00", 15),
        ("20261118 100000", 15),
        ("11/18/2026 10:00:00", 15),
        ("1795014000", 15),
    ],
)
def test_hours_are_new_yorks_where_no_zone_is_told(written: str, begins: int) -> None:
    [bar] = read(f"time,open,high,low,close\n{written},1,1,1,1\n", HOURS)
    assert isinstance(bar, Bar)
    assert bar.start == datetime(2026, 11, 18, begins, tzinfo=UTC)
    assert bar.volume is None


def test_a_day_begins_at_its_markets_midnight() -> None:
    [summer] = read(HEAD + "2026-07-01,1,1,1,1\n")
    [coin] = read(HEAD + "2026-07-01,1,1,1,1\n", Kind(Timeframe.DAY, ZoneInfo("UTC")))
    assert isinstance(summer, Bar)
    assert isinstance(coin, Bar)
    assert (summer.start.hour, coin.start.hour) == (4, 0)


def test_every_line_that_is_refused_is_told_with_its_number_and_the_others_are_read() -> None:
    lines = (
        "2026-11-02,1,2,1,2",
        "2026-11-03,null,null,null,null",
        "",
        "yesterday,1,1,1,1",
        "2026-11-04,2,1,1,1",
        "2026-11-05,1,1,1,",
        "2026-11-02,1,1,1,1",
        "2026-11-20,1,1,1,1",
        "2026-11-06,-1,1,1,1",
        "2026-11-09,1,1,0,1",
        "2026-11-10",
        "2026-11-11,1e5,1,1,1",
        "2026-11-12,3,3,3,3",
    )
    text = HEAD + "\n".join(lines)
    assert refused(text) == [
        (3, "Its open is no price."),
        (5, "Its date cannot be read. Write it as 2026-11-19."),
        (6, "Its prices are out of order: the low is above, or the high below, one of the others."),
        (7, "It has no close."),
        (8, "Its time is in the file twice."),
        (9, "It lies in the future."),
        (10, "Its open is no price."),
        (11, "Its prices are out of order: the low is above, or the high below, one of the others."),
        (12, "It has no open."),
        (13, "Its open is no price."),
    ]
    assert len([one for one in read(text) if isinstance(one, Bar)]) == 2


def test_hours_need_a_time_of_day() -> None:
    assert refused(HEAD + "2026-11-18,1,1,1,1\n", HOURS) == [
        (2, "It has a date and no time of day, which bars of an hour need.")
    ]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "should name the columns"),
        ("symbol,quantity\nX,1\n", "should name the columns"),
        ("date,open,high,close\n", "no column for low"),
        ("open,high,low,close\n", "no column for date"),
        ("date,open,high,low,close,last\n", "two columns for close"),
        (HEAD + "x" * 3000, "Line 2 is longer"),
        (b"\xff\xfe\x00d", "Line 1 is not plain text"),
        ((HEAD + "2026-11-18,1,1,1,1\n").encode("utf-16"), "Line 1 is not plain text"),
        (HEAD + "\n" * MOST_LINES, "more than 200,000 lines"),
    ],
)
def test_what_is_no_table_of_prices(text: str | bytes, why: str) -> None:
    with pytest.raises(BadFile, match=why):
        read(text)


prices = st.decimals("0.01", "99999", places=4)


@given(st.dates(date(1980, 1, 1), date(2026, 11, 18)), st.lists(prices, min_size=4, max_size=4), st.integers(0, 10**12))
def test_what_was_written_is_read(on: date, four: list[Decimal], volume: int) -> None:
    low, first, second, high = sorted(four)
    [bar] = read(f"Low,Volume,Close,DATE,High,Open\n{low},{volume},{second},{on},{high},{first}\n")
    assert isinstance(bar, Bar)
    assert (bar.open, bar.high, bar.low, bar.close, bar.volume) == (first, high, low, second, volume)
    assert (bar.start + timedelta(hours=12)).date() == on


@given(st.binary(max_size=400))
def test_nothing_that_is_sent_breaks_it(content: bytes) -> None:
    with suppress(BadFile):
        assert all(isinstance(one, Bar | Refused) for one in read(HEAD.encode() + content))
