"""Records of separated cells, one by one from the lines of a file: inside quotes one may go on over more lines.

The work grows with the file and not with how its quotes lie: whether a line stays inside quotes that were open before
it is found once, and lines that were read ahead in vain are not judged again.
"""

import csv
from collections import deque
from collections.abc import Iterator
from itertools import islice
from typing import Final

from trenddojo.statements.texts import LONGEST

MOST_COLUMNS = 500
MOST_LINES = 200
"""Lines of one record behind its first."""
_BLANK: Final = frozenset({"\n", "\r\n", "\r"})

Line = tuple[int, str]
Cells = list[str]


class Course:
    """The records of some lines. A line without anything is none, unless it stands inside quotes."""

    def __init__(self, lines: Iterator[Line], delimiter: str) -> None:
        self._quotes = _Quotes(delimiter)
        self._ahead = _Ahead(lines, self._quotes)
        self._delimiter = delimiter

    def next(self) -> tuple[int, str, Cells] | None:
        """The next record's first line, its text and its cells; None at the end."""
        while (first := self._ahead.pop()) is not None and first[1] in _BLANK:
            continue
        if first is None:
            return None
        number, text = first
        if '"' not in text or len(text) > LONGEST:
            return number, text, self._plain(text)
        return self._quoted(number, text)

    def _plain(self, text: str) -> Cells:
        return [cell.strip() for cell in text.split(self._delimiter, MOST_COLUMNS)]

    def _quoted(self, number: int, text: str) -> tuple[int, str, Cells]:
        """A record with quotes, which may go on over more lines."""
        if (cells := self._quotes.all_quoted(text)) is not None:
            return number, text, cells
        is_open, cells = self._quotes.well_formed(text)
        if cells is None:
            return number, text, self._plain(text) if self._quotes.is_open(text) else self._quotes.lenient(text)
        if is_open:
            return self._over_lines(number, text)
        return number, text, cells

    def _over_lines(self, number: int, text: str) -> tuple[int, str, Cells]:
        """A record that is inside quotes at the end of its first line.

        What is read up to the closing quote has to be well-formed: a second stray quote some lines further down closes
        nothing, and swallows nothing.
        """
        more = self._ahead.up_to_closing(len(text))
        whole = text + more
        _, cells = self._quotes.well_formed(whole) if more else (True, None)
        return number, whole, self._plain(whole) if cells is None else cells


class _Ahead:
    """Lines to come, of which some may have been looked at.

    Of those, `_inside` many, of `_length` characters together, stay inside quotes that were open before them, and
    `_closes` tells of the one behind whether it closes those well, None while that is not known.
    """

    def __init__(self, lines: Iterator[Line], quotes: "_Quotes") -> None:
        self._lines, self._quotes = lines, quotes
        self._waiting = deque[Line]()
        self._inside = self._length = 0
        self._closes: bool | None = None

    def pop(self) -> Line | None:
        """The next line; None at the end."""
        if not self._waiting:
            return next(self._lines, None)
        line = self._waiting.popleft()
        if self._inside:
            self._inside -= 1
            self._length -= len(line[1])
        else:
            self._closes = None
        return line

    def up_to_closing(self, length: int) -> str:
        """The lines up to that which closes a record of so many characters; empty, and none taken, where none does."""
        while length + self._length < LONGEST and self._inside < MOST_LINES and self._look():
            if self._closes is not None:
                return self._taken() if self._closes else ""
        return ""

    def _look(self) -> bool:
        """Look at a further line, unless the last one is not inside; whether there is one."""
        if self._closes is not None:
            return True
        if self._inside == len(self._waiting):
            self._waiting.extend(islice(self._lines, 1))
        if self._inside == len(self._waiting):
            return False
        text = self._waiting[self._inside][1]
        is_open, is_well = self._quotes.inside(text)
        if is_open:
            self._inside += 1
            self._length += len(text)
        else:
            self._closes = is_well
        return True

    def _taken(self) -> str:
        texts = [self._waiting.popleft()[1] for _ in range(self._inside + 1)]
        self._inside = self._length = 0
        self._closes = None
        return "".join(texts)


class _Quotes:
    """What the quotes of a text make of it."""

    def __init__(self, delimiter: str) -> None:
        self._delimiter = delimiter

    def all_quoted(self, text: str) -> Cells | None:
        """The cells of a line with quotes around each and in none, which is how brokers write; else None."""
        bare = text.rstrip("\r\n")
        cells = bare[1:-1].split(f'"{self._delimiter}"')
        is_so = bare[0] == '"' == bare[-1] and bare.count('"') == 2 * len(cells)
        return [cell.strip() for cell in cells] if is_so else None

    def well_formed(self, text: str) -> tuple[bool, Cells | None]:
        """Whether a text ends inside quotes, and its cells; no cells where quotes do not open and close as they should.

        Another quote is put behind the text: the reader needs it only to end the record where one was open.
        """
        reader = csv.reader([text, '"'], delimiter=self._delimiter, strict=True)
        try:
            cells = [cell.strip() for cell in next(reader)]
        except csv.Error:
            return False, None
        return reader.line_num == 2, cells

    def inside(self, text: str) -> tuple[bool, bool]:
        """Of a line that begins inside quotes: whether it ends inside them, and whether all is well up to there."""
        if '"' not in text:
            return True, True
        if len(text) > LONGEST:
            return False, False
        is_open, cells = self.well_formed('"' + text)
        return is_open, cells is not None

    def is_open(self, text: str) -> bool:
        """Whether a text ends inside quotes, whatever is wrong with it: a further line would go on in its last cell."""
        mark = "\x1e"
        return len(list(csv.reader([text, mark], delimiter=self._delimiter))) == 1

    def lenient(self, text: str) -> Cells:
        """The cells of a line with quotes inside of cells, as spreadsheets read it."""
        record = next(csv.reader([text], delimiter=self._delimiter))
        return [cell.strip() for cell in record]
