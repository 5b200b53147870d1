"""Dates with clock times in one cell, as exports write them, and when that was."""

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from decimal import Decimal
from types import MappingProxyType
from zoneinfo import ZoneInfo

from trenddojo.statements.format import DateOrder, Options
from trenddojo.statements.reading import dated
from trenddojo.statements.values import BadValue, clock, moment

NEW_YORK = ZoneInfo("America/New_York")

_EPOCH = re.compile(r"(\d{10})(?:\.(\d{1,6})\d*)?|(\d{13})", re.ASCII)
_TOGETHER = re.compile(r"(\d{8})(\d{6})", re.ASCII)
_PARTS = re.compile(r"(\S+?)(?:(?:T|[ ,;]\s*)(\d{1,2}:?\d\d.*))?")
_OFFSET = re.compile(r"(.*?\d(?:\s*[AaPp][Mm])?)\s*(?:([+-])(\d\d):?(\d\d)?|([A-Za-z]{1,4}))", re.ASCII)
_HALVES = ("AM", "PM")
_LONGEST = 64
"""Characters of a date with a clock time; what is longer is none, and not worth a search."""
_ZONES: Mapping[str, tuple[tzinfo, int]] = MappingProxyType(
    {
        "Z": (UTC, 0),
        "UTC": (UTC, 0),
        "GMT": (UTC, 0),
        "ET": (NEW_YORK, 0),
        "EDT": (NEW_YORK, 0),
        "EST": (NEW_YORK, 1),
    }
)
"""Zones that a clock time may name, and which of the two it is of the hour that comes twice.

EST and EDT both are the clocks of New York: brokers write either the whole year round.
"""


def instant(text: str, name: str, order: DateOrder, options: Options) -> tuple[datetime, bool]:
    """When that was, and whether only the date is told (rule 5 of docs/NUMBERS.md).

    A date in one of the three orders, with a clock time or without, with an offset, "Z", "UTC", "EST" or "EDT" or
    in the file's zone; or seconds or milliseconds since 1970. `name` is the column's. Raises BadValue.
    """
    bare = text.strip()
    if found := _EPOCH.fullmatch(bare):
        return _since_1970(found), False
    if found := _TOGETHER.fullmatch(bare):
        return _at(found[1], found[2], name, order, options)
    parts = _PARTS.fullmatch(bare) if len(bare) <= _LONGEST else None
    if parts is None:
        raise BadValue(f"{name}: “{bare[:60]}” is no date." if bare else f"{name}: the date is missing.")
    return _at(parts[1], parts[2] or "", name, order, options)


def instant_of(on: str, at: str, name: str, order: DateOrder, options: Options) -> tuple[datetime, bool]:
    """The same of a date and a clock time, which may be empty, in cells of their own."""
    return _at(on.strip(), at.strip(), name, order, options)


def names_zone(text: str) -> bool:
    """Whether a date with a clock time says of itself which zone's it is."""
    parts = _PARTS.fullmatch(text.strip()) if len(text) <= _LONGEST else None
    found = _OFFSET.fullmatch(parts[2].strip()) if parts and parts[2] else None
    return found is not None and (found[5] or "").upper() not in _HALVES


def _since_1970(found: re.Match[str]) -> datetime:
    start = datetime(1970, 1, 1, tzinfo=UTC)
    if found[3]:
        return start + timedelta(milliseconds=int(found[3]))
    return start + timedelta(seconds=int(found[1]), microseconds=int(Decimal(f"0.{found[2] or 0}") * 1_000_000))


def _at(on: str, at: str, name: str, order: DateOrder, options: Options) -> tuple[datetime, bool]:
    day = dated(on, name, order)
    if not at:
        return moment(day, None, options)
    if len(at) > _LONGEST:
        raise BadValue(f"{name}: “{at[:60]}” is not a clock time.")
    found = _OFFSET.fullmatch(at)
    if found is None or (found[5] or "").upper() in _HALVES:
        return moment(day, clock(at, name), options)
    return _in_zone(day, clock(found[1], name), found, name), False


def _in_zone(day: date, at: time, found: re.Match[str], name: str) -> datetime:
    if found[5]:
        if found[5].upper() not in _ZONES:
            raise BadValue(f"{name}: “{found[5]}” is no time zone known here. Write an offset, such as -05:00.")
        zone, fold = _ZONES[found[5].upper()]
        return datetime.combine(day, at, zone).replace(fold=fold)
    offset = timedelta(hours=int(found[3]), minutes=int(found[4] or 0))
    if offset >= timedelta(hours=24):
        raise BadValue(f"{name}: the offset is not one of a time zone.")
    return datetime.combine(day, at, timezone(-offset if found[2] == "-" else offset))
