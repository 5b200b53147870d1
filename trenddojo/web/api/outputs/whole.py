"""A trade put together with all its records."""

from trenddojo.store import plans, timeline, trades
from trenddojo.store.models import Trade
from trenddojo.web.api.outputs.trades import (
    CheckOut,
    FillOut,
    InstrumentOut,
    LegOut,
    NoteOut,
    PlanOut,
    StopOut,
    TradeOut,
    TradeRow,
)

_APART = {"instrument", "plan", "checklist", "legs", "stops", "fills", "notes"}
_OWN = TradeOut.model_fields.keys() - TradeRow.model_fields.keys() - _APART


def whole_trade(trade: Trade) -> TradeOut:
    """The trade as it stands, its records oldest first."""
    return TradeOut(
        **dict(TradeRow.model_validate(trade)),
        **{name: getattr(trade, name) for name in _OWN},
        instrument=InstrumentOut.model_validate(trades.instrument_of(trade)),
        plan=PlanOut.model_validate(trade),
        checklist=[CheckOut.model_validate(answer) for answer in plans.responses_of(trade.id)],
        legs=[LegOut.model_validate(leg) for leg in trades.legs_of(trade.id)],
        stops=[StopOut.model_validate(change) for change in trades.stops_of(trade.id)],
        fills=[FillOut.model_validate(fill) for fill in trades.executions_of(trade.id)],
        notes=[NoteOut.model_validate(note) for note in timeline.notes_of(trade.id)],
    )
