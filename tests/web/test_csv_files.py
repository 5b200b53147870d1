"""CSV files: what a spreadsheet reads of them."""

from __future__ import annotations

import csv
import io
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from flask import Flask

from trenddojo.domain.csv_cells import Cell, unguarded
from trenddojo.web.csv_files import csv_file


def read(*cells: Cell) -> list[str]:
    answer = csv_file("months", ["a"] * len(cells), [cells])
    return list(csv.reader(io.StringIO(answer.get_data().decode("utf-8-sig"))))[1]


def test_figures_are_exact_and_plain(app: Flask) -> None:
    assert read(Decimal("-1234567.10"), Decimal("1E-9"), 3, None) == ["-1234567.10", "0.000000001", "3", ""]


def test_times_are_iso(app: Flask) -> None:
    assert read(date(2026, 11, 19), datetime(2026, 11, 19, 20, tzinfo=UTC)) == [
        "2026-11-19",
        "2026-11-19T20:00:00+00:00",
    ]


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "\uff1d1"])
def test_a_text_is_no_formula(app: Flask, text: str) -> None:
    assert read(text)[0].startswith("'")


@pytest.mark.parametrize("text", ["=1+1", "'", "'=1", "''", "plain", "-", ""])
def test_what_was_guarded_can_be_read_again(app: Flask, text: str) -> None:
    assert unguarded(read(text)[0]) == text


@pytest.mark.parametrize("text", ['say "no"', "a,b", "two\nlines", "Überflieger", ""])
def test_a_text_stays_what_it_is(app: Flask, text: str) -> None:
    assert read(text) == [text]


def test_it_is_a_download(app: Flask) -> None:
    answer = csv_file("months", ["Month"], [])
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="months.csv"'
    assert answer.get_data() == b"\xef\xbb\xbfMonth\r\n"
