"""What a followed account held before it was followed, less what a statement tells of it.

That is noted as outside of the books, so that books and broker agree. Fills from before the first comparison are a
part of it: brought in, they are in the books instead; taken out, they are outside again.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal

from trenddojo.domain.fills import Fill
from trenddojo.domain.money import QUANTITY_PLACES, ZERO, rounded
from trenddojo.domain.splits import units_at
from trenddojo.domain.terms import AssetType, Side
from trenddojo.services.imports.arranging import Cluster
from trenddojo.services.imports.facts import Facts
from trenddojo.store import orders
from trenddojo.store.database import db
from trenddojo.store.import_books import StoredFill
from trenddojo.store.models import Account, PositionCheck


def follow(account: Account, facts: Facts, clusters: Sequence[Cluster]) -> None:
    """Bring what is outside into line with what is about to be written; within the caller's transaction."""
    sync = orders.sync_of(account.id) if account.mode is not None else None
    if sync is None or facts.asset_type is AssetType.OPTION:
        return
    begun = sync.first_pass_at
    gone = {trade_id for cluster in clusters for trade_id in cluster.trades}
    after = (fill for cluster in clusters for piece in cluster.pieces for fill in piece.trip.fills)
    before = (row for row in facts.fills if row.counts and row.trade_id in gone)
    change = _held(after, begun, facts) - _held(before, begun, facts)
    if change:
        row = orders.checks_of(account.id).get(facts.symbol)
        if row is None:
            row = PositionCheck(account_id=account.id, symbol=facts.symbol, outside=ZERO, difference=ZERO, passes=0)
            db.session.add(row)
        row.outside -= change


def _held(fills: Iterable[Fill | StoredFill], begun: datetime, facts: Facts) -> Decimal:
    """What fills of before a moment add up to, in the units of that moment."""
    units = units_at(facts.splits, begun)
    past = ((units.quantity(fill.quantity, fill.at), fill.side) for fill in fills if fill.at <= begun)
    return rounded(sum((one if side is Side.BUY else -one for one, side in past), ZERO), QUANTITY_PLACES)
