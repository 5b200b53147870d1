"""Records of separated cells: quotes that close, and those that do not."""

from __future__ import annotations

import csv
import io
import tracemalloc
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trenddojo.statements.course import MOST_COLUMNS
from trenddojo.statements.lines import Refusal
from trenddojo.statements.tables import HAS_NUL, TOO_LONG, TOO_WIDE, Row, delimiter_of, head_of, rows
from trenddojo.statements.texts import LONGEST


def read(content: str | bytes) -> list[Row | Refusal]:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "statement.csv"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return list(rows(path))


def cells(content: str | bytes) -> list[list[str]]:
    return [one.cells for one in read(content) if isinstance(one, Row)]


def test_rows_have_their_lines_and_blank_ones_are_none() -> None:
    found = read("a,b\n\n , \nc,d\n")
    assert found == [Row(1, ["a", "b"], "a,b\n"), Row(4, ["c", "d"], "c,d\n")]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_what_stands_between_cells_is_found(delimiter: str) -> None:
    assert cells(f'a{delimiter}b\n"1,5"{delimiter}2\n3{delimiter}4\n')[0] == ["a", "b"]
    assert delimiter_of([f"a{delimiter}b{delimiter}c\n"]) == delimiter


def test_a_quoted_cell_may_hold_delimiters_quotes_and_ends_of_lines() -> None:
    found = read('a,"b,c ""d"""\n"one\ntwo\r\nthree",e\nf,g\n')
    assert [one.line for one in found] == [1, 2, 5]
    assert cells('a,"b,c ""d"""\n"one\ntwo",e\n') == [["a", 'b,c "d"'], ["one\ntwo", "e"]]


def test_a_quote_that_never_closes_costs_its_own_line_only() -> None:
    assert cells('a,b\n"c,d\ne,f\ng,h\n') == [["a", "b"], ['"c', "d"], ["e", "f"], ["g", "h"]]


def test_a_stray_quote_further_down_does_not_close_it() -> None:
    content = 'a,"b\nc,d\ne,5" pipe\nf,g\n'
    assert [len(one) for one in cells(content)] == [2, 2, 2, 2]


def test_quotes_inside_of_cells_are_read_as_spreadsheets_do() -> None:
    assert cells('a,5" pipe,c\n') == [["a", '5" pipe', "c"]]


def test_a_damaged_line_is_refused_and_the_next_is_read() -> None:
    refused, following = read("a\0b,c\nd,e\n")
    assert (refused.line, refused.reason) == (1, HAS_NUL)  # type: ignore[union-attr]
    assert "\0" not in refused.text
    assert following == Row(2, ["d", "e"], "d,e\n")


def test_a_million_columns_are_refused() -> None:
    wide = ",".join("x" * 1 for _ in range(MOST_COLUMNS + 1))
    endless = "," * 1_000_000
    found = read(f"a,b\n{wide}\n{endless}\n{'y' * (LONGEST + 5)}\nc,d\n")
    assert [(one.line, one.reason) for one in found if isinstance(one, Refusal)] == [
        (2, TOO_WIDE),
        (3, TOO_LONG),
        (4, TOO_LONG),
    ]
    assert found[-1] == Row(5, ["c", "d"], "c,d\n")
    assert all(len(one.text) <= 2_000 for one in found if isinstance(one, Refusal))


def test_a_record_over_too_many_lines_is_none() -> None:
    content = '"' + "\n".join("x" for _ in range(500)) + '",end\n'
    assert len(read(content)) == 500


def test_the_head_is_the_beginning_as_text_and_as_cells(tmp_path: Path) -> None:
    path = tmp_path / "statement.csv"
    path.write_text("Title\na,b\n" + "1,2\n" * 100)
    head = head_of(path)
    assert head.rows[:3] == (("Title",), ("a", "b"), ("1", "2"))
    assert head.text.startswith("Title\na,b\n")
    assert len(head.rows) == 40


def test_a_long_file_is_read_in_bounded_memory(tmp_path: Path) -> None:
    path = tmp_path / "statement.csv"
    path.write_text('"AAPL","100","150.25","2024-01-05, 09:30:00"\n' * 60_000)
    tracemalloc.start()
    found = sum(1 for _ in rows(path))
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert found == 60_000
    assert most < 2_300_000 < path.stat().st_size


_CELLS = st.text(st.characters(exclude_categories=("Cs", "Cc", "Zs", "Zl", "Zp")), max_size=8) | st.sampled_from(
    ["a\nb", 'say "yes"', "1,234.50", "=cmd"]
)


@given(st.lists(st.lists(_CELLS, min_size=2, max_size=5), min_size=1, max_size=6), st.booleans())
def test_what_was_written_is_read_back(table: list[list[str]], quotes_all: bool) -> None:
    table = [row for row in table if any(row)] or [["a", "b"]]
    file = io.StringIO()
    csv.writer(file, quoting=csv.QUOTE_ALL if quotes_all else csv.QUOTE_MINIMAL).writerows([["h,"] * 9, *table])
    assert cells(file.getvalue())[1:] == table


@given(st.text(st.sampled_from('",;\n\r\0ab '), max_size=60))
def test_no_letter_is_lost_whatever_the_quotes(content: str) -> None:
    text = "head,er\n" + content
    assert sum(one.text.count(letter) for one in read(text) for letter in "ab") == text.count("a") + text.count("b")
