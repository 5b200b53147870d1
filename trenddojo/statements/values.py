"""Cells become exact values, or a sentence that says why not; nothing is guessed and nothing rounded in silence."""

import re
from datetime import date, datetime, time
from decimal import Decimal

from trenddojo.domain.money import DIGITS
from trenddojo.statements.format import DateOrder, Options

NOON = time(12)
"""Where a fill stands whose clock time nobody told (rule 5 of docs/NUMBERS.md)."""

_USUAL = re.compile(r"-?\d{1,12}(\.\d{1,6})?", re.ASCII)
"""What nearly every cell is, read without more ado."""
_PLAIN = re.compile(r"\d{1,3}(,\d{3})+(\.\d+)?|\d+(\.\d*)?(E[+-]?\d{1,2})?|\.\d+", re.ASCII | re.IGNORECASE)
_EURO = re.compile(r"\d{1,3}(\.\d{3})+(,\d+)?|\d+,\d+", re.ASCII)
_SIGNS = "-+\u2212\u2013"
_SHAPE = re.compile(
    rf"(\()?([{_SIGNS}])? ?[$€£¥]? ?([{_SIGNS}])?([\d.,]+(?:E[-+]?\d+)?) ?[$€£¥]?([{_SIGNS}])?(\))?", re.IGNORECASE
)
"""Brackets, signs and a currency's around the digits: one of the signs at most counts."""
_FINEST = -30
"""Decimal places beyond which a number is none of this world."""
_FIRST_YEAR, _LAST_YEAR = 1900, 2199
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


class BadValue(ValueError):
    """A cell that is not what its column is for; the sentence is for the line's refusal."""


def number(text: str, name: str, *, comma: bool = False) -> Decimal:
    """An amount such as "$1,234.50", "(12.00)", "-3", "5-", "+7" or "1.0E-4"; with `comma`, "1.234,50".

    `name` is the column's, for the sentence. Raises BadValue for anything else, and for more digits than are kept.
    """
    if _USUAL.fullmatch(text) and not comma:
        return Decimal(text)
    shape = _SHAPE.fullmatch(text.strip())
    if shape is None or bool(shape[1]) != bool(shape[6]):
        raise BadValue(f"{name}: {_shown(text)} is not a number.")
    signs = [one for one in shape.group(1, 2, 3, 5) if one]
    if len(signs) > 1:
        raise BadValue(f"{name}: {_shown(text)} has two signs.")
    found = Decimal(_without_separators(shape[4], text, name, comma))
    parts = found.as_tuple()
    if max(len(parts.digits), found.adjusted() + 1) > DIGITS or int(parts.exponent) < _FINEST:
        raise BadValue(f"{name}: {_shown(text)} has more digits than are kept ({DIGITS}).")
    return -found if signs and signs[0] != "+" else found


def _without_separators(bare: str, text: str, name: str, comma: bool) -> str:
    if comma and _EURO.fullmatch(bare):
        return bare.replace(".", "").replace(",", ".")
    if not _PLAIN.fullmatch(bare):
        raise BadValue(f"{name}: {_shown(text)} is not a number.")
    return bare.replace(",", "")


def amount(text: str, name: str) -> Decimal | None:
    """The same of a cell that may be empty, or hold a dash: then None."""
    return None if text.strip() in ("", "--", "-", "N/A", "n/a") else number(text, name)


def day(text: str, name: str, order: DateOrder = DateOrder.YEAR_FIRST) -> date:
    """A date: ISO, 20240131 and 31-Jan-24 whatever the order, else three numbers in it. Raises BadValue."""
    bare = text.strip()
    if re.fullmatch(r"\d{8}", bare, re.ASCII):
        parts = (bare[:4], bare[4:6], bare[6:])
    elif re.fullmatch(r"\d{4}[-/.]\d{1,2}[-/.]\d{1,2}", bare, re.ASCII):
        parts = tuple(re.split(r"[-/.]", bare))  # type: ignore[assignment]
    elif re.fullmatch(r"\d{1,2}[-/.]\d{1,2}[-/.](\d\d|\d{4})", bare, re.ASCII) and order is not DateOrder.YEAR_FIRST:
        one, two, year = re.split(r"[-/.]", bare)
        year = _full(year)
        parts = (year, one, two) if order is DateOrder.MONTH_FIRST else (year, two, one)
    elif found := re.fullmatch(r"(\d{1,2})[- ]?([A-Za-z]{3})[- ]?(\d\d|\d{4})", bare, re.ASCII):
        month = found[2].lower()
        parts = (_full(found[3]), str(_MONTHS.index(month) + 1) if month in _MONTHS else "0", found[1])
    else:
        raise BadValue(f"{name}: {_shown(text)} is not a date.")
    try:
        found_day = date(*map(int, parts))
    except ValueError:
        raise BadValue(f"{name}: {_shown(text)} is not a date of the calendar.") from None
    if not _FIRST_YEAR <= found_day.year <= _LAST_YEAR:
        raise BadValue(f"{name}: {_shown(text)} is not of our time.")
    return found_day


def _full(year: str) -> str:
    return year if len(year) == 4 else f"20{year}"


def clock(text: str, name: str) -> time:
    """A clock time: 093000, 9:30, 09:30:00, 9:30:00 PM, with fractions of a second. Raises BadValue."""
    found = re.fullmatch(r"(\d{1,2}):?(\d\d)(?::?(\d\d)(?:\.(\d{1,6})\d*)?)?\s*([AaPp][Mm])?", text.strip(), re.ASCII)
    if found is None:
        raise BadValue(f"{name}: {_shown(text)} is not a clock time.")
    hour, minute, second, fraction, half = found.groups()
    hours = int(hour) % 12 + (12 if half.upper() == "PM" else 0) if half else int(hour)
    try:
        return time(hours, int(minute), int(second or 0), int((fraction or "0").ljust(6, "0")))
    except ValueError:
        raise BadValue(f"{name}: {_shown(text)} is not a clock time.") from None


def moment(on: date, at: time | None, options: Options) -> tuple[datetime, bool]:
    """An instant of a date and clock time of the file's zone, and whether only the date was told.

    Such a fill stands at noon of the account's zone. Of an hour that a clock shows twice the first is meant.
    """
    if at is None:
        return datetime.combine(on, NOON, options.account_zone), True
    return datetime.combine(on, at, options.zone), False


def _shown(text: str) -> str:
    return f"“{text.strip()[:60]}”" if text.strip() else "an empty cell"
