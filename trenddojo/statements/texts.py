"""Text files as they come: which encoding, how many lines, and their lines one by one within fixed bounds."""

import codecs
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from trenddojo.statements.format import Unreadable

LONGEST = 65_536
"""Characters of one line, and of one record that spans several."""
MOST_LINES = 4_000_000
"""Lines of one file: a hundred megabytes of the shortest fills that there are have no more."""
TOO_MANY_LINES = f"The file has more than {MOST_LINES:,} lines, which no statement has. Bring a shorter one."
_BLOCK = 1 << 20
_MARKS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_NO_TEXT = (b"PK\x03\x04", b"%PDF", b"\xd0\xcf\x11\xe0", b"\x1f\x8b")
"""How ZIP files (Excel's are such), PDFs, old Excel files and gzip begin."""
_SAMPLE = 256


def encoding_of(path: Path) -> str:
    """The encoding of a text file: by its byte-order mark, else UTF-8 if all of it is that, else Windows' Latin.

    UTF-16 without a mark shows by its zero bytes. Raises Unreadable for what is no text, or empty.
    """
    with path.open("rb") as file:
        start = file.read(_SAMPLE)
    if not start.strip():
        raise Unreadable("The file is empty.")
    if start.startswith(_NO_TEXT):
        raise Unreadable("This is no text file. Export the statement as CSV (or Flex XML), then bring that.")
    for mark, name in _MARKS:
        if start.startswith(mark):
            return name
    return _wide(start) or ("utf-8" if _is_utf8(path) else "cp1252")


def _wide(start: bytes) -> str | None:
    """UTF-16 without a mark: every second byte of Latin text is zero."""
    for offset, name in ((1, "utf-16-le"), (0, "utf-16-be")):
        half = start[offset::2]
        if len(half) > 1 and half.count(0) > len(half) * 3 // 4:
            return name
    return None


def _is_utf8(path: Path) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        with path.open("rb") as file:
            while block := file.read(_BLOCK):
                decoder.decode(block)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def count_lines(path: Path) -> int:
    """About how many lines a file has, whichever of the two characters that may end them does."""
    feeds = returns = 0
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            feeds += block.count(b"\n")
            returns += block.count(b"\r")
    return max(feeds, returns) + 1


class Lines:
    """The lines of a text, each with its end, counted from 1; a line that never ends comes as its beginning."""

    def __init__(self, file: IO[str]) -> None:
        self._file = file

    def __iter__(self) -> Iterator[tuple[int, str]]:
        number = 0
        while text := self._file.readline(LONGEST + 1):
            number += 1
            if len(text) > LONGEST:
                self._drain(text)
            yield number, text

    def _drain(self, text: str) -> None:
        while text and not text.endswith(("\n", "\r")):
            text = self._file.readline(LONGEST)


def open_text(path: Path) -> IO[str]:
    """The file as text in its own encoding; what that has no letter for comes as U+FFFD. Raises Unreadable."""
    return path.open(encoding=encoding_of(path), errors="replace", newline="")
