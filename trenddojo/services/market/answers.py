"""What a broker told of bars, written down: the bars, the dates that are covered by it, or why there was no answer.

Brokers tell prices in the shares of today. Bars told on both sides of a split would therefore show a jump that was
none: each question reaches back to a day that is known, and where that is told otherwise now, all that this broker told
of the instrument goes, and is asked anew.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

from trenddojo.brokers.errors import BrokerError
from trenddojo.brokers.types import Bar as ToldBar
from trenddojo.domain.bars import Bar
from trenddojo.domain.coverage import Stretch, date_of_daily, joined, settled_at, trading_days
from trenddojo.domain.money import PRICE_PLACES, rounded
from trenddojo.domain.nyse import NEW_YORK
from trenddojo.domain.terms import AssetType, Timeframe
from trenddojo.services.bars import realm_of
from trenddojo.services.market.needs import Need
from trenddojo.services.price_history import fault_of
from trenddojo.services.price_history import keep as keep_bars
from trenddojo.store import bar_coverage
from trenddojo.store.models import BarCoverage, BrokerConnection, Instrument, PriceBar

LATEST_MIDNIGHT = timedelta(hours=12)
"""How long after midnight UTC a day may begin somewhere."""
_CORRECTION = Decimal("0.02")
"""The most by which a broker corrects a close afterwards, as a share of it; the smallest splits change it by more."""
_DAY = timedelta(days=1)


def spans(row: BarCoverage | None) -> list[Stretch]:
    """The dates that are covered, in order."""
    return [Stretch(*map(date.fromisoformat, one)) for one in row.spans] if row else []


def told_already(connection: BrokerConnection, need: Need, row: BarCoverage | None, days: Sequence[date]) -> set[date]:
    """Those of some days whose bars are there, whole, whoever told them."""
    since, until = (datetime.combine(day, time(), UTC) for day in (days[0], days[-1] + _DAY))
    kept = bar_coverage.told(need.instrument_id, realm_of(connection), need.timeframe, since, until + LATEST_MIDNIGHT)
    final = (bar.start for bar in _valid(kept, row) if _is_final(bar, need.asset_type))
    return set(days) & {date_of(need.timeframe, need.asset_type, start) for start in final}


def date_of(timeframe: Timeframe, asset_type: AssetType, start: datetime) -> date:
    """The trading day of a bar."""
    if timeframe is Timeframe.DAY:
        return date_of_daily(start)
    return start.astimezone(UTC if asset_type is AssetType.CRYPTO else NEW_YORK).date()


@dataclass(frozen=True, slots=True)
class Told:
    """Bars as a broker told them: whose prices they are, and by whom."""

    realm: str
    source: str
    bars: Sequence[ToldBar]


def keep(row: BarCoverage, instrument: Instrument, dates: Stretch, told: Told, now: datetime) -> int:
    """Write the answer to a question about some dates: how many bars it brought; the caller commits.

    A bar that no market can have made is left out, and named in the row.
    """
    bars = [_bar(one, row.timeframe) for one in told.bars]
    faults = [fault for one in bars if (fault := fault_of(one))]
    good = [one for one in bars if not fault_of(one)]
    if good and _is_restated(row, instrument, told, good):
        _forget(row, told, now)
    keep_bars(instrument, told.realm, told.source, good, now)
    covered = [*spans(row), *_settled(dates, instrument.asset_type, now)]
    row.spans = [[one.first.isoformat(), one.last.isoformat()] for one in joined(covered, instrument.asset_type)]
    row.asked_at, row.failed_at, row.failures = now, None, 0
    row.failure = faults[0] if faults else ""
    return len(good)


def fail(row: BarCoverage, error: BrokerError, now: datetime) -> None:
    """Write down that there was no answer, and why; the caller commits."""
    row.failed_at, row.failure, row.failures = now, error.message, row.failures + 1


def _bar(told: ToldBar, timeframe: Timeframe) -> Bar:
    """A broker's bar as it is kept; what is finer than prices are kept is rounded."""
    opened, high, low, close = (rounded(one, PRICE_PLACES) for one in (told.open, told.high, told.low, told.close))
    return Bar(timeframe, told.at, opened, high, low, close, told.volume)


def _settled(dates: Stretch, asset_type: AssetType, now: datetime) -> Iterable[Stretch]:
    """The part of some dates that is over."""
    over = [day for day in trading_days(asset_type, dates.first, dates.last) if settled_at(asset_type, day) <= now]
    return [Stretch(dates.first, over[-1])] if over else []


def _is_restated(row: BarCoverage, instrument: Instrument, told: Told, bars: Sequence[Bar]) -> bool:
    """Whether a close that was final is told otherwise now than a correction would explain."""
    kept = bar_coverage.told(instrument.id, told.realm, row.timeframe, bars[0].start, bars[-1].end)
    before = {
        bar.start: bar.close
        for bar in _valid(kept, row)
        if bar.source == told.source and _is_final(bar, instrument.asset_type)
    }
    return any(abs(bar.close - was) > _CORRECTION * was for bar in bars if (was := before.get(bar.start)))


def _valid(kept: Iterable[PriceBar], row: BarCoverage | None) -> Iterator[PriceBar]:
    """The bars that are in the shares of today, as far as that is known."""
    restated_at = row.restated_at if row else None
    return (bar for bar in kept if restated_at is None or bar.fetched_at >= restated_at)


def _is_final(bar: PriceBar, asset_type: AssetType) -> bool:
    return bar.fetched_at >= settled_at(asset_type, date_of(bar.timeframe, asset_type, bar.start))


def _forget(row: BarCoverage, told: Told, now: datetime) -> None:
    """Begin anew with an instrument: what this broker told of it in the shares of before goes, by the hour too."""
    bar_coverage.drop(row.instrument_id, told.realm, told.source)
    for other in bar_coverage.by_the_same_broker(row):
        other.spans, other.restated_at = [], now
