"""Tables in text files, read record by record in bounded memory, whatever is wrong with them.

A record may span lines inside quotes. A quote that is never closed must not swallow the rest of the file: it is taken
for a character of its own line, and reading goes on with the next one.
"""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from trenddojo.statements.format import Head
from trenddojo.statements.lines import Refusal
from trenddojo.statements.texts import LONGEST, Lines, open_text

MOST_COLUMNS = 500
_MOST_LINES = 200
"""Lines of one record."""
_SHOWN = 2_000
"""Characters of a refused line that are kept."""
_HEAD_ROWS = 40
_DELIMITERS = ",;\t|"

TOO_LONG = f"This line is longer than {LONGEST:,} characters."
TOO_WIDE = f"This line has more than {MOST_COLUMNS} columns."
HAS_NUL = "This line holds zero bytes, which no text has: the file is damaged here."


@dataclass(frozen=True, slots=True)
class Row:
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
    course = _Course(lines, delimiter)
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


class _Course:
    """Records one by one, with the lines that were read ahead in vain put back."""

    def __init__(self, lines: Iterator[tuple[int, str]], delimiter: str) -> None:
        self._lines, self._delimiter = lines, delimiter
        self._again: list[tuple[int, str]] = []

    def next(self) -> tuple[int, str, list[str]] | None:
        """The next record's first line, its text and its cells; None at the end."""
        first = self._line()
        if first is None:
            return None
        number, text = first
        if '"' not in text or len(text) > LONGEST:
            return number, text, self._plain(text)
        return self._quoted(number, text)

    def _line(self) -> tuple[int, str] | None:
        return self._again.pop(0) if self._again else next(self._lines, None)

    def _plain(self, text: str) -> list[str]:
        return [cell.strip() for cell in text.split(self._delimiter, MOST_COLUMNS)]

    def _quoted(self, number: int, text: str) -> tuple[int, str, list[str]]:
        """A record with quotes, which may go on over more lines."""
        ahead: list[tuple[int, str]] = []
        while self._is_open(text) and len(ahead) < _MOST_LINES and len(text) < LONGEST:
            line = self._line()
            if line is None:
                break
            ahead.append(line)
            text += line[1]
        if not self._is_open(text):
            return number, text, self._cells(text)
        self._again = ahead + self._again
        alone = text[: len(text) - sum(len(line) for _, line in ahead)]
        return number, alone, self._plain(alone)

    def _is_open(self, text: str) -> bool:
        """Whether a text ends inside quotes: a further line, empty but for a mark, would belong to its last cell."""
        mark = "\x1e"
        return len(list(csv.reader([text, mark], delimiter=self._delimiter))) == 1

    def _cells(self, text: str) -> list[str]:
        record = next(csv.reader([text], delimiter=self._delimiter))
        return [cell.strip() for cell in record]
