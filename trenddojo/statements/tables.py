"""Tables in text files, read record by record in bounded memory, whatever is wrong with them.

A record may span lines inside quotes. A quote that is never closed must not swallow the rest of the file: it is taken
for a character of its own line, and reading goes on with the next one.
"""

import csv
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import NamedTuple

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
        cells = self._all_quoted(text) or self._well_formed(text)
        if cells is not None:
            return number, text, cells
        if not self._is_open(text):
            return number, text, self._lenient(text)
        return self._over_lines(number, text)

    def _over_lines(self, number: int, text: str) -> tuple[int, str, list[str]]:
        """A record that is inside quotes at the end of its first line.

        What is read up to the closing quote has to be well-formed: a second stray quote some lines further down closes
        nothing, and swallows nothing.
        """
        ahead: list[tuple[int, str]] = []
        length = len(text)
        while length < LONGEST and len(ahead) < _MOST_LINES and (line := self._line()) is not None:
            ahead.append(line)
            length += len(line[1])
            if '"' in line[1] and not self._is_open('"' + line[1]):
                whole = "".join([text, *(more for _, more in ahead)])
                if (cells := self._well_formed(whole)) is not None:
                    return number, whole, cells
                break
        self._again = ahead + self._again
        return number, text, self._plain(text)

    def _is_open(self, text: str) -> bool:
        """Whether a text ends inside quotes: a further line, empty but for a mark, would belong to its last cell."""
        mark = "\x1e"
        return len(list(csv.reader([text, mark], delimiter=self._delimiter))) == 1

    def _all_quoted(self, text: str) -> list[str] | None:
        """The cells of a line with quotes around each and in none, which is how brokers write; else None."""
        bare = text.rstrip("\r\n")
        cells = bare[1:-1].split(f'"{self._delimiter}"')
        is_so = bare[0] == '"' == bare[-1] and bare.count('"') == 2 * len(cells)
        return [cell.strip() for cell in cells] if is_so else None

    def _well_formed(self, text: str) -> list[str] | None:
        """The cells of a record whose quotes open and close where they should; else None."""
        try:
            record = next(csv.reader([text], delimiter=self._delimiter, strict=True))
        except csv.Error:
            return None
        return [cell.strip() for cell in record]

    def _lenient(self, text: str) -> list[str]:
        """The cells of a line with quotes inside of cells, as spreadsheets read it."""
        record = next(csv.reader([text], delimiter=self._delimiter))
        return [cell.strip() for cell in record]
