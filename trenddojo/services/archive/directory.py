"""How long the list of files in a ZIP is, before anything reads it: Python's own reader would keep all of it in memory.

Source: PKWARE, "APPNOTE.TXT - .ZIP File Format Specification", 4.3.14 to 4.3.16.
"""

import struct
from typing import IO

from trenddojo.services.archive.bad import BadArchive

LARGEST = 8 << 20
"""Bytes that the list of files may take: some 60,000 of them."""
MOST_FILES = 60_000
_END, _END_MARK = struct.Struct("<4s4H2LH"), b"PK\x05\x06"
_LOCATOR, _LOCATOR_MARK = struct.Struct("<4sLQL"), b"PK\x06\x07"
_LONG, _LONG_MARK = struct.Struct("<4sQ2H2L4Q"), b"PK\x06\x06"


def check(file: IO[bytes]) -> None:
    """Raises BadArchive unless the file ends as a ZIP does, with a list of files of a size that can be read."""
    size = file.seek(0, 2)
    if size < _END.size:
        raise BadArchive("This is no ZIP file.")
    file.seek(size - _END.size)
    mark, _, _, _, count, length, _, comment = _END.unpack(file.read(_END.size))
    if mark != _END_MARK or comment:
        raise BadArchive("This is no ZIP file, or its end is missing: was it sent or stored as a whole?")
    count, length = _long(file, size - _END.size - _LOCATOR.size) or (count, length)
    if count > MOST_FILES or length > LARGEST:
        raise BadArchive(f"The ZIP file lists {count:,} files; an archive has {MOST_FILES:,} at most.")


def _long(file: IO[bytes], place: int) -> tuple[int, int] | None:
    """Number of files and bytes of their list as a large ZIP gives them; None where it is a small one."""
    if place < 0:
        return None
    file.seek(place)
    mark, _, at, _ = _LOCATOR.unpack(file.read(_LOCATOR.size))
    if mark != _LOCATOR_MARK:
        return None
    if at + _LONG.size > place:
        raise BadArchive("The end of the ZIP file is damaged.")
    file.seek(place - _LONG.size)
    told = _LONG.unpack(file.read(_LONG.size))
    if told[0] != _LONG_MARK:
        raise BadArchive("The end of the ZIP file is damaged.")
    return int(told[7]), int(told[8])
