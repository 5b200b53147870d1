"""Files of past prices, as people take them from a chart or a data site, read line by line within fixed bounds.

The first line names the columns, in any order; letters, brackets and spaces around the names do not matter. Names as
they are met: Yahoo `Date,Open,High,Low,Close,Adj Close,Volume`; Stooq `Date,Open,High,Low,Close,Volume` and, in its
archives, `<DATE>,<TIME>,<OPEN>,<HIGH>,<LOW>,<CLOSE>,<VOL>`; TradingView `time,open,high,low,close,Volume` with seconds
since 1970 or ISO 8601; Alpaca `timestamp` or `t,o,h,l,c,v`. Commas, semicolons or tabs stand between them.
"""

import csv
import re
from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import IO
from zoneinfo import ZoneInfo

from trenddojo.domain.bars import Bar
from trenddojo.domain.money import DIGITS, PRICE_PLACES, rounded
from trenddojo.domain.terms import Timeframe

LONGEST_LINE = 2_000
MOST_LINES = 200_000
"""About 30 years of hours of a market that never closes."""
_NAMES: Mapping[str, tuple[str, ...]] = {
    "date": ("date", "day"),
    "time": ("time", "datetime", "date/time", "timestamp", "t"),
    "open": ("open", "o"),
    "high": ("high", "h"),
    "low": ("low", "l"),
    "close": ("close", "close/last", "last", "c"),
    "volume": ("volume", "vol", "v"),
}
_PRICES = ("open", "high", "low", "close")
_NUMBER = re.compile(rf"\d{{1,{DIGITS - PRICE_PLACES}}}(\.\d{{1,20}})?", re.ASCII)
_VOLUME = re.compile(rf"\d{{1,{DIGITS}}}(\.\d{{1,20}})?", re.ASCII)
_SECONDS = re.compile(r"\d{9,10}(\.0+)?", re.ASCII)
_MILLISECONDS = re.compile(r"\d{12,13}", re.ASCII)
_COMPACT = re.compile(r"(\d{4})(\d\d)(\d\d)", re.ASCII)
_AMERICAN = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})", re.ASCII)
_CLOCK = re.compile(r"(\d{1,2}):?(\d\d)(?::?(\d\d))?", re.ASCII)


class BadFile(ValueError):
    """The file is no table of prices; the sentence says why."""


class BadLine(ValueError):
    """A line cannot be read; the sentence says why."""


@dataclass(frozen=True, slots=True)
class Refused:
    """A line that is not taken, counted from 1, and why."""

    line: int
    why: str


@dataclass(frozen=True, slots=True)
class Kind:
    """What the bars of a file are: how long, and in which zone their days begin and their clock times are written."""

    timeframe: Timeframe
    zone: ZoneInfo


def read_bars(file: IO[bytes], kind: Kind, now: datetime) -> Iterator[Bar | Refused]:
    """The bars of a file in its order, and each line that is refused. Raises BadFile where its head is none of prices.

    A bar later than `now` is refused, and the second one of a time.
    """
    lines = _lines(file)
    head = next(lines, "")
    delimiter = max(",;\t", key=head.count)
    columns = _columns(_cells(head, delimiter))
    seen: set[datetime] = set()
    for number, line in enumerate(lines, start=2):
        if not line.strip():
            continue
        try:
            bar = _bar(dict(zip(columns, _cells(line, delimiter), strict=False)), kind)
            _check_time(bar, seen, now)
        except BadLine as error:
            yield Refused(number, str(error))
            continue
        seen.add(bar.start)
        yield bar


def _check_time(bar: Bar, seen: Container[datetime], now: datetime) -> None:
    if bar.start > now:
        raise BadLine("It lies in the future.")
    if bar.start in seen:
        raise BadLine("Its time is in the file twice.")


def _lines(file: IO[bytes]) -> Iterator[str]:
    number = 0
    while raw := file.readline(LONGEST_LINE + 1):
        number += 1
        if len(raw) > LONGEST_LINE:
            raise BadFile(f"Line {number} is longer than {LONGEST_LINE:,} characters.")
        if number > MOST_LINES:
            raise BadFile(f"There are more than {MOST_LINES:,} lines.")
        yield _text(raw.removeprefix(b"\xef\xbb\xbf"), number)


def _text(raw: bytes, number: int) -> str:
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        text = "\0"
    if "\0" in text:
        raise BadFile(f"Line {number} is not plain text. Save the prices as CSV.")
    return text.rstrip("\r\n")


def _cells(line: str, delimiter: str) -> list[str]:
    return [cell.strip() for cell in next(csv.reader([line], delimiter=delimiter), [])]


def _columns(heads: list[str]) -> list[str]:
    """What each column is called here, empty for one that is not read. Raises BadFile for one that is missing."""
    known = {name: column for column, names in _NAMES.items() for name in names}
    found = [known.get(head.strip("<>[] ").casefold(), "") for head in heads]
    twice = next((one for one in found if one and found.count(one) > 1), None)
    missing = [one for one in _PRICES if one not in found]
    if not {"date", "time"} & set(found):
        missing.insert(0, "date")
    if len(missing) > len(_PRICES):
        raise BadFile("Line 1 should name the columns: date, open, high, low, close and volume.")
    if missing:
        raise BadFile(f"Line 1 names no column for {' and '.join(missing)}.")
    if twice:
        raise BadFile(f"Line 1 names two columns for {twice}.")
    return found


def _bar(cells: Mapping[str, str], kind: Kind) -> Bar:
    start = _start(cells.get("date", ""), cells.get("time", ""), kind)
    opened, high, low, close = (_price(cells.get(name, ""), name) for name in _PRICES)
    if not 0 < low <= min(opened, close) or high < max(opened, close):
        raise BadLine("Its prices are out of order: the low is above, or the high below, one of the others.")
    return Bar(kind.timeframe, start, opened, high, low, close, _volume(cells.get("volume", "")))


def _price(text: str, name: str) -> Decimal:
    number = text.removeprefix("$").replace(",", "")
    if not _NUMBER.fullmatch(number):
        raise BadLine(f"Its {name} is no price." if text else f"It has no {name}.")
    return rounded(Decimal(number), PRICE_PLACES)


def _volume(text: str) -> int | None:
    """Whole units; sites tell fractions of a cryptocurrency's, and nothing of an index's."""
    number = text.replace(",", "")
    if not number or number.casefold() in ("null", "nan", "n/a"):
        return None
    if not _VOLUME.fullmatch(number):
        raise BadLine("Its volume is no number.")
    return int(Decimal(number))


# ---- times


def _start(day: str, clock: str, kind: Kind) -> datetime:
    """When a bar begins: that of a day at midnight in the zone, whatever clock time stands beside it."""
    at = _written(f"{day} {clock}".strip(), kind.zone)
    if kind.timeframe is Timeframe.DAY:
        return datetime.combine(_date(at, kind.zone), time(), kind.zone).astimezone(UTC)
    if isinstance(at, datetime):
        return at.astimezone(UTC)
    raise BadLine("It has a date and no time of day, which bars of an hour need.")


def _date(at: date | datetime, zone: ZoneInfo) -> date:
    """The date where the market is; midnight UTC is a date that somebody wrote as a moment."""
    if not isinstance(at, datetime):
        return at
    in_utc = at.astimezone(UTC)
    return in_utc.date() if in_utc.time() == time() else at.astimezone(zone).date()


def _written(text: str, zone: ZoneInfo) -> date | datetime:
    """A date, or a moment with its zone: ISO 8601, YYYYMMDD, MM/DD/YYYY, or seconds or milliseconds since 1970."""
    try:
        if _SECONDS.fullmatch(text):
            return datetime.fromtimestamp(float(text), UTC)
        if _MILLISECONDS.fullmatch(text):
            return datetime.fromtimestamp(int(text) / 1000, UTC)
        return _calendar(text, zone)
    except (ValueError, OverflowError, OSError):
        raise BadLine("Its date cannot be read. Write it as 2026-11-19." if text else "It has no date.") from None


def _calendar(text: str, zone: ZoneInfo) -> date | datetime:
    day, _, clock = text.replace("T", " ", 1).partition(" ")
    on = _day(day)
    if not clock.strip():
        return on
    if plain := _CLOCK.fullmatch(clock.strip()):
        hour, minute, second = (int(part or 0) for part in plain.groups())
        return datetime.combine(on, time(hour, minute, second), zone)
    at = datetime.fromisoformat(f"{on}T{clock.strip().replace(' ', '')}")
    return at if at.tzinfo else at.replace(tzinfo=zone)


def _day(text: str) -> date:
    if compact := _COMPACT.fullmatch(text):
        return date(*(int(part) for part in compact.groups()))
    if american := _AMERICAN.fullmatch(text):
        month, day, year = (int(part) for part in american.groups())
        return date(year, month, day)
    return date.fromisoformat(text)
