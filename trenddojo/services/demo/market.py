"""The market of the demo year: real names with invented prices, the same for the same seed.

Bars are numbered by session and not tied to dates, so that the year ends well whenever it is loaded: only its dates
move. Prices come from a random walk in floats, as no money is in them yet, and are given out as Decimals of 2 places.
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import cache
from itertools import pairwise
from math import exp, sqrt
from random import Random
from statistics import geometric_mean
from typing import Final
from zoneinfo import ZoneInfo

from trenddojo.domain.nyse import trading_days
from trenddojo.domain.terms import AssetType, Direction

NEW_YORK: Final = ZoneInfo("America/New_York")
_SESSIONS_A_YEAR: Final = 252
_EARNINGS_EVERY: Final = 63
_CENT: Final = Decimal("0.01")


_SECTORS: Final = {
    **dict.fromkeys(("Semiconductors", "Software", "Hardware"), "Technology"),
    **dict.fromkeys(("Aerospace", "Industrials"), "Industrials"),
    **dict.fromkeys(("Banks", "Crypto stocks"), "Financials"),
    "Internet": "Communication",
    "Retail": "Consumer",
    "Power": "Utilities",
    "Energy": "Energy",
    "Metals": "Materials",
    "Health care": "Health care",
}


@dataclass(frozen=True, slots=True)
class Listing:
    """Something to trade: `price` is its mean over the year, `volatility` that of a year in percent."""

    symbol: str
    name: str
    group: str
    price: int
    volatility: int
    asset_type: AssetType = AssetType.STOCK

    @property
    def sector(self) -> str:
        """The sector that its group belongs to; none for a fund of a whole market."""
        return _SECTORS.get(self.group, "")

    @property
    def reports(self) -> bool:
        """Whether it has earnings."""
        return self.asset_type is AssetType.STOCK


LISTINGS: Final = (
    Listing("NVDA", "NVIDIA", "Semiconductors", 168, 42),
    Listing("AVGO", "Broadcom", "Semiconductors", 318, 38),
    Listing("AMD", "Advanced Micro Devices", "Semiconductors", 152, 45),
    Listing("LRCX", "Lam Research", "Semiconductors", 98, 40),
    Listing("MSFT", "Microsoft", "Software", 472, 24),
    Listing("PANW", "Palo Alto Networks", "Software", 188, 34),
    Listing("CRWD", "CrowdStrike", "Software", 436, 42),
    Listing("NOW", "ServiceNow", "Software", 905, 34),
    Listing("ANET", "Arista Networks", "Hardware", 112, 42),
    Listing("AAPL", "Apple", "Hardware", 214, 26),
    Listing("META", "Meta Platforms", "Internet", 640, 32),
    Listing("NFLX", "Netflix", "Internet", 98, 34),
    Listing("UBER", "Uber Technologies", "Internet", 84, 36),
    Listing("AMZN", "Amazon", "Retail", 212, 30),
    Listing("COST", "Costco", "Retail", 945, 22),
    Listing("TJX", "TJX Companies", "Retail", 131, 22),
    Listing("TGT", "Target", "Retail", 98, 36),
    Listing("NKE", "Nike", "Retail", 73, 34),
    Listing("GE", "GE Aerospace", "Aerospace", 246, 30),
    Listing("HWM", "Howmet Aerospace", "Aerospace", 168, 32),
    Listing("ETN", "Eaton", "Industrials", 332, 30),
    Listing("URI", "United Rentals", "Industrials", 792, 34),
    Listing("DE", "Deere", "Industrials", 486, 28),
    Listing("CAT", "Caterpillar", "Industrials", 372, 30),
    Listing("CEG", "Constellation Energy", "Power", 312, 44),
    Listing("VST", "Vistra", "Power", 172, 48),
    Listing("XOM", "Exxon Mobil", "Energy", 112, 24),
    Listing("SLB", "SLB", "Energy", 38, 34),
    Listing("FCX", "Freeport-McMoRan", "Metals", 43, 40),
    Listing("NEM", "Newmont", "Metals", 58, 36),
    Listing("GS", "Goldman Sachs", "Banks", 655, 28),
    Listing("JPM", "JPMorgan Chase", "Banks", 272, 24),
    Listing("COIN", "Coinbase", "Crypto stocks", 268, 62),
    Listing("LLY", "Eli Lilly", "Health care", 788, 34),
    Listing("ISRG", "Intuitive Surgical", "Health care", 512, 30),
    Listing("UNH", "UnitedHealth", "Health care", 318, 36),
    Listing("GLD", "SPDR Gold Shares", "Gold", 302, 17, AssetType.ETF),
    Listing("XLE", "Energy Select Sector SPDR", "Energy", 88, 23, AssetType.ETF),
    Listing("IWM", "iShares Russell 2000", "Index funds", 218, 22, AssetType.ETF),
    Listing("URA", "Global X Uranium", "Power", 38, 40, AssetType.ETF),
)


@dataclass(frozen=True, slots=True)
class Bar:
    """One session's prices."""

    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal

    def best(self, direction: Direction) -> Decimal:
        """The extreme on a trade's gaining side."""
        return self.high if direction is Direction.LONG else self.low

    def worst(self, direction: Direction) -> Decimal:
        """The extreme on a trade's losing side."""
        return self.low if direction is Direction.LONG else self.high


@cache
def bars(seed: int, listing: Listing, count: int) -> tuple[Bar, ...]:
    """`count` daily bars of a listing: drifts that last for weeks, the market's moves, and a gap every quarter."""
    rng = Random(f"{seed}:{listing.symbol}")
    daily = listing.volatility / 100 / sqrt(_SESSIONS_A_YEAR)
    drifts, market = _drifts(rng, count, 0.095), market_moves(seed, count)
    reports_on = rng.randrange(_EARNINGS_EVERY)
    path, close = [], 1.0
    for i in range(count):
        gap = rng.gauss(0, 0.3)
        if listing.reports and i % _EARNINGS_EVERY == reports_on:
            gap += rng.choice((-1, 1, 1)) * rng.uniform(1.5, 3.5)
        opened = close * exp(daily * gap)
        move = drifts[i] + 0.30 * market[i] + rng.gauss(0, 0.85)
        closed = opened * exp(daily * move)
        high = max(opened, closed) * exp(daily * abs(rng.gauss(0, 0.4)))
        low = min(opened, closed) / exp(daily * abs(rng.gauss(0, 0.4)))
        path.append((opened, high, low, closed))
        close = closed
    scale = listing.price / geometric_mean(close for *_, close in path)
    return tuple(Bar(*(_price(price * scale) for price in prices)) for prices in path)


@cache
def market_moves(seed: int, count: int) -> tuple[float, ...]:
    """What all listings share, in units of a day's usual move."""
    rng = Random(f"{seed}:market")
    return tuple(drift + rng.gauss(0, 1) for drift in _drifts(rng, count, 0.06))


def market_condition(seed: int, count: int, session: int) -> str:
    """How the market stood at a session's close, by its sum of the 30 sessions before."""
    recent = sum(market_moves(seed, count)[max(0, session - 30) : session + 1])
    if abs(recent) < 3:
        return "Range"
    return "Uptrend" if recent > 0 else "Downtrend"


def _drifts(rng: Random, count: int, strength: float) -> list[float]:
    """Phases of 15 to 55 sessions, half of them up, the rest sideways or down."""
    made: list[float] = []
    while len(made) < count:
        way = rng.choice((1, 1, 1, 0, -1, -1))
        made += [way * strength * rng.uniform(0.6, 1.4)] * rng.randint(15, 55)
    return made[:count]


def _price(value: float) -> Decimal:
    return Decimal(value).quantize(_CENT)


@dataclass(frozen=True, slots=True)
class Session:
    """A trading day of the New York Stock Exchange with its hours."""

    day: date
    opens_at: datetime
    closes_at: datetime

    def at(self, hour: int, minute: int, second: int = 0) -> datetime:
        """A moment of the day by New York's clocks."""
        return datetime.combine(self.day, time(hour, minute, second), NEW_YORK)


def sessions_until(now: datetime, count: int) -> list[Session]:
    """The last `count` sessions that had begun by `now`."""
    today = now.astimezone(NEW_YORK).date()
    found = [_session(day) for day in trading_days(today - timedelta(days=2 * count + 7), today)]
    return [session for session in found if session.opens_at <= now][-count:]


def _session(day: date) -> Session:
    closes = time(13) if _closes_early(day) else time(16)
    return Session(day, datetime.combine(day, time(9, 30), NEW_YORK), datetime.combine(day, closes, NEW_YORK))


def _closes_early(day: date) -> bool:
    """The day after Thanksgiving, and the days before Independence Day and Christmas."""
    after_thanksgiving = day.month == 11 and day.weekday() == 4 and 23 <= day.day <= 29
    return after_thanksgiving or (day.month, day.day) in ((7, 3), (12, 24))


@dataclass(frozen=True, slots=True)
class Chart:
    """A listing's bars up to a session's close, and what a trend follower reads in them."""

    listing: Listing
    seen: tuple[Bar, ...]

    @property
    def last(self) -> Bar:
        """The session's own bar."""
        return self.seen[-1]

    def average(self, span: int) -> Decimal:
        """The mean close of the last `span` sessions."""
        return sum((bar.close for bar in self.seen[-span:]), Decimal(0)) / span

    def highest(self, span: int) -> Decimal:
        """The highest price of the last `span` sessions."""
        return max(bar.high for bar in self.seen[-span:])

    def lowest(self, span: int) -> Decimal:
        """The lowest price of the last `span` sessions."""
        return min(bar.low for bar in self.seen[-span:])

    @property
    def range(self) -> Decimal:
        """The average true range of 14 sessions."""
        pairs = pairwise(self.seen[-15:])
        spans = [max(bar.high, before.close) - min(bar.low, before.close) for before, bar in pairs]
        return sum(spans, Decimal(0)) / len(spans)
