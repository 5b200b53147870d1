"""The elements of an XML file one by one, in bounded memory, whatever the file tries.

There is no document type in what IBKR writes, so that one is refused, and with it every entity of the file's own.
"""

from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import IO, Final, NamedTuple
from xml.parsers import expat

from trenddojo.statements.columns import Columns
from trenddojo.statements.course import MOST_COLUMNS
from trenddojo.statements.format import Unreadable
from trenddojo.statements.formats.ibkr.records import Record, columns_of
from trenddojo.statements.lines import Refusal
from trenddojo.statements.tables import TOO_WIDE
from trenddojo.statements.texts import MOST_LINES, TOO_MANY_LINES, open_text

_BLOCK = 1 << 16
_MOST_PENDING = 1 << 20
"""Bytes of one tag or comment that are waited for."""
_DEEPEST = 16
"""Elements within each other; Flex statements have five."""
_MOST_NAMES = 10_000
"""Different names of elements and attributes, all of which the parser remembers; Flex statements have some hundreds."""
_SHOWN = 2_000

NO_XML: Final = "The file is no well-formed XML: {why}. Export the Flex query again."
DAMAGED: Final = "The XML is damaged here ({why}), and nothing behind this line can be read."
DOCUMENT_TYPE: Final = "The file has a document type, which no Flex statement has. It is not read."
TOO_LONG: Final = "The file has a tag or a comment of more than a million characters. It is not read."
TOO_DEEP: Final = "The file's elements lie deeper within each other than those of any Flex statement. It is not read."
TOO_MANY_NAMES: Final = "The file has more names of elements and attributes than any Flex statement. It is not read."
STRAY: Final = "This text stands outside of any element: it is not read."


class Element(NamedTuple):
    """The beginning of an element: its name, line, and its attributes as names and values by turns."""

    tag: str
    line: int
    attributes: list[str]

    def get(self, name: str) -> str:
        """An attribute by its exact name, empty where there is none."""
        names = self.attributes[::2]
        return self.attributes[2 * names.index(name) + 1] if name in names else ""

    def record(self) -> Record:
        """The attributes as a record's fields."""
        return _XmlRecord(self)

    def refused(self, why: str) -> Refusal:
        """That this element cannot be read, and why."""
        return Refusal(self.line, why, _text(self)[:_SHOWN])


class _XmlRecord(Record):
    """A record whose text is only written out where it is asked for."""

    __slots__ = ("_element",)

    def __init__(self, element: Element) -> None:
        super().__init__(element.line, _columns(tuple(element.attributes[::2])), element.attributes[1::2], "")
        self._element = element

    def refused(self, why: ValueError | str) -> Refusal:
        return self._element.refused(str(why))


@lru_cache(maxsize=64)
def _columns(names: tuple[str, ...]) -> Columns:
    return columns_of(names)


def _text(element: Element) -> str:
    pairs = zip(element.attributes[::2], element.attributes[1::2], strict=True)
    return f"<{element.tag} " + " ".join(f'{name}="{value}"' for name, value in pairs) + "/>"


def elements(path: Path) -> Iterator[Element | Refusal]:
    """The elements of a file in its order, each in a line of its own number: several in one line count on.

    Raises Unreadable for what is no XML from its beginning, or none that is safe to read.
    """
    with open_text(path) as file:
        yield from _Course(file).found()


class _Course:
    """What the parser tells, gathered until it is asked for."""

    def __init__(self, file: IO[str]) -> None:
        self._file = file
        self._found: list[Element | Refusal] = []
        self._line = self._depth = self._fed = 0
        self._names: dict[str, str] = {}
        self._parser = parser = expat.ParserCreate("utf-8", None, self._names)
        parser.ordered_attributes = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._stray
        parser.StartDoctypeDeclHandler = self._refuse

    def found(self) -> Iterator[Element | Refusal]:
        while block := self._file.read(_BLOCK):
            is_whole = self._feed(block.encode(), is_last=False)
            yield from self._taken()
            if not is_whole:
                return
        self._feed(b"", is_last=True)
        yield from self._taken()

    def _feed(self, data: bytes, *, is_last: bool) -> bool:
        """Whether the file was well-formed so far."""
        self._fed += len(data)
        try:
            self._parser.Parse(data, is_last)
        except expat.ExpatError as damage:
            self._damaged(expat.ErrorString(damage.code) or "unknown")
            return False
        if self._fed - self._parser.CurrentByteIndex > _MOST_PENDING:
            raise Unreadable(TOO_LONG)
        if len(self._names) > _MOST_NAMES:
            raise Unreadable(TOO_MANY_NAMES)
        if self._line > MOST_LINES:
            raise Unreadable(TOO_MANY_LINES)
        return True

    def _damaged(self, why: str) -> None:
        if self._line == 0:
            raise Unreadable(NO_XML.format(why=why))
        self._found.append(Refusal(self._next_line(), DAMAGED.format(why=why), ""))

    def _taken(self) -> list[Element | Refusal]:
        found, self._found = self._found, []
        return found

    def _next_line(self) -> int:
        self._line = max(self._parser.CurrentLineNumber, self._line + 1)
        return self._line

    def _start(self, tag: str, attributes: list[str]) -> None:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise Unreadable(TOO_DEEP)
        if not attributes:
            self._line = max(self._line, 1)
            return
        element = Element(tag, self._next_line(), attributes)
        is_wide = len(attributes) > 2 * MOST_COLUMNS
        self._found.append(element.refused(TOO_WIDE) if is_wide else element)

    def _end(self, _: str) -> None:
        self._depth -= 1

    def _stray(self, text: str) -> None:
        if text.strip():
            self._found.append(Refusal(self._next_line(), STRAY, text.strip()[:_SHOWN]))

    def _refuse(self, *_: object) -> None:
        raise Unreadable(DOCUMENT_TYPE)
