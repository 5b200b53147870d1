"""Trades: listed, planned, changed and deleted."""

from datetime import datetime
from uuid import UUID

from trenddojo.domain.terms import TradeStatus
from trenddojo.services import details, plans
from trenddojo.services.errors import Invalid
from trenddojo.services.inputs.listing import spelled
from trenddojo.services.inputs.records import DetailsInput
from trenddojo.store.listing import trades_listed
from trenddojo.store.models import Trade
from trenddojo.store.seats import Seat
from trenddojo.web import deps
from trenddojo.web.api import finding, reading
from trenddojo.web.api.inputs import PlanBody, PlanState, TradeChange, TradesQuery
from trenddojo.web.api.operations import Group
from trenddojo.web.api.outputs.trades import TradeOut, TradePage, TradeRow
from trenddojo.web.api.outputs.whole import whole_trade

group = Group("Trades")
_MOVES = {PlanState.PENDING: plans.mark_placed, PlanState.CANCELLED: plans.cancel_plan}
_UNFILLED = (TradeStatus.PLANNING, TradeStatus.PENDING, TradeStatus.CANCELLED)


@group.get("/trades")
def list_trades(query: TradesQuery) -> TradePage:
    """List trades and plans.

    The newest first, unless asked otherwise.
    """
    seats = [finding.seat(query.account, "account")] if isinstance(query.account, UUID) else deps.seats()
    page = trades_listed(seats, query.filters, query.order, query.place, backwards=query.backwards, limit=query.limit)
    return TradePage(
        items=[TradeRow.model_validate(row) for row in page.rows],
        next=finding.next_page(spelled(page.after)) if page.after else None,
    )


@group.post("/trades")
def plan_trade(body: PlanBody) -> TradeOut:
    """Plan a trade.

    It is sized by the account's limits; a quantity of your own has to stay within them. Required items of the checklist
    have to be among the checked ones.
    """
    seat = finding.seat(body.account_id, "account_id")
    return whole_trade(plans.plan_trade(seat, body, deps.now(), reading.key()))


@group.get("/trades/<uuid:trade_id>")
def get_trade(trade_id: UUID) -> TradeOut:
    """Look at a trade.

    With its plan, legs, stops, fills and notes.
    """
    return whole_trade(finding.trade(trade_id)[1])


@group.patch("/trades/<uuid:trade_id>")
def change_trade(trade_id: UUID, body: TradeChange) -> TradeOut:
    """Change a plan, its state, or a trade's labels.

    The history keeps what was before. A plan is sized anew where its size may change.
    """
    seat, trade = finding.trade(trade_id)
    if body.status is not None:
        _move(seat, trade, body.status, deps.now())
    elif trade.status in _UNFILLED:
        plans.edit_plan(seat, trade, body, deps.now())
    else:
        details.change_details(seat, trade, _labels(trade, body), deps.now())
    return whole_trade(trade)


@group.delete("/trades/<uuid:trade_id>")
def delete_trade(trade_id: UUID) -> None:
    """Take a trade out of the books.

    All that follows from it goes with it. It can be brought back in the browser.
    """
    seat, trade = finding.trade(trade_id)
    plans.delete_trade(seat, trade, deps.now())


def _move(seat: Seat, trade: Trade, status: PlanState, now: datetime) -> None:
    back = plans.reopen_plan if trade.status is TradeStatus.CANCELLED else plans.back_to_planning
    _MOVES.get(status, back)(seat, trade, now)


def _labels(trade: Trade, change: TradeChange) -> DetailsInput:
    """What the trade is labelled with after a change. Raises Invalid where it would change more than that."""
    sent = {name: getattr(change, name) for name in change.model_fields_set}
    beyond = sent.keys() - DetailsInput.model_fields.keys()
    if beyond:
        raise Invalid(dict.fromkeys(beyond, f"The trade is {trade.status}: its plan can no longer be changed."))
    return DetailsInput.model_construct(**{**details.details_of(trade), **sent})
