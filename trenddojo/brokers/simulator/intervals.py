"""What a market tells of a stretch of time. Prices are unadjusted, in USD per share; times are UTC-aware."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Minute:
    """The open market's minute that begins at `at`, and the way that the price takes through it.

    The price goes in straight lines, each a third of the minute (20 seconds) long: from `open` to the first extreme, on
    to the second, and from there to `close`. `high_first` says that `high` is the first. A minute's `close` is the
    `open` of the session's next. `volume` is the number of shares that change hands in it: the matching engine lets one
    account have a share of it.
    """

    at: datetime
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal
    high_first: bool
    volume: int


@dataclass(frozen=True, slots=True)
class DayRange:
    """A session as a whole: `high` and `low` are exactly the highest and lowest of its minutes."""

    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal


@dataclass(frozen=True, slots=True)
class Split:
    """At the open of `day`'s session each share becomes `ratio` shares: 4 for 4:1, 0.1 for a reverse split of 1:10."""

    day: date
    ratio: Decimal
