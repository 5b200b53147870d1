"""Tables in text files, read record by record in bounded memory, whatever is wrong with them.

A record may span lines inside quotes. A quote that is never closed must not swallow the rest of the file: it is taken
for a character of its own line, and reading goes on with the next one.
"""

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from trenddojo.statements.course import MOST_COLUMNS, Course
from trenddojo.statements.format import Head
from trenddojo.statements.lines import Refusal
from trenddojo.statements.texts import LONGEST, Lines, open_text

_SHOWN = 2_000
"""Characters of a refused line that are kept."""
_HEAD_ROWS = 40
_DELIMITERS = ",;\t|"

TOO_LONG = f"This line is longer than {LONGEST:,} characters."
TOO_WIDE = f"This line has more than {MOST_COLUMNS} columns."
HAS_NUL = "This line holds zero bytes, which no text has: the file is damaged here."


class Row(NamedTuple):
    """One record: the line that it begins on, its cells without outer spaces, and its text as the file has it."""

    line: int
    cells: list[str]
    text: str


def head_of(path: Path) -> Head:
    """The beginning of a file. Raises Unreadable for what is no text."""
    with open_text(path) as file:
        lines = [text for _, text in islice(Lines(file), _HEAD_ROWS)]
    delimiter = delimiter_of(lines)
    found = islice(_records(iter(enumerate(lines, start=1)), delimiter), _HEAD_ROWS)
    return Head("".join(lines), tuple(tuple(one.cells) for one in found if isinstance(one, Row)))


def delimiter_of(lines: list[str]) -> str:
    """What separates the cells: the character that most of the first lines have most of."""
    return max(_DELIMITERS, key=lambda one: (sum(line.count(one) for line in lines), one == ","))


def rows(path: Path) -> Iterator[Row | Refusal]:
    """The records of a file that are not blank, in order. Raises Unreadable for what is no text."""
    with open_text(path) as file:
        lines = [text for _, text in islice(Lines(file), _HEAD_ROWS)]
    with open_text(path) as file:
        yield from _records(iter(Lines(file)), delimiter_of(lines))


def _records(lines: Iterator[tuple[int, str]], delimiter: str) -> Iterator[Row | Refusal]:
    course = Course(lines, delimiter)
    while (found := course.next()) is not None:
        number, text, cells = found
        if len(text) > LONGEST:
            yield Refusal(number, TOO_LONG, text[:_SHOWN])
        elif "\0" in text:
            yield Refusal(number, HAS_NUL, text[:_SHOWN].replace("\0", "\ufffd"))
        elif len(cells) > MOST_COLUMNS:
            yield Refusal(number, TOO_WIDE, text[:_SHOWN])
        elif any(cells):
            yield Row(number, cells, text)
