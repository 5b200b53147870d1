"""Bars of prices."""

from datetime import UTC, datetime, timedelta

from trenddojo.domain.equity import start_of
from trenddojo.domain.splits import units_at
from trenddojo.services.bars import series
from trenddojo.services.market.listings import listed
from trenddojo.store.bars import Series
from trenddojo.store.splits import splits_of
from trenddojo.web import deps
from trenddojo.web.api import finding
from trenddojo.web.api.inputs import BarsQuery
from trenddojo.web.api.operations import Group
from trenddojo.web.api.outputs.bars import BarOut, BarPage

group = Group("Prices")
_EVER = datetime(1900, 1, 1, tzinfo=UTC)
_NEVER = datetime(9999, 1, 1, tzinfo=UTC)


@group.get("/bars")
def list_bars(query: BarsQuery) -> BarPage:
    """List past prices.

    Those that an account sees: its own market's, never another's, in the shares of now as far as its splits are
    recorded. The newest first; empty where none are known.
    """
    seat = finding.seat(query.account, "account")
    since = start_of(query.since, seat.zone) if query.since else _EVER
    until = start_of(query.until + timedelta(days=1), seat.zone) if query.until else _NEVER
    instrument = listed(query.symbol, query.asset_type, query.currency or seat.account.base_currency, query.exchange)
    if instrument is None:
        return _page(Series([]), query.limit)
    between = since, min(until, query.after or until)
    units = units_at(splits_of(seat.account, instrument.id), deps.now())
    found = series(seat.account, instrument, query.timeframe, between, units=units, most=query.limit + 1)
    return _page(found, query.limit)


def _page(found: Series, limit: int) -> BarPage:
    bars = [BarOut.model_validate(bar) for bar in reversed(found.bars)]
    more = len(bars) > limit
    return BarPage(
        items=bars[:limit],
        sources=list(found.sources),
        fetched_at=found.fetched_at,
        next=finding.next_page(bars[limit - 1].start.isoformat()) if more else None,
    )
