"""Cells become exact values, or a sentence that says why not; nothing is guessed and nothing rounded in silence."""

import re
from datetime import date, datetime, time
from decimal import Decimal

from trenddojo.domain.money import DIGITS
from trenddojo.statements.format import DateOrder, Options

NOON = time(12)
"""Where a fill stands whose clock time nobody told (rule 5 of docs/NUMBERS.md)."""

_PLAIN = re.compile(r"\d{1,3}(,\d{3})+(\.\d+)?|\d+(\.\d*)?|\.\d+", re.ASCII)
_EURO = re.compile(r"\d{1,3}(\.\d{3})+(,\d+)?|\d+,\d+", re.ASCII)
_MINUSES = "-\u2212\u2013"
_CURRENCY = "$€£¥"


class BadValue(ValueError):
    """A cell that is not what its column is for; the sentence is for the line's refusal."""


def number(text: str, name: str, *, comma: bool = False) -> Decimal:
    """An amount such as "$1,234.50", "(12.00)", "-3", "5-" or "+7"; with `comma`, "1.234,50".

    `name` is the column's, for the sentence. Raises BadValue for anything else, and for more digits than are kept.
    """
    bare = text.strip()
    negative = bare.startswith("(") and bare.endswith(")")
    bare = bare[1:-1] if negative else bare
    for sign in bare[:1], bare[-1:]:
        if sign and sign in _MINUSES:
            negative, bare = not negative, bare.strip(_MINUSES)
            break
    bare = bare.lstrip("+").strip().strip(_CURRENCY).strip()
    for sign in _MINUSES:  # "$-5.00"
        if bare.startswith(sign):
            negative, bare = not negative, bare[1:]
    found = Decimal(_without_separators(bare, text, name, comma))
    if len(found.as_tuple().digits) > DIGITS:
        raise BadValue(f"{name}: {_shown(text)} has more digits than are kept ({DIGITS}).")
    return -found if negative else found


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
    """A date: ISO and 20240131 whatever the order, else three numbers in it. Raises BadValue."""
    bare = text.strip()
    if re.fullmatch(r"\d{8}", bare, re.ASCII):
        parts = (bare[:4], bare[4:6], bare[6:])
    elif re.fullmatch(r"\d{4}[-/.]\d{1,2}[-/.]\d{1,2}", bare, re.ASCII):
        parts = tuple(re.split(r"[-/.]", bare))  # type: ignore[assignment]
    elif re.fullmatch(r"\d{1,2}[-/.]\d{1,2}[-/.](\d\d|\d{4})", bare, re.ASCII) and order is not DateOrder.YEAR_FIRST:
        one, two, year = re.split(r"[-/.]", bare)
        year = year if len(year) == 4 else f"20{year}"
        parts = (year, one, two) if order is DateOrder.MONTH_FIRST else (year, two, one)
    else:
        raise BadValue(f"{name}: {_shown(text)} is not a date.")
    try:
        return date(*map(int, parts))
    except ValueError:
        raise BadValue(f"{name}: {_shown(text)} is not a date of the calendar.") from None


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
