"""Splits of what an account trades."""

from uuid import UUID

from trenddojo.services import splits
from trenddojo.services.inputs.splits import SplitInput
from trenddojo.store.models import Instrument, StockSplit
from trenddojo.store.trades import instrument_of
from trenddojo.web import deps
from trenddojo.web.api import finding
from trenddojo.web.api.operations import Group
from trenddojo.web.api.outputs.trades import RecordedSplit, SplitOut, SplitsOut, TradeOut
from trenddojo.web.api.outputs.whole import whole_trade

group = Group("Splits")


@group.get("/accounts/<uuid:account_id>/splits")
def list_splits(account_id: UUID) -> SplitsOut:
    """List the splits that count on an account.

    Those that were typed, and those that imports brought.
    """
    return SplitsOut(items=[_shown(*one) for one in splits.listed(deps.seat(account_id))])


@group.post("/trades/<uuid:trade_id>/splits")
def record_split(trade_id: UUID, body: SplitInput) -> RecordedSplit:
    """Record a split of what a trade holds.

    It counts for every trade of the account that ran across it. Their quantities, prices, stops and targets are in the
    units of after it from now on; fills and stops stay as they were told, and no money changes.
    """
    seat, trade = finding.trade(trade_id)
    instrument = instrument_of(trade)
    row = splits.record_split(seat, instrument, body, deps.now())
    return RecordedSplit(split=_shown(row, instrument), trade=whole_trade(trade))


@group.delete("/trades/<uuid:trade_id>/splits/<uuid:split_id>")
def delete_split(trade_id: UUID, split_id: UUID) -> TradeOut:
    """Take a split out of the books.

    It is refused where fills that were recorded since do not fit without it. It can be brought back in the browser.
    """
    seat, trade = finding.trade(trade_id)
    splits.delete_split(seat, splits.split_of(seat, trade, split_id).id, deps.now())
    return whole_trade(trade)


def _shown(row: StockSplit, instrument: Instrument) -> SplitOut:
    return SplitOut(
        id=row.id,
        symbol=instrument.symbol,
        on=row.on,
        numerator=row.numerator,
        denominator=row.denominator,
        source=row.source,
    )
