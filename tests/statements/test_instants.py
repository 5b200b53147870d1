"""Dates with clock times, as programs write them, and what is none."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trenddojo.statements.format import DateOrder, Options
from trenddojo.statements.instants import instant, instant_of, names_zone
from trenddojo.statements.values import BadValue

TOKYO, BERLIN = ZoneInfo("Asia/Tokyo"), ZoneInfo("Europe/Berlin")
HOW = Options(BERLIN, TOKYO, "USD")


def read(text: str, order: DateOrder = DateOrder.MONTH_FIRST) -> tuple[datetime, bool]:
    return instant(text, "At", order, HOW)


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("2024-03-04 09:31:06", datetime(2024, 3, 4, 9, 31, 6, tzinfo=TOKYO)),
        ("2024-03-04, 09:31:06", datetime(2024, 3, 4, 9, 31, 6, tzinfo=TOKYO)),
        ("20240304;093106", datetime(2024, 3, 4, 9, 31, 6, tzinfo=TOKYO)),
        ("20240304093106", datetime(2024, 3, 4, 9, 31, 6, tzinfo=TOKYO)),
        ("3/4/24 9:31 AM", datetime(2024, 3, 4, 9, 31, tzinfo=TOKYO)),
        ("3/4/24 12:05:00 am", datetime(2024, 3, 4, 0, 5, tzinfo=TOKYO)),
        ("2024-03-04T09:31:06Z", datetime(2024, 3, 4, 9, 31, 6, tzinfo=UTC)),
        ("2024-03-04 09:31:06 UTC", datetime(2024, 3, 4, 9, 31, 6, tzinfo=UTC)),
        ("2024-03-04 09:31:06+0530", datetime(2024, 3, 4, 4, 1, 6, tzinfo=UTC)),
        ("2024-03-04 09:31:06 PM ET", datetime(2024, 3, 5, 2, 31, 6, tzinfo=UTC)),
    ],
)
def test_moments(text: str, at: datetime) -> None:
    assert read(text) == (at, False)


def test_a_date_alone_is_noon_of_the_account() -> None:
    assert read("2024-03-04") == (datetime(2024, 3, 4, 12, tzinfo=BERLIN), True)
    assert instant_of("04.03.2024", "", "Date", DateOrder.DAY_FIRST, HOW)[1]
    assert instant_of("04.03.2024", "9:31", "Date", DateOrder.DAY_FIRST, HOW) == (
        datetime(2024, 3, 4, 9, 31, tzinfo=TOKYO),
        False,
    )


@pytest.mark.parametrize(
    "text",
    [
        "",
        "soon",
        "2024-03-04 25:00",
        "2024-03-04 9",
        "2024-03-04 09:31 CET",
        "2024-03-04 09:31+99:00",
        "13/13/2024 9:00",
        "2024-03-04 " + "0" * 80_000,
    ],
)
def test_what_is_no_moment(text: str) -> None:
    with pytest.raises(BadValue, match="At"):
        read(text)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("09/19/2025 13:31:40 EDT", True),
        ("2024-03-04T09:31:06Z", True),
        ("2024-03-04 09:31:06-05:00", True),
        ("09/19/2025 13:31:40", False),
        ("09/19/2025 1:31:40 PM", False),
        ("09/19/2025", False),
        ("", False),
    ],
)
def test_whether_a_time_names_its_zone(text: str, named: bool) -> None:
    assert names_zone(text) is named


@given(at=st.datetimes(datetime(2000, 1, 1), datetime(2099, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001
def test_moments_come_back_as_they_were_written(at: datetime) -> None:
    for text in (at.isoformat(), f"{at:%Y-%m-%d %H:%M:%S.%f}Z", f"{at:%m/%d/%Y %I:%M:%S.%f %p} UTC"):
        assert read(text) == (at, False)


@given(st.text(max_size=80))
def test_anything_is_a_moment_or_refused(text: str) -> None:
    try:
        at, _ = read(text)
    except BadValue:
        return
    assert at.tzinfo is not None
