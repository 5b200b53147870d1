"""Each file is known as what it is, whoever saved it again, and nothing of it is passed over."""

from __future__ import annotations

import csv
import io

import pytest

from tests.statements.formats import given
from tests.statements.formats.examples import EXAMPLES, MAPPED, MAPPED_COLUMNS
from trenddojo.statements import registry
from trenddojo.statements.formats.mapped import FIELDS
from trenddojo.statements.lines import CashLine, FillLine

every = pytest.mark.parametrize("name", EXAMPLES)
IN_SECTIONS = ("thinkorswim", "ibkr_activity")
"""The formats whose sections have headers of their own."""
_BARE = {
    "schwab_transactions": {1, 2},
    "schwab_lots": {1, 2},
    "thinkorswim": {1, 3, 4, 16, 19, 23, 24, 32, 33, 38, 39, 43},
    "ibkr_activity": {1, 2, 3, 4, 5, 6, 7, 8, 15, 19, 25, 28, 32, 35, 38, 41, 44, 48, 51, 52, 53},
}
"""The lines of titles above a table and of headers, of which nothing is said; line 1 elsewhere."""


@every
def test_a_file_is_known_as_its_own_format_and_no_other(name: str) -> None:
    assert given.recognised(EXAMPLES[name]) == name
    assert given.claimants(EXAMPLES[name]) == [name]


@every
@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp1252"])
def test_whatever_it_was_saved_as(name: str, encoding: str) -> None:
    content = EXAMPLES[name].lstrip("\ufeff")
    assert given.recognised(content.encode(encoding)) == name
    assert given.read(registry.named(name), content.encode(encoding)) == given.read(registry.named(name), content)


@every
@pytest.mark.parametrize("delimiter", [";", "\t"])
def test_whatever_is_between_its_cells(name: str, delimiter: str) -> None:
    content = "\n".join(delimiter.join(cells) for cells in _rows(EXAMPLES[name]))
    assert given.recognised(content) == name


@pytest.mark.parametrize("name", [name for name in EXAMPLES if name not in IN_SECTIONS])
def test_its_columns_may_stand_in_any_order_and_case(name: str) -> None:
    turned = "\n".join('","'.join(reversed(cells)).join('""') for cells in _rows(EXAMPLES[name])).upper()
    assert given.recognised(turned) == name


@every
def test_every_line_is_said_skipped_or_refused(name: str) -> None:
    lines = {line.line for line in given.read(registry.named(name), EXAMPLES[name])}
    written = {at for at, text in enumerate(EXAMPLES[name].splitlines(), start=1) if text.strip()}
    inside = {3} if name == "tradervue_trades" else set()  # the second line of a note
    assert written - lines - inside == _BARE.get(name, {1})


def test_an_unknown_file_is_nobodys() -> None:
    assert given.recognised(MAPPED) == ""
    assert given.recognised("hello\nworld\n") == ""
    assert set(MAPPED_COLUMNS) <= set(FIELDS)


def test_the_names_of_formats_are_their_own() -> None:
    assert len({one.name for one in registry.FORMATS}) == len(registry.FORMATS)


def _rows(content: str) -> list[list[str]]:
    return [[" ".join(cell.split()) for cell in row] for row in csv.reader(content.splitlines()) if row]


@every
def test_the_two_columns_of_a_mended_file_are_read_over(name: str) -> None:
    """As the file of refused lines has them: on headers and lines, and not on titles."""
    with io.StringIO(newline="") as file:
        csv.writer(file).writerows(
            [[*row, "7", "why"] if sum(map(bool, row)) > 1 else row for row in _rows(EXAMPLES[name])]
        )
        mended = file.getvalue()
    assert given.recognised(mended) == name
    found = registry.named(name)
    plain = io.StringIO()
    csv.writer(plain).writerows(_rows(EXAMPLES[name]))
    before, after = given.read(found, plain.getvalue()), given.read(found, mended)
    assert given.of(FillLine, after) == given.of(FillLine, before)
    assert given.of(CashLine, after) == given.of(CashLine, before)
    assert len(after) == len(before)
