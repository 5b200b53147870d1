"""The market that simulated accounts trade on: its interface, and one whose prices are a pure function of time."""

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from math import prod
from typing import Protocol

from trenddojo.brokers.simulator import symbols
from trenddojo.brokers.simulator.bars import bar, elapsed, spans, traded
from trenddojo.brokers.simulator.days import LARGEST_VOLATILITY, Days
from trenddojo.brokers.simulator.intervals import DayRange, Minute, Split
from trenddojo.brokers.simulator.path import MINUTE, Path, Traded, path_of
from trenddojo.brokers.simulator.sessions import FIRST_DAY, Session, Sessions
from trenddojo.brokers.simulator.symbols import UnknownSymbol, listing_of
from trenddojo.brokers.simulator.units import decimal, tick, to_tick
from trenddojo.brokers.types import Bar, MarketData, Timeframe

__all__ = ["DayRange", "Market", "Minute", "SimulatedMarket", "Split", "UnknownSymbol"]


class Market(Protocol):
    """Prices of shares, in USD per share and unadjusted for splits unless said otherwise; times are UTC-aware.

    Every call but `knows` and `sessions` raises UnknownSymbol for a symbol that `knows` denies.
    """

    def knows(self, symbol: str) -> bool:
        """Whether the symbol is traded here."""

    def sessions(self) -> Sessions:
        """When the market is open."""

    def price(self, symbol: str, at: datetime) -> Decimal:
        """The last trade at an instant, and the last close from the close on while the market is closed.

        Where the next session opens at the instant of the close, it is the open, which differs by a split only. Raises
        LookupError before the first session.
        """

    def quote(self, symbol: str, at: datetime) -> MarketData:
        """Bid and ask around the price, the close of the session before, and the session's volume so far."""

    def minutes(self, symbol: str, start: datetime, end: datetime) -> Iterator[Minute]:
        """The open market's minutes that begin in [start, end), oldest first, each one whole."""

    def day(self, symbol: str, session: Session) -> DayRange:
        """The exact range of a session's minutes."""

    def close(self, symbol: str, session: Session) -> Decimal:
        """The last price of a session, for less than its range costs."""

    def bars(self, symbol: str, timeframe: Timeframe, start: datetime, end: datetime) -> list[Bar]:
        """The bars that begin in [start, end), oldest first, and tell nothing later than `end`.

        A bar that `end` cuts holds what was traded up to it. Prices are divided, and volumes multiplied, by the ratios
        of the splits that took effect after the bar and before `end`: the last bar is as traded.
        """

    def splits(self, symbol: str, start: datetime, end: datetime) -> list[Split]:
        """The splits of the sessions that open in [start, end), oldest first; each takes effect at that open."""


class SimulatedMarket:
    """A market whose every price is a pure function of (seed, symbol, time): two processes, or one before and after a
    restart, see the same. It keeps nothing but bounded caches, and may be shared by threads.

    `volatility` is the standard deviation of an ordinary symbol's daily returns, 0.02 being 2%. Sessions and splits are
    described in `days`, the way through a session in `path`, the symbols in `symbols`.
    """

    def __init__(self, seed: int, volatility: Decimal, sessions: Sessions) -> None:
        if not 0 <= volatility <= LARGEST_VOLATILITY:
            raise ValueError(f"The daily volatility must be from 0 to {LARGEST_VOLATILITY}.")
        self._seed = seed
        self._sessions = sessions
        self._days = Days(seed, float(volatility), sessions)
        self._path = lru_cache(256)(self._path_of)
        self._whole = lru_cache(1 << 15)(self._whole_of)

    def knows(self, symbol: str) -> bool:
        """Whether the symbol is traded here."""
        return symbols.knows(symbol)

    def sessions(self) -> Sessions:
        """When the market is open."""
        return self._sessions

    def price(self, symbol: str, at: datetime) -> Decimal:
        """The last trade at an instant, and the last close from the close on while the market is closed.

        Where the next session opens at the instant of the close, it is the open, which differs by a split only. Raises
        LookupError before the first session.
        """
        return decimal(self._last(symbol, at))

    def quote(self, symbol: str, at: datetime) -> MarketData:
        """Bid and ask around the price, and the volume of the session so far.

        The spread grows with illiquidity, is at least a tick, and the last trade was at one of its sides or within.
        `previous_close` is of the session before the one that last traded, in today's shares where a split has come.
        While the market is closed, the quote is the one of the last close.
        """
        session = self._current(at)
        at = min(at, session.close)
        minute, rest = elapsed(session, at)
        last = self._last(symbol, at)
        below, above = _spread(last, listing_of(symbol).spread_bps, minute)
        return MarketData(
            symbol=symbol,
            bid=decimal(to_tick(last - below)),
            ask=decimal(to_tick(last + above)),
            last=decimal(last),
            previous_close=decimal(self._days.day(symbol, session).previous),
            volume=self._path(symbol, session).volume(minute, rest),
            at=at,
            is_simulated=True,
        )

    def minutes(self, symbol: str, start: datetime, end: datetime) -> Iterator[Minute]:
        """The open market's minutes that begin in [start, end), oldest first, each one whole."""
        listing_of(symbol)
        for session in self._sessions.between(start, end):
            path = self._path(symbol, session)
            first = max(0, -((session.open - start) // MINUTE))
            last = -((session.open - min(end, session.close)) // MINUTE)
            for number in range(first, last):
                yield _minute(path, number, session.open + number * MINUTE)

    def day(self, symbol: str, session: Session) -> DayRange:
        """The exact range of a session's minutes."""
        whole = self._whole(symbol, session)
        return DayRange(decimal(whole.open), decimal(whole.high), decimal(whole.low), decimal(whole.close))

    def close(self, symbol: str, session: Session) -> Decimal:
        """The last price of a session, for less than its range costs."""
        return decimal(self._days.day(symbol, session).close)

    def bars(self, symbol: str, timeframe: Timeframe, start: datetime, end: datetime) -> list[Bar]:
        """The bars that begin in [start, end), oldest first, and tell nothing later than `end`.

        A bar that `end` cuts holds what was traded up to it. Prices are divided, and volumes multiplied, by the ratios
        of the splits that took effect after the bar and before `end`: the last bar is as traded. Hours count from the
        session's open, so that the last of a New York day has 30 minutes; a daily bar begins at the open.
        """
        splits, bars = self.splits(symbol, start, end), []
        for session in self._sessions.between(start, end):
            ratio = prod((split.ratio for split in splits if split.day > session.day), start=Decimal(1))
            for first, last in spans(session, timeframe):
                at = session.open + first * MINUTE
                if start <= at < end:
                    bars.append(bar(at, self._traded(symbol, session, first, last, end), ratio))
        return bars

    def splits(self, symbol: str, start: datetime, end: datetime) -> list[Split]:
        """The splits of the sessions that open in [start, end), oldest first; each takes effect at that open.

        They are decided at a quarter's first session by the close before: 2, 3 or 4 for 1 where a share has come to
        cost twice its usual level, and at least 100 USD; 1 for 10 where it costs less than 1.50 USD. Funds never split.
        """
        return list(self._days.splits(symbol, start, end))

    def _last(self, symbol: str, at: datetime) -> int:
        session = self._sessions.session_at(at)
        if session is None:
            return self._days.day(symbol, self._current(at)).close
        return self._path(symbol, session).price(*elapsed(session, at))

    def _current(self, at: datetime) -> Session:
        """The session at an instant, or the one that closed last."""
        session = self._sessions.session_at(at) or self._sessions.previous_before(at)
        if session is None:
            raise LookupError(f"The simulated market opens for the first time on {FIRST_DAY}.")
        return session

    def _traded(self, symbol: str, session: Session, first: int, last: int, end: datetime) -> Traded:
        if end >= session.close and session.open + last * MINUTE == session.close and first == 0:
            return self._whole(symbol, session)
        return traded(self._path(symbol, session), session, first, last, end)

    def _path_of(self, symbol: str, session: Session) -> Path:
        return path_of(self._days.day(symbol, session), self._seed, symbol)

    def _whole_of(self, symbol: str, session: Session) -> Traded:
        path = self._path(symbol, session)
        return path.whole(0, len(path.volumes))


def _minute(path: Path, number: int, at: datetime) -> Minute:
    return Minute(
        at=at,
        open=decimal(path.knots[number]),
        high=decimal(path.highs[number]),
        low=decimal(path.lows[number]),
        close=decimal(path.knots[number + 1]),
        high_first=bool(path.high_first[number]),
        volume=path.volumes[number],
    )


def _spread(last: int, basis_points: float, minute: int) -> tuple[int, int]:
    """How far bid and ask lie below and above the last price, in units; an odd tick changes sides every minute."""
    ticks = max(1, round(last * basis_points / 10_000 / tick(last)))
    below = (ticks + minute % 2) // 2
    return below * tick(last), (ticks - below) * tick(last)
