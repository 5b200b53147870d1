"""How a trade is labelled: setup, quality, tags and the like, in any state of its life."""

from datetime import datetime
from typing import Any

from trenddojo.services import books, sectors
from trenddojo.services.inputs.records import DetailsInput
from trenddojo.services.plan_records import put_tags, setup_named
from trenddojo.services.records import begin, tell
from trenddojo.store import plans
from trenddojo.store.database import db
from trenddojo.store.models import Trade
from trenddojo.store.seats import Seat
from trenddojo.store.sectors import sectors_of

_FIELDS = ("label", "market_condition", "timeframe", "correlation_group")


def change_details(seat: Seat, trade: Trade, details: DetailsInput, now: datetime) -> Trade:
    """Label a trade anew; what was said before is kept in its history. Raises Forbidden."""
    begin(seat, trade)
    before = details_of(trade)
    sectors.say(seat, trade.symbol, details.sector)
    for name in _FIELDS:
        setattr(trade, name, getattr(details, name))
    trade.setup, trade.setup_quality = setup_named(seat, details.setup), details.quality
    plans.untag(trade.id)
    put_tags(trade, seat, details.tags)
    after = details_of(trade)
    if changed := [name for name in after if before[name] != after[name]]:
        detail = {"before": {name: before[name] for name in changed}, "after": {name: after[name] for name in changed}}
        tell(seat, trade, now, "details_changed", **detail)
        books.settle_labels(trade, seat)
    db.session.commit()
    return trade


def details_of(trade: Trade) -> dict[str, Any]:
    """A trade's labels, by the fields of `DetailsInput`."""
    told: dict[str, Any] = {name: getattr(trade, name) for name in _FIELDS}
    told["sector"] = sectors_of(trade.account_id).get(trade.symbol, "")
    return {**told, "setup": trade.setup, "quality": trade.setup_quality, "tags": list(trade.tags)}
