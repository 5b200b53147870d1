"""Small markets whose prices a test chooses, or draws: short sessions, one a day, on the interface of the real one."""

from __future__ import annotations

from abc import ABC, abstractmethod
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cache
from random import Random

from trenddojo.brokers.simulator.intervals import DayRange, Minute, Split
from trenddojo.brokers.simulator.sessions import Session
from trenddojo.brokers.types import Bar, MarketData, Timeframe

MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)
FIRST_OPEN = datetime(2026, 3, 2, 14, 30, tzinfo=UTC)

Prices = tuple[str, str, str, str]
"""Open, first extreme, second extreme, close."""


_VOLUMES = (0, 55, 400, 2_000, 9_000)


class ShortSessions:
    """One session of `length` minutes a day, from FIRST_OPEN on, for ever."""

    def __init__(self, length: int) -> None:
        self.length = timedelta(minutes=length)

    def number(self, index: int) -> Session:
        opened = FIRST_OPEN + index * DAY
        return Session(opened, opened + self.length, opened.date())

    def session_at(self, at: datetime) -> Session | None:
        session = self.number((at - FIRST_OPEN) // DAY)
        return session if at < session.close and at >= FIRST_OPEN else None

    def next_after(self, at: datetime) -> Session:
        return self.number(max(0, (at - FIRST_OPEN) // DAY + 1))

    def previous_before(self, at: datetime) -> Session | None:
        index = (at - FIRST_OPEN - self.length) // DAY
        return self.number(index) if index >= 0 else None

    def between(self, start: datetime, end: datetime) -> Iterator[Session]:
        session = self.session_at(start) or self.next_after(start)
        while session.open < end:
            yield session
            session = self.next_after(session.open)


class TableMarket(ABC):
    """A market whose minutes are a table; `spread` is the whole distance between bid and ask."""

    def __init__(self, length: int, spread: str = "0.10") -> None:
        self.days = ShortSessions(length)
        self.half = Decimal(spread) / 2
        self.split_list: dict[str, list[Split]] = {}
        self.ranges: dict[tuple[str, date], DayRange] = {}

    @abstractmethod
    def table(self, symbol: str, session: Session) -> Sequence[Minute]:
        """The minutes of one session."""

    @abstractmethod
    def knows(self, symbol: str) -> bool: ...

    def sessions(self) -> ShortSessions:
        return self.days

    def price(self, symbol: str, at: datetime) -> Decimal:
        session = self.days.session_at(at)
        if session is None:
            before = self.days.previous_before(at)
            return self.table(symbol, before or self.days.number(0))[-1 if before else 0].close
        minute = self.table(symbol, session)[(at - session.open) // MINUTE]
        return price_in(minute, at)

    def quote(self, symbol: str, at: datetime) -> MarketData:
        last = self.price(symbol, at)
        return MarketData(
            symbol=symbol, bid=last - self.half, ask=last + self.half, last=last, previous_close=None,
            volume=None, at=at, is_simulated=True,
        )  # fmt: skip

    def minutes(self, symbol: str, start: datetime, end: datetime) -> Iterator[Minute]:
        for session in self.days.between(start, end):
            first = max(0, -((session.open - start) // MINUTE))
            for minute in self.table(symbol, session)[first:]:
                if minute.at >= end:
                    return
                yield minute

    def day(self, symbol: str, session: Session) -> DayRange:
        key = symbol, session.day
        if key not in self.ranges:
            table = self.table(symbol, session)
            high, low = max(one.high for one in table), min(one.low for one in table)
            self.ranges[key] = DayRange(table[0].open, high, low, table[-1].close)
        return self.ranges[key]

    def close(self, symbol: str, session: Session) -> Decimal:
        return self.table(symbol, session)[-1].close

    def splits(self, symbol: str, start: datetime, end: datetime) -> list[Split]:
        days = {session.day for session in self.days.between(start, end) if session.open >= start}
        return [split for split in self.split_list.get(symbol, ()) if split.day in days]

    def bars(self, symbol: str, timeframe: Timeframe, start: datetime, end: datetime) -> list[Bar]:
        raise AssertionError("the exchange asks for no bars")


class ScriptedMarket(TableMarket):
    """Sessions of given minutes; the last of them is repeated for ever."""

    def __init__(
        self, sessions: Mapping[str, Sequence[Sequence[Prices]]], volume: int = 100_000, spread: str = "0.10"
    ) -> None:
        super().__init__(len(next(iter(sessions.values()))[0]), spread)
        self.scripts, self.volume = sessions, volume

    def knows(self, symbol: str) -> bool:
        return symbol in self.scripts

    def table(self, symbol: str, session: Session) -> Sequence[Minute]:
        script = self.scripts[symbol]
        rows = script[min((session.open - FIRST_OPEN) // DAY, len(script) - 1)]
        return [minute_of(session.open + index * MINUTE, row, self.volume) for index, row in enumerate(rows)]


class WalkingMarket(TableMarket):
    """A random walk that jumps between sessions, and sometimes between minutes, in thin volumes.

    `splits` gives, for a symbol, the ratio of each session that begins with a split.
    """

    def __init__(
        self,
        seed: int,
        symbols: Sequence[str] = ("AAA", "BBB"),
        length: int = 30,
        splits: Mapping[str, Mapping[int, str]] | None = None,
    ) -> None:
        super().__init__(length, "0.04")
        self.seed, self.names = seed, symbols
        for symbol, ratios in (splits or {}).items():
            self.split_list[symbol] = [Split(self.days.number(at).day, Decimal(one)) for at, one in ratios.items()]
        self.tables: dict[tuple[str, date], list[Minute]] = {}
        self.closes: dict[tuple[str, int], int] = {}

    def knows(self, symbol: str) -> bool:
        return symbol in self.names

    def table(self, symbol: str, session: Session) -> Sequence[Minute]:
        key = symbol, session.day
        if key not in self.tables:
            index = (session.open - FIRST_OPEN) // DAY
            if index:
                self.table(symbol, self.days.number(index - 1))
            self.tables[key] = self._walked(symbol, index, session)
        return self.tables[key]

    def _walked(self, symbol: str, index: int, session: Session) -> list[Minute]:
        draw = Random(f"{self.seed}/{symbol}/{index}").random  # `randrange` would take a third of the test's time
        ratios = {split.day: split.ratio for split in self.split_list.get(symbol, ())}
        before = int(self.closes.get((symbol, index - 1), 10_000) / ratios.get(session.day, 1))
        price = max(100, before + int(draw() * 301) - 150)
        minutes = []
        for number in range(self.days.length // MINUTE):
            price = max(100, price + (int(draw() * 81) - 40 if draw() < 0.1 else 0))
            close = max(100, price + int(draw() * 61) - 30)
            high = max(price, close) + (int(draw() * 20) if draw() < 0.5 else 0)
            low = max(50, min(price, close) - (int(draw() * 20) if draw() < 0.5 else 0))
            minutes.append(
                Minute(
                    session.open + number * MINUTE, money(price), money(high), money(low), money(close),
                    draw() < 0.5, _VOLUMES[int(draw() * len(_VOLUMES))],
                )
            )  # fmt: skip
            price = close
        self.closes[symbol, index] = price
        return minutes


def minute_of(at: datetime, prices: Prices, volume: int) -> Minute:
    opened, first, second, close = (Decimal(price) for price in prices)
    every = opened, first, second, close
    assert {first, second} >= {max(every), min(every)}, "the extremes are the extremes"
    return Minute(at, opened, max(every), min(every), close, first >= second, volume)


@cache
def money(hundredths: int) -> Decimal:
    return Decimal(hundredths).scaleb(-2)


def price_in(minute: Minute, at: datetime) -> Decimal:
    """The price in a minute, by interpolation, in whole cents."""
    first, second = (minute.high, minute.low) if minute.high_first else (minute.low, minute.high)
    corners = minute.open, first, second, minute.close
    third, rest = divmod((at - minute.at) // timedelta(microseconds=1), 20_000_000)
    exact = corners[third] + (corners[third + 1] - corners[third]) * rest / 20_000_000
    return exact.quantize(Decimal("0.01"))


def flat(price: str, count: int) -> list[Prices]:
    """Minutes in which nothing moves."""
    return [(price, price, price, price)] * count


def minute_at(market: TableMarket, symbol: str, at: datetime) -> list[Minute]:
    """The minutes that an instant belongs to: the one that begins there, and the one that ends there."""
    session = market.days.number((at - FIRST_OPEN) // DAY)
    table = market.table(symbol, session)
    index = bisect_right([one.at for one in table], at) - 1
    ends_here = index > 0 and table[index].at == at
    return [table[index], *([table[index - 1]] if ends_here else [])]
