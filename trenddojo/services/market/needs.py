"""Which bars a connection is wanted for: those of its accounts' instruments, over the lives of their trades.

A connection to the real market also serves its owner's manual accounts. Days are wanted from 90 trading days before
the first entry, for ATR and correlation, of what is open from 252 before today, for the nights that its gaps are taken
from; hours only while a trade ran.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from trenddojo.brokers.spec import BarHistory
from trenddojo.domain.coverage import Stretch, days_back, joined
from trenddojo.domain.terms import AssetType, Timeframe
from trenddojo.store import bar_coverage
from trenddojo.store.bar_coverage import Life
from trenddojo.store.models import BrokerConnection, Instrument

BEFORE = 90
"""Trading days before the first entry."""
NIGHTS = 252
"""Trading days of which the gaps of an open position are taken."""
CLOSED_AT_MOST = 2000
"""The newest closed trades whose bars are looked after by themselves; those of older ones come by file."""
_AFTER = timedelta(days=5)
"""How long after its end a trade's prices are still wanted: it may have been entered late, or in another zone."""
_DAY = timedelta(days=1)
_LISTED_IN_THE_USA = frozenset({"", "SMART", "NASDAQ", "NYSE", "ARCA", "NYSEARCA", "AMEX", "BATS", "CBOE", "IEX"})


@dataclass(frozen=True, slots=True)
class Need:
    """The dates of which an instrument's bars are wanted, in stretches; `is_open` while it is held or planned."""

    instrument_id: UUID
    symbol: str
    asset_type: AssetType
    timeframe: Timeframe
    dates: tuple[Stretch, ...]
    is_open: bool

    @property
    def rank(self) -> tuple[bool, bool, date]:
        """What comes first: what is open, days before hours, the newest."""
        return self.is_open, self.timeframe is Timeframe.DAY, self.dates[-1].last


def needs_of(connection: BrokerConnection, offer: BarHistory, now: datetime) -> list[Need]:
    """What is wanted of a connection that offers so much, the most urgent first."""
    by_instrument = _lives(connection)
    instruments = bar_coverage.instruments_of(by_instrument)
    served = {one.id for one in instruments.values() if is_told(offer, one)}
    today = now.astimezone(UTC).date()
    found = [
        need
        for instrument_id, lives in by_instrument.items()
        if instrument_id in served
        for need in _needs(instruments[instrument_id], lives, offer, today)
    ]
    return sorted(found, key=lambda need: need.rank, reverse=True)


def is_told(offer: BarHistory, instrument: Instrument) -> bool:
    """Whether a broker with this offer tells of an instrument, and cannot take it for another one."""
    if instrument.asset_type not in offer.asset_types or instrument.currency != offer.currency:
        return False
    return instrument.exchange.upper() in _LISTED_IN_THE_USA


def _lives(connection: BrokerConnection) -> dict[UUID, list[Life]]:
    accounts = bar_coverage.owners_accounts(connection)
    found: defaultdict[UUID, list[Life]] = defaultdict(list)
    for life in bar_coverage.lives([one.id for one in accounts], CLOSED_AT_MOST):
        found[life.instrument_id].append(life)
    manual = {one.id for one in accounts if one.mode is None}
    own = bar_coverage.with_own_prices(found, manual) if manual else set()
    left = {key: [one for one in lives if (one.account_id, key) not in own] for key, lives in found.items()}
    return {key: lives for key, lives in left.items() if lives}


def _needs(instrument: Instrument, lives: Sequence[Life], offer: BarHistory, today: date) -> Iterator[Need]:
    is_open = any(one.ended is None for one in lives)
    wanted = (
        (Timeframe.DAY, [_days(instrument.asset_type, lives, today)], offer.days_back),
        (Timeframe.HOUR, [_ran(one, today, _DAY) for one in lives], offer.hours_back),
    )
    for timeframe, dates, reach in wanted:
        offered = _within(dates, today - timedelta(days=reach))
        if offered:
            spans = tuple(joined(offered, instrument.asset_type))
            yield Need(instrument.id, instrument.symbol, instrument.asset_type, timeframe, spans, is_open)


def _days(asset_type: AssetType, lives: Sequence[Life], today: date) -> Stretch:
    """The dates of all lives and between them, from as far back as their first entry or the present position asks."""
    running = [_ran(one, today, _AFTER) for one in lives]
    first = days_back(asset_type, min(one.first for one in running), BEFORE)
    if any(one.ended is None for one in lives):
        first = min(first, days_back(asset_type, today, NIGHTS))
    return Stretch(first, max(one.last for one in running))


def _ran(life: Life, today: date, after: timedelta) -> Stretch:
    """When a trade ran, in whole dates of any zone."""
    last = today if life.ended is None else min(life.ended.date() + after, today)
    return Stretch(min(life.began.date() - _DAY, last), last)


def _within(dates: Iterable[Stretch], earliest: date) -> list[Stretch]:
    return [Stretch(max(one.first, earliest), one.last) for one in dates if one.last >= earliest]
