"""The lines that were refused, as a file to mend and bring again.

It has the shape of the statement: whatever is no line of its own in there, such as titles and headers, then the refused
lines, each with its number and the reason in two more columns, which are read over. What a spreadsheet would take for
a formula is marked as text; numbers with a sign stay as they are.
"""

import csv
import re
from collections.abc import Iterable, Iterator
from itertools import groupby
from pathlib import Path
from typing import Any
from uuid import UUID

from trenddojo.services.imports.asking import ADDED
from trenddojo.services.imports.counts import Progress
from trenddojo.services.imports.verdicts import refusals
from trenddojo.statements.lines import Refusal
from trenddojo.statements.spool import Spool
from trenddojo.statements.tables import Row, delimiter_of, head_of, rows
from trenddojo.statements.watched import Watched
from trenddojo.store.import_files import Folder

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet may take a text for a formula by. Source: OWASP, "CSV Injection"."""
_NUMBER = re.compile(r"[+-]{1,2}[$€£¥]?[\d., ]*(?:[eE][+-]?\d+)?%?")
_TEXT = (*ADDED, "Text")


def write(spool: Spool, place: Folder, import_id: UUID, tell: Progress) -> int:
    """Write the file of refused lines, none where nothing was refused: how many there are.

    `tell` is called all the while, with all lines done: they have their verdict.
    """
    target, file = place.refused(import_id), place.file(import_id)
    count = sum(1 for _ in _by_line(refusals(spool)))
    if not count:
        target.unlink(missing_ok=True)
        return 0
    half_way = target.with_suffix(".new")
    with half_way.open("w", encoding="utf-8-sig", newline="") as opened:
        if file.is_file() and not _is_markup(file):
            watched = Watched.of(file, lambda _: tell(count, count))
            _write_shaped(opened, watched, spool.said_of(), _by_line(refusals(spool)))
        else:
            _write_plain(opened, _by_line(refusals(spool)))
    half_way.replace(target)
    return count


def _by_line(refused: Iterable[Refusal]) -> Iterator[Refusal]:
    """One for each line, with all its reasons."""
    for line, found in groupby(refused, key=lambda one: one.line):
        several = list(found)
        yield Refusal(line, " ".join(dict.fromkeys(one.reason for one in several)), several[0].text)


def _is_markup(file: Path) -> bool:
    return head_of(file).text.lstrip("\ufeff \t\r\n").startswith("<")


def _write_plain(opened: Any, refused: Iterable[Refusal]) -> None:
    writer = csv.writer(opened)
    writer.writerow(_TEXT)
    writer.writerows((one.line, _safe(one.reason), _safe(one.text)) for one in refused)


def _write_shaped(opened: Any, file: Path, said: Iterator[int], refused: Iterator[Refusal]) -> None:
    writer = csv.writer(opened, delimiter=delimiter_of(head_of(file).text.splitlines(keepends=True)))
    width, known, wanted = 0, next(said, None), next(refused, None)
    for row in rows(file):
        while known is not None and known < row.line:
            known = next(said, None)
        while wanted is not None and wanted.line < row.line:
            wanted = next(refused, None)
        if wanted is not None and wanted.line == row.line:
            cells = [_safe(cell) for cell in _cells(row)]
            writer.writerow([*cells, *[""] * (width - len(cells)), wanted.line, _safe(wanted.reason)])
        elif known != row.line and isinstance(row, Row):
            width = len(row.cells)
            writer.writerow([*map(_safe, row.cells), *(ADDED if sum(map(bool, row.cells)) > 1 else ())])


def _cells(row: Row | Refusal) -> list[str]:
    return row.cells if isinstance(row, Row) else [row.text.rstrip("\r\n")]


def _safe(cell: str) -> str:
    return f"'{cell}" if cell.startswith(_FORMULA) and not _NUMBER.fullmatch(cell) else cell
