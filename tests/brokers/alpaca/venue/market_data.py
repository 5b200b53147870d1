"""Market data as the data host tells it: JSON numbers, one-letter names."""

from dataclasses import replace
from datetime import datetime, time, timedelta
from decimal import Decimal
from itertools import groupby
from math import prod
from typing import Any

from tests.brokers.alpaca.venue import hours
from tests.brokers.alpaca.venue.assets import CRYPTO
from tests.brokers.alpaca.venue.prices import Prices
from tests.brokers.alpaca.venue.times import NEW_YORK, exact, short
from trenddojo.brokers.simulator.intervals import Split
from trenddojo.brokers.types import Bar, Timeframe

Document = dict[str, Any]
_MINUTE, _DAY = timedelta(minutes=1), timedelta(days=1)
_SIZE = 100


def number(value: Decimal) -> float | int:
    return int(value) if value == value.to_integral_value() else float(value)


class MarketData:
    """What is known of a symbol's trading at the venue's clock."""

    def __init__(self, prices: Prices) -> None:
        self._prices = prices

    def knows(self, symbol: str) -> bool:
        return self._prices.knows(symbol)

    def trade(self, symbol: str, now: datetime) -> Document:
        at = _last_instant(symbol, now)
        return trade_document(symbol, self._prices.price(symbol), at)

    def quote(self, symbol: str, now: datetime) -> Document:
        quote = self._prices.quote(symbol)
        return quote_document(symbol, quote.bid, quote.ask, _last_instant(symbol, now))

    def bar(self, symbol: str, now: datetime) -> Document | None:
        """The last minute."""
        at = _last_instant(symbol, now)
        bars = self.bars(symbol, "1Min", at - 2 * _MINUTE, at, now)
        return bars[-1] if bars else None

    def snapshot(self, symbol: str, now: datetime) -> Document:
        days = self.bars(symbol, "1Day", now - 10 * _DAY, now, now)
        told = {
            "latestTrade": self.trade(symbol, now),
            "latestQuote": self.quote(symbol, now),
            "minuteBar": self.bar(symbol, now),
            "dailyBar": self._with_fixed(symbol, days[-1]) if days else None,
            "prevDailyBar": days[-2] if len(days) > 1 else None,
        }
        return {name: value for name, value in told.items() if value is not None}

    def bars(
        self, symbol: str, timeframe: str, start: datetime, end: datetime, now: datetime, adjustment: str = "raw"
    ) -> list[Document]:
        """Those that begin from `start` to `end`, both included, and not after now; the last may be unfinished."""
        count, unit = read_timeframe(timeframe)
        is_daily = unit in _LONG
        source = Timeframe.DAY if is_daily else Timeframe.MINUTE
        first = _floor(start, count, unit, symbol)
        last = min(_next(end, count, unit), now)
        found = self._prices.bars(symbol, source, first, last) if first < last else []
        if adjustment in ("split", "all"):
            splits = self._prices.splits(symbol, first)
            found = [_adjusted(bar, splits) for bar in found]
        grouped = groupby(found, key=lambda bar: _floor(bar.at, count, unit, symbol))
        return [_joined(at, list(bars)) for at, bars in grouped if start <= at <= end]

    def _with_fixed(self, symbol: str, day: Document) -> Document:
        fixed = self._prices.fixed(symbol)
        if fixed is None:
            return day
        price = number(fixed)
        return day | {"c": price, "h": max(day["h"], price), "l": min(day["l"], price)}


def trade_document(symbol: str, price: Decimal, at: datetime, size: int = _SIZE) -> Document:
    told = {"t": exact(at), "p": number(price), "s": size}
    if symbol in CRYPTO:
        return told | {"i": 1, "tks": "B"}
    return told | {"x": "V", "i": 1, "c": ["@"], "z": "C"}


def quote_document(symbol: str, bid: Decimal, ask: Decimal, at: datetime, size: int = _SIZE) -> Document:
    told = {"t": exact(at), "bp": number(bid), "bs": size, "ap": number(ask), "as": size}
    return told if symbol in CRYPTO else told | {"bx": "V", "ax": "V", "c": ["R"], "z": "C"}


_SHORT = {"Min": 59, "T": 59, "Hour": 23, "H": 23}
_LONG = {"Day": 1, "D": 1, "Week": 1, "W": 1, "Month": 12, "M": 12}


def read_timeframe(text: str) -> tuple[int, str]:
    """5Min as (5, "Min"). Raises ValueError."""
    digits = text.rstrip("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
    unit = text[len(digits) :]
    count = int(digits or "0")
    if not 1 <= count <= (_SHORT | _LONG).get(unit, 0) or (unit in ("Month", "M") and 12 % count):
        raise ValueError(text)
    return count, unit


def _floor(at: datetime, count: int, unit: str, symbol: str) -> datetime:
    """When the bar of an instant begins: by the clock for minutes and hours, by Eastern days for the rest."""
    local = at.astimezone(NEW_YORK)
    if unit in ("Min", "T"):
        return at - (at - datetime.combine(local.date(), time(), NEW_YORK)) % (count * _MINUTE)
    if unit in ("Hour", "H"):
        return at - timedelta(
            hours=local.hour % count, minutes=at.minute, seconds=at.second, microseconds=at.microsecond
        )
    day = local.date()
    if unit in ("Week", "W"):
        day -= day.weekday() * _DAY
    if unit in ("Month", "M"):
        day = day.replace(day=1, month=(day.month - 1) // count * count + 1)
    return datetime.combine(day, time(), NEW_YORK)


def _next(at: datetime, count: int, unit: str) -> datetime:
    """An instant after the end of the bar of another, and not after the bar that follows it has ended."""
    lengths = {"Min": _MINUTE, "T": _MINUTE, "Hour": 60 * _MINUTE, "H": 60 * _MINUTE, "Day": _DAY, "D": _DAY}
    return at + count * lengths.get(unit, 7 * _DAY if unit in ("Week", "W") else 31 * _DAY)


def _joined(at: datetime, bars: list[Bar]) -> Document:
    volume = sum(bar.volume for bar in bars)
    high, low = max(bar.high for bar in bars), min(bar.low for bar in bars)
    return {
        "t": short(at),
        "o": number(bars[0].open),
        "h": number(high),
        "l": number(low),
        "c": number(bars[-1].close),
        "v": volume,
        "n": max(1, volume // _SIZE),
        "vw": number(round((high + low + bars[-1].close) / 3, 6)),
    }


def _adjusted(bar: Bar, splits: list[Split]) -> Bar:
    """In today's shares."""
    day = bar.at.astimezone(NEW_YORK).date()
    ratio = prod((split.ratio for split in splits if split.day > day), start=Decimal(1))
    if ratio == 1:
        return bar
    prices = {name: round(getattr(bar, name) / ratio, 4) for name in ("open", "high", "low", "close")}
    return replace(bar, **prices, volume=int(bar.volume * ratio))


def _last_instant(symbol: str, now: datetime) -> datetime:
    """When a symbol last traded: now, or a moment before the last close."""
    if symbol in CRYPTO or hours.is_open(now):
        return now
    session = hours.SESSIONS.previous_before(now)
    assert session is not None
    return session.close - timedelta(milliseconds=1)


def page(
    points: list[tuple[str, Document]], limit: int, after: tuple[str, str] | None
) -> tuple[list[tuple[str, Document]], bool]:
    """The points behind the one whose symbol and time are given, at most `limit`; and whether there are more."""
    places = [(symbol, point["t"]) for symbol, point in points]
    first = places.index(after) + 1 if after in places else 0
    return points[first : first + limit], len(points) > first + limit
