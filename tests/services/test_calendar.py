"""The sessions of the exchange: equal to exchange_calendars on every date, and quick without it."""

import subprocess
import sys
from datetime import date

import pytest

from trenddojo.domain import nyse
from trenddojo.services import calendar


@pytest.mark.filterwarnings("ignore")  # the data-frame library's own
def test_the_file_says_what_exchange_calendars_says():
    assert nyse.FILE.read_text(encoding="ascii") == calendar.text()


def test_a_week_with_a_holiday():
    week = nyse.trading_days(date(2026, 11, 21), date(2026, 11, 29))
    assert week == [date(2026, 11, day) for day in (23, 24, 25, 27)]


def test_days_of_mourning_and_storms_are_known():
    assert nyse.trading_days(date(2012, 10, 29), date(2012, 10, 30)) == []
    assert nyse.trading_days(date(2025, 1, 9), date(2025, 1, 9)) == []


def test_both_ends_are_included_and_reversed_ends_hold_nothing():
    monday, tuesday = date(2026, 11, 16), date(2026, 11, 17)
    assert nyse.trading_days(monday, tuesday) == [monday, tuesday]
    assert nyse.trading_days(tuesday, monday) == []


def test_nothing_lies_outside_what_the_file_covers():
    assert nyse.trading_days(date.min, date(1970, 1, 2)) == [date(1970, 1, 2)]
    assert nyse.trading_days(date(2099, 12, 31), date.max) == [date(2099, 12, 31)]


def test_asking_loads_no_data_frame_library():
    code = (
        "import sys, datetime as d; from trenddojo.domain.nyse import sessions, trading_days;"
        "assert trading_days(d.date(2026, 1, 1), d.date(2026, 12, 31));"
        "assert list(sessions(d.date(2026, 1, 1), d.date(2026, 12, 31)));"
        "assert not {'pandas', 'numpy', 'exchange_calendars'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
