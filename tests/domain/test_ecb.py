"""The ECB's files as they are, and whatever else somebody may send."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from io import BytesIO

import pytest

from trenddojo.domain import ecb
from trenddojo.domain.ecb import BadFile, read_days

TODAY = date(2026, 11, 19)
HISTORY = b"""Date,USD,JPY,CYP,
2026-11-18,1.1052,163.81,N/A,
2026-11-17,1.1,163,N/A,
1999-01-04,1.1789,133.73,0.58231,
"""
LATEST = b"Date, USD, JPY, ISK, \n18 November 2026, 1.1052, 163.81, 140.40, \n"


def read(content: bytes) -> list[ecb.DayRates]:
    return list(read_days(BytesIO(content), TODAY))


def refused(content: bytes) -> BadFile:
    with pytest.raises(BadFile) as caught:
        read(content)
    return caught.value


def test_the_history() -> None:
    days = read(HISTORY)
    assert [day.on for day in days] == [date(2026, 11, 18), date(2026, 11, 17), date(1999, 1, 4)]
    assert days[0].rates == {"USD": Decimal("1.1052"), "JPY": Decimal("163.81")}
    assert days[2].rates["CYP"] == Decimal("0.58231")


def test_the_latest_day() -> None:
    (day,) = read(LATEST)
    assert day == ecb.DayRates(
        date(2026, 11, 18), {"USD": Decimal("1.1052"), "JPY": Decimal("163.81"), "ISK": Decimal("140.4")}
    )


@pytest.mark.parametrize(
    "change", [(b"\n", b"\r\n"), (b"Date", b"\xef\xbb\xbfDate"), (b",\n", b"\n"), (b"1999", b"\n1999")]
)
def test_other_line_ends_a_mark_of_order_and_blank_lines_make_no_difference(change: tuple[bytes, bytes]) -> None:
    assert read(HISTORY.replace(*change)) == read(HISTORY)


@pytest.mark.parametrize(
    ("content", "line", "said"),
    [
        (b"", 1, "header"),
        (b"\n\n", 1, "header"),
        (b"symbol,quantity\nNVDA,10\n", 1, "header"),
        (b"Date,USD,usd,\n", 1, "usd"),
        (b"Date,USD,EUR,\n", 1, "EUR"),
        (b"Date,USD,USD,\n", 1, "twice"),
        (b"Date,,\n", 1, "no currency"),
        (b"Date,USD,\n", 0, "no line of rates"),
        (b"Date,USD,\n2026-13-01,1.1,\n", 2, "no date"),
        (b"Date,USD,\n31 Februar 2026,1.1,\n", 2, "no date"),
        (b"Date,USD,\n30 February 2026,1.1,\n", 2, "no date"),
        (b"Date,USD,\n2026-11-20,1.1,\n", 2, "future"),
        (b"Date,USD,\n1998-12-31,1.1,\n", 2, "before there was a euro"),
        (b"Date,USD,\n2026-11-18,1.1,\n2026-11-18,1.1,\n", 3, "twice"),
        (b"Date,USD,\n2026-11-18,\n", 2, "0 values"),
        (b"Date,USD,\n2026-11-18,1.1,2,\n", 2, "2 values"),
        *((b"Date,USD,\n2026-11-18,%s,\n" % bad, 2, "no rate of USD") for bad in (
            b"0", b"0.0", b"-1.1", b"1e5", b"NaN", b"inf", b"n/a", b"1.12345678901", b"123456789",
            b"=1+1", b"<b>",
        )),
        (b"Date,USD,\n2026-11-18,1.\x001,\n", 2, "plain text"),
        ("Date,USD,\n2026-11-18,1.1,\n".encode("utf-16"), 1, "plain text"),
        ("Date,USD,\n2026-11-18,١,\n".encode(), 2, "plain text"),
        (b"\x89PNG\r\n\x1a\n", 1, "plain text"),
        (b"Date" + b",USD" * 1_000_000, 1, "longer than"),
        (b"Date," + b",".join(bytes([65 + i // 26, 65 + i % 26, 65]) for i in range(101)), 1, "more than 100"),
    ],
)  # fmt: skip
def test_what_is_no_file_of_the_ecbs_is_refused_with_its_line(content: bytes, line: int, said: str) -> None:
    found = refused(content)
    assert found.line == line
    assert said in found.sentence
    assert len(str(found)) < 200


class Endless(BytesIO):
    """A hundred megabytes that nobody may read: it counts what was taken of it."""

    taken = 0

    def readline(self, size: int | None = -1) -> bytes:  # type: ignore[override]
        assert size is not None
        assert 0 < size <= ecb.LONGEST_LINE + 1
        self.taken += size
        return b"," * size


def test_a_line_without_end_is_read_no_further_than_its_bound() -> None:
    endless = Endless()
    with pytest.raises(BadFile, match="longer than"):
        list(read_days(endless, TODAY))
    assert endless.taken <= ecb.LONGEST_LINE + 1


def test_too_many_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ecb, "MOST_LINES", 3)
    assert refused(HISTORY).line == 4
