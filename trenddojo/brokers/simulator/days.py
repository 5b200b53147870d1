"""The simulated market from day to day: where each session of a symbol opens and closes, its gaps and its splits.

A symbol's price is a geometric random walk that one factor shares among all symbols, weakly pulled towards the symbol's
usual level, so that prices stay believable for decades. How wild the market is drifts from month to month.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import lru_cache
from math import exp, log, sqrt
from typing import NamedTuple

from trenddojo.brokers.simulator.draws import SIZE, draws, normal
from trenddojo.brokers.simulator.intervals import Split
from trenddojo.brokers.simulator.sessions import FIRST_DAY, Session, Sessions
from trenddojo.brokers.simulator.symbols import Listing, listing_of
from trenddojo.brokers.simulator.units import DOLLAR, to_tick

LARGEST_VOLATILITY = 0.2
_LEVEL_YEAR = 2025
_PULL = 0.0014
"""How much of the way back to its level a price is pulled each session: half of it in about two years."""
_OVERNIGHT, _INTRADAY = sqrt(0.24), sqrt(0.70)
"""Their squares are shares of a day's variance; what is missing is brought by the surprises."""
_SURPRISES, _SURPRISE = round(0.016 * SIZE), 4.0
"""About four sessions a year open with a gap four times as wide, as after earnings."""
_WILDNESS = 0.4
_YEAR_DAYS = 366
_LOWEST = 100
"""No session opens or closes below 0.01 USD."""
_DEAR, _CHEAP = 100 * DOLLAR, 1.5 * DOLLAR
"""A share is split from the first on when it also costs twice its level; in the other direction below the second."""
_FORWARD = (Decimal(2), Decimal(3), Decimal(4))
_REVERSE = Decimal("0.1")
_UNSPLIT = Decimal(1)


@dataclass(frozen=True, slots=True)
class Day:
    """A symbol's session. Prices are units of 0.0001 USD.

    `previous` is the close before in today's shares: divided by `ratio`, which is 1 unless a split takes effect at the
    open. `sigma` is the standard deviation of the way from open to close, as a fraction of the price, and `volume`
    about how many shares are traded.
    """

    session: Session
    previous: int
    ratio: Decimal
    open: int
    close: int
    sigma: float
    volume: float


class _Climate(NamedTuple):
    """What all symbols share on a day: two normal numbers, and how wild the market is, 1 being usual.

    `is_seamless` where the session before closes at the instant at which this one opens, so that there is no gap.
    """

    session: Session
    overnight: float
    intraday: float
    wildness: float
    is_seamless: bool
    starts_quarter: bool


class Days:
    """The sessions of every symbol: a pure function of the seed and the sessions, with bounded caches."""

    def __init__(self, seed: int, volatility: float, sessions: Sessions) -> None:
        self._seed = seed
        self._volatility = volatility
        self._sessions = sessions
        self._climate = lru_cache(128)(self._climate_of)
        self._year = lru_cache(256)(self._year_of)
        self._last_close = lru_cache(1 << 16)(self._last_close_of)

    def day(self, symbol: str, session: Session) -> Day:
        """A symbol's session. Raises UnknownSymbol, and LookupError for a session that the market does not have."""
        return self._year(symbol, session.day.year)[session.day]

    def splits(self, symbol: str, start: datetime, end: datetime) -> Iterator[Split]:
        """The splits of the sessions that open in [start, end), oldest first."""
        years = range(max(start.astimezone(UTC).year, FIRST_DAY.year), end.astimezone(UTC).year + 1)
        for day in (day for year in years for day in self._year(symbol, year).values()):
            if day.ratio != _UNSPLIT and start <= day.session.open < end:
                yield Split(day.session.day, day.ratio)

    def _year_of(self, symbol: str, year: int) -> dict[date, Day]:
        listing, close, days = listing_of(symbol), self._last_close(symbol, year - 1), {}
        level = DOLLAR * listing.level * listing.growth ** (year - _LEVEL_YEAR)
        noise = draws(4 * _YEAR_DAYS, self._seed, symbol, year)
        for climate in self._climate(year):
            first = 4 * climate.session.day.timetuple().tm_yday - 4
            day = _day(
                listing,
                climate,
                volatility=self._volatility,
                level=level,
                last=close,
                noise=noise[first : first + 4],
            )
            days[day.session.day], close = day, day.close
        return days

    def _last_close_of(self, symbol: str, year: int) -> int:
        """The close of a year's last session; the first year begins somewhere around the symbol's level."""
        if year >= FIRST_DAY.year:
            return next(reversed(self._year(symbol, year).values())).close
        listing = listing_of(symbol)
        level = DOLLAR * listing.level * listing.growth ** (FIRST_DAY.year - _LEVEL_YEAR)
        return _grown(level, 0.3 * normal(draws(1, self._seed, symbol, "start")[0]))

    def _climate_of(self, year: int) -> tuple[_Climate, ...]:
        noise = draws(2 * _YEAR_DAYS, self._seed, "market", year)
        start, end = datetime(year, 1, 1, tzinfo=UTC), datetime(year + 1, 1, 1, tzinfo=UTC)
        return tuple(self._climate_on(session, noise) for session in self._sessions.between(start, end))

    def _climate_on(self, session: Session, noise: tuple[int, ...]) -> _Climate:
        first = 2 * session.day.timetuple().tm_yday - 2
        before = self._sessions.previous_before(session.open)
        return _Climate(
            session,
            normal(noise[first]),
            normal(noise[first + 1]),
            self._wildness(session.day),
            is_seamless=before is not None and before.close == session.open,
            starts_quarter=before is not None and _quarter(before.day) != _quarter(session.day),
        )

    def _wildness(self, day: date) -> float:
        """A lognormal number near 1 that glides from one month's to the next's."""
        months, part = day.year * 12 + day.month, (day.day - 1) / 31
        now, then = (normal(draws(1, self._seed, "wildness", month)[0]) for month in (months, months + 1))
        return exp(_WILDNESS * (now + (then - now) * part) - _WILDNESS**2 / 2)


def _day(
    listing: Listing, climate: _Climate, *, volatility: float, level: float, last: int, noise: tuple[int, ...]
) -> Day:
    """A session from `last`, the close before it; `level` is in units, `noise` four draws."""
    ratio = _ratio(last, level, noise[3]) if listing.splits and climate.starts_quarter else _UNSPLIT
    previous = last if ratio == _UNSPLIT else to_tick(last / float(ratio))
    overnight = _shared(listing.market_share, climate.overnight, noise[0]) * (
        _SURPRISE if _is_surprise(noise[2]) else 1
    )
    intraday = _shared(listing.market_share, climate.intraday, noise[1])
    sigma = volatility * listing.volatility * climate.wildness
    gap, way = sigma * _OVERNIGHT * overnight, sigma * _INTRADAY * intraday + _PULL * log(level / previous)
    opened = previous if climate.is_seamless else _grown(previous, gap)
    return Day(
        session=climate.session,
        previous=previous,
        ratio=ratio,
        open=opened,
        close=_grown(previous, gap + way) if climate.is_seamless else _grown(opened, way),
        sigma=sigma if climate.is_seamless else sigma * _INTRADAY,
        volume=DOLLAR * listing.turnover / opened * climate.wildness * (0.6 + (abs(overnight) + abs(intraday)) / 4),
    )


def _ratio(close: int, level: float, draw: int) -> Decimal:
    if close >= max(_DEAR, 2 * level):
        return _FORWARD[draw % len(_FORWARD)]
    return _REVERSE if close < _CHEAP else _UNSPLIT


def _shared(share: float, common: float, draw: int) -> float:
    """A standard normal number whose correlation with the common one is `share`."""
    return share * common + sqrt(1 - share * share) * normal(draw)


def _is_surprise(draw: int) -> bool:
    return draw < _SURPRISES


def _grown(units: float, log_return: float) -> int:
    return max(_LOWEST, to_tick(units * exp(log_return)))


def _quarter(day: date) -> tuple[int, int]:
    return day.year, (day.month - 1) // 3
