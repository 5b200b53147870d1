"""Records over lines: the work that quotes make, whatever they are, grows with the file and no faster."""

from __future__ import annotations

import csv
import tracemalloc
from collections.abc import Iterator
from itertools import repeat
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trenddojo.statements import course
from trenddojo.statements.course import MOST_LINES, Course
from trenddojo.statements.texts import LONGEST

ENDLESS = {
    "quotes that never close": ['"a\n'],
    "quotes that stay open in the next line": ['x","z\n'],
    "quotes that open again and again": ['a,"b\n', "c\n"],
    "quotes that close badly far down": [*['x","z\n'] * (MOST_LINES - 5), 'x"y\n'],
    "the same before a long line": [*['x","z\n'] * (MOST_LINES - 5), "y" * (LONGEST - 9) + '"y\n'],
    "quotes that stay open over long lines": ['x","' + "z" * 900 + "\n"],
}


def of(lines: Iterator[str]) -> list[tuple[int, str, list[str]]]:
    records = Course(enumerate(lines, start=1), ",")
    return list(iter(records.next, None))


def letters_judged(monkeypatch: pytest.MonkeyPatch, lines: list[str]) -> int:
    """How many characters the reader of quotes is given for some lines."""
    counted = 0

    def reader(texts: list[str], **how: str) -> Iterator[list[str]]:
        nonlocal counted
        counted += sum(map(len, texts))
        return csv.reader(texts, **how)  # type: ignore[arg-type, return-value]

    with monkeypatch.context() as patch:
        patch.setattr(course, "csv", SimpleNamespace(reader=reader, Error=csv.Error))
        of(iter(lines))
    return counted


@pytest.mark.parametrize("name", ENDLESS)
def test_no_letter_is_judged_many_times(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    for times in (10, 20):
        lines = ENDLESS[name] * max(times, times * MOST_LINES // (10 * len(ENDLESS[name])))
        assert letters_judged(monkeypatch, lines) < 4 * sum(map(len, lines))


def test_lines_read_ahead_in_vain_need_little_memory() -> None:
    tracemalloc.start()
    found = Course(enumerate(repeat('x","' + "z" * 100 + "\n", 20_000)), ",")
    count = sum(1 for _ in iter(found.next, None))
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert count == 20_000
    assert most < 200_000


def test_a_record_after_lines_read_ahead_in_vain_is_whole() -> None:
    found = of(iter(['"a\n', 'b","c\n', 'd"x\n', "e\n", '"f\n', "\n", 'g",h\n', "i\n"]))
    assert [(number, cells) for number, _, cells in found] == [
        (1, ['"a']),
        (2, ['b"', '"c']),
        (3, ['d"x']),
        (4, ["e"]),
        (5, ["f\n\ng", "h"]),
        (8, ["i"]),
    ]


def test_an_endless_line_closes_nothing() -> None:
    found = of(iter(['"a\n', "b" * (LONGEST + 1), 'c"\n']))
    assert [number for number, _, _ in found] == [1, 2, 3]


def test_blank_lines_are_passed_over_outside_of_quotes_only() -> None:
    found = of(iter(["\n", "\r\n", "a\n", "\r", '"b\n', "\r\n", '"\n']))
    assert [(number, text) for number, text, _ in found] == [(3, "a\n"), (5, '"b\n\r\n"\n')]


@given(st.lists(st.text(st.sampled_from('",a '), max_size=6), max_size=12))
def test_a_record_over_lines_is_what_a_strict_reader_makes_of_its_text(lines: list[str]) -> None:
    texts = [f"{line}\n" for line in lines]
    found = of(iter(texts))
    for number, text, cells in found:
        assert text.startswith(texts[number - 1])
        if text.count("\n") > 1:
            (told,) = csv.reader(text.splitlines(keepends=True), strict=True)
            assert cells == [cell.strip() for cell in told]
