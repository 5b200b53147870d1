"""The files of reference rates that the European Central Bank publishes, read line by line within fixed bounds.

Both its files are plain text with commas, also one after the last value: a header `Date` and currency codes, then one
line a date with what one euro is worth of each. `eurofxref.csv` has one date, written "10 February 2023", and spaces
after its commas; `eurofxref-hist.csv` has all since 1999, written 2023-02-10, the newest first, with `N/A` where a
currency was not quoted.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import IO

from trenddojo.domain.money import DIGITS, FX_PLACES, rounded

BASE = "EUR"
NOT_QUOTED = "N/A"
LONGEST_LINE = 2_000
MOST_CURRENCIES = 100
MOST_LINES = 20_000
"""About three times what the ECB has published since 1999."""
_FIRST_DAY = date(1999, 1, 1)  # there was no euro before
_CODE = re.compile(r"[A-Z]{3}")
_RATE = re.compile(rf"\d{{1,{DIGITS - FX_PLACES}}}(\.\d{{1,{FX_PLACES}}})?", re.ASCII)
_ISO = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_LONG = re.compile(r"(\d{1,2}) ([A-Z][a-z]{2,8}) (\d{4})", re.ASCII)
_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip


class BadFile(ValueError):
    """The file is not one of the ECB's; `sentence` says why, `line` where, counted from 1 (0: the file as a whole)."""

    def __init__(self, sentence: str, line: int = 0) -> None:
        super().__init__(sentence)
        self.sentence, self.line = sentence, line

    def __str__(self) -> str:
        return f"Line {self.line}: {self.sentence}" if self.line else self.sentence


@dataclass(frozen=True, slots=True)
class DayRates:
    """What one euro was worth on a date, by currency."""

    on: date
    rates: Mapping[str, Decimal]


def read_days(file: IO[bytes], today: date) -> Iterator[DayRates]:
    """The dates of a file in its order. Raises BadFile for whatever does not belong there, at the first such line."""
    lines = _lines(file)
    currencies = _header(next(lines, ""))
    seen: set[date] = set()
    for number, line in enumerate(lines, start=2):
        if not line:
            continue
        day = _day(line, currencies, number, today)
        if day.on in seen:
            raise BadFile(f"{day.on} is in the file twice.", number)
        seen.add(day.on)
        yield day
    if not seen:
        raise BadFile("There is no line of rates after the header.")


def _lines(file: IO[bytes]) -> Iterator[str]:
    number = 0
    while raw := file.readline(LONGEST_LINE + 1):
        number += 1
        if len(raw) > LONGEST_LINE:
            raise BadFile(f"It is longer than {LONGEST_LINE:,} characters, as no line of the ECB's is.", number)
        if number > MOST_LINES:
            raise BadFile(f"There are more than {MOST_LINES:,} lines.", number)
        yield _text(raw.removeprefix(b"\xef\xbb\xbf") if number == 1 else raw, number)


def _text(raw: bytes, number: int) -> str:
    if not raw.isascii() or b"\0" in raw:
        raise BadFile("It is not plain text. Take the CSV file or the zip file as the ECB offers it.", number)
    return raw.decode("ascii").strip()


def _cells(line: str) -> list[str]:
    cells = [cell.strip() for cell in line.split(",")]
    return cells[:-1] if cells[-1] == "" else cells


def _header(line: str) -> list[str]:
    head, *currencies = _cells(line) or [""]
    if head != "Date" or not currencies:
        raise BadFile("It does not begin with the header of the ECB's files: Date, USD, JPY, ...", 1)
    for code in currencies:
        if not _CODE.fullmatch(code) or code == BASE:
            raise BadFile(f"{_shown(code)} in the header is no currency that a euro could be worth something of.", 1)
    if len(set(currencies)) < len(currencies) or len(currencies) > MOST_CURRENCIES:
        raise BadFile(f"The header names a currency twice, or more than {MOST_CURRENCIES}.", 1)
    return currencies


def _day(line: str, currencies: list[str], number: int, today: date) -> DayRates:
    told, *cells = _cells(line) or [""]
    on = _date(told)
    if on is None:
        raise BadFile(f"{_shown(told)} is no date such as 2023-02-10 or 10 February 2023.", number)
    if not _FIRST_DAY <= on <= today:
        raise BadFile(f"{on} is {'in the future' if on > today else 'before there was a euro'}.", number)
    if len(cells) != len(currencies):
        raise BadFile(f"It has {len(cells)} values, and the header {len(currencies)} currencies.", number)
    pairs = zip(currencies, cells, strict=True)
    return DayRates(on, {code: _rate(cell, code, number) for code, cell in pairs if cell != NOT_QUOTED})


def _rate(cell: str, code: str, number: int) -> Decimal:
    if not _RATE.fullmatch(cell) or not Decimal(cell):
        raise BadFile(f"{_shown(cell)} is no rate of {code}.", number)
    return rounded(Decimal(cell), FX_PLACES)


def _date(text: str) -> date | None:
    try:
        if _ISO.fullmatch(text):
            return date.fromisoformat(text)
        found = _LONG.fullmatch(text)
        return date(int(found[3]), _MONTHS.index(found[2]) + 1, int(found[1])) if found else None
    except ValueError:
        return None


def _shown(text: str) -> str:
    """What stands there, shortened, in quotation marks."""
    return f"“{text[:20]}{'…' if len(text) > 20 else ''}”"
