"""Dates and clock times in every form that a Flex query can be set to, and the zone where one stands behind them.

Source: IBKR, "General Configuration" of Flex queries: dates yyyyMMdd, yyyy-MM-dd, MM/dd/yyyy, MM/dd/yy, dd/MM/yyyy,
dd/MM/yy, dd-MMM-yy; times HHmmss, HH:mm:ss; between them a semicolon, a comma, a space, a T or nothing.
"""

import re
from datetime import date, datetime, time, timedelta, timezone, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo

from trenddojo.domain.zones import zone_names
from trenddojo.statements.format import DateOrder, Options
from trenddojo.statements.instants import NEW_YORK
from trenddojo.statements.reading import dated
from trenddojo.statements.values import BadValue, clock, moment

_FORM = re.compile(
    r"(\d{8}|\d{4}-\d\d-\d\d|\d{1,2}/\d{1,2}/\d{2,4}|\d{1,2}-[A-Za-z]{3}-\d{2,4})"
    r"(?:(?:[;,T ] ?)?(\d\d:?\d\d:?\d\d))?(?: ?([A-Za-z][\w/+-]*|[+-]\d\d:?\d\d))?",
    re.ASCII,
)
_HOURS = {
    "CDT": -5, "MST": -7, "MDT": -6, "PST": -8, "PDT": -7,
    "GMT": 0, "UTC": 0, "Z": 0, "WET": 0, "WEST": 1, "CET": 1, "CEST": 2, "EET": 2, "EEST": 3,
    "HKT": 8, "SGT": 8, "JST": 9, "AEST": 10, "AEDT": 11,
}  # fmt: skip
"""Abbreviations that mean one offset only, in hours east of Greenwich; CST, BST and IST mean several."""
_NEW_YORK = ("EST", "EDT")
"""The clocks of New York: brokers write either the whole year round."""


def instant(text: str, name: str, options: Options) -> tuple[datetime, bool]:
    """An instant such as "20240105;093000" or "2024-01-05, 09:30:00 EST", and whether only its date is told.

    `name` is the field's, for the sentence. Raises BadValue.
    """
    found = _FORM.fullmatch(text.strip())
    if found is None:
        raise BadValue(f"{name}: “{text.strip()[:60]}” is not a date.")
    on = dated(found[1], name, options.date_order or DateOrder.YEAR_FIRST)
    at = clock(found[2], name) if found[2] else None
    if found[3] and at is not None:
        is_second = found[3] == "EST"
        return datetime.combine(on, at, _zone(found[3], name)).replace(fold=is_second), False
    return moment(on, at, options)


def slashed(text: str) -> str | None:
    """The date of a text where it is one such as 03/04/2024, whose order nobody can know from itself."""
    found = _FORM.fullmatch(text.strip()) if "/" in text else None
    return found[1] if found and "/" in found[1] else None


def date_of(text: str, name: str, options: Options) -> date:
    """The date of a field that may hold a clock time too. Raises BadValue."""
    return instant(text, name, options)[0].date()


def together(on: str, at: str) -> str:
    """A date and a clock time of two fields as the text of one."""
    return f"{on} {at}" if on and at else on


def day_after_close(text: str, name: str, options: Options) -> date:
    """The first day that something told at this time counts for: from 16:00 on it is the next. Raises BadValue."""
    at, is_dated = instant(text, name, options)
    is_late = not is_dated and at.time() >= time(16)
    return at.date() + timedelta(days=1) if is_late else at.date()


@lru_cache(maxsize=64)
def _zone(text: str, name: str) -> tzinfo:
    if text in _NEW_YORK:
        return NEW_YORK
    if text in _HOURS:
        return timezone(timedelta(hours=_HOURS[text]))
    if text[0] in "+-":
        digits = text[1:].replace(":", "")
        hours = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
        if hours < timedelta(days=1):
            return timezone(-hours if text[0] == "-" else hours)
    if text in zone_names():
        return ZoneInfo(text)
    raise BadValue(f"{name}: “{text[:60]}” is no time zone that is known here.")
