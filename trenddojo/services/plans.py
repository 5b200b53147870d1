"""A trade's life before its first fill: planned, changed, placed at the broker by hand, cancelled; and its deletion."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.exc import IntegrityError

from trenddojo.domain.terms import TradeStatus
from trenddojo.services import sectors
from trenddojo.services.errors import Conflict, Forbidden, Invalid, NotFound
from trenddojo.services.inputs.plans import PlanChange, PlanInput, SizingInput
from trenddojo.services.plan_records import add_records, amend_records, log_change, plan_of, write
from trenddojo.services.plan_rules import answer_problems, decide, figures
from trenddojo.services.records import begin, conclude, tell
from trenddojo.store import trades
from trenddojo.store.database import db, discard
from trenddojo.store.models import Trade
from trenddojo.store.seats import Seat

__all__ = [
    "back_to_planning",
    "cancel_plan",
    "delete_trade",
    "edit_plan",
    "mark_placed",
    "plan_of",
    "plan_trade",
    "reopen_plan",
    "restore_trade",
]

_UNFILLED = (TradeStatus.PLANNING, TradeStatus.PENDING)
_SIZING = frozenset(SizingInput.model_fields)


@dataclass(frozen=True, slots=True)
class _Move:
    """A change of status by hand, and the name that the trade's history gives it."""

    name: str
    to: TradeStatus
    allowed_from: tuple[TradeStatus, ...]


_PLACED = _Move("placed", TradeStatus.PENDING, (TradeStatus.PLANNING,))
_UNPLACED = _Move("unplaced", TradeStatus.PLANNING, (TradeStatus.PENDING,))
_CANCELLED = _Move("cancelled", TradeStatus.CANCELLED, _UNFILLED)
_REOPENED = _Move("reopened", TradeStatus.PLANNING, (TradeStatus.CANCELLED,))


def plan_trade(seat: Seat, plan: PlanInput, now: datetime, key: UUID) -> Trade:
    """Plan a trade, sized by the account's limits; a repeated `key` finds the trade that the first one made.

    Raises Forbidden; Invalid where a field does not fit, a required checklist item is not checked, the typed quantity
    breaks a limit, or no quantity fits.
    """
    _require_trader(seat)
    try:
        return _planned_once(seat, plan, now, key)
    except IntegrityError:  # a double click, or the same new tag or setup, committed a moment before
        discard()
        return _planned_once(seat, plan, now, key)


def edit_plan(seat: Seat, trade: Trade, change: PlanChange, now: datetime) -> Trade:
    """Change the plan of a trade without fills; its history keeps what was before. Sized anew only if that changes.

    Raises Forbidden, Conflict for a trade with fills or a cancelled one, and Invalid as `plan_trade` does.
    """
    begin(seat, trade)
    _require_unfilled(trade)
    before = plan_of(trade, seat.account)
    after = change.applied_to(before)
    if problems := after.problems():
        raise Invalid(problems)
    resized = any(getattr(before, field) != getattr(after, field) for field in _SIZING)
    decision = decide(seat, after, now, without=trade.id) if resized else None
    if decision is None and (problems := answer_problems(seat, after, now)):
        raise Invalid(problems)
    write(trade, seat, after, decision)
    if after.sector or after.symbol == before.symbol:
        sectors.say(seat, after.symbol, after.sector)
    amend_records(trade, seat, after, now)
    log_change(trade, seat, before, plan_of(trade, seat.account), now)
    conclude(seat, trade)
    return trade


def mark_placed(seat: Seat, trade: Trade, now: datetime) -> Trade:
    """The person placed the entry with their broker: from now on its planned risk counts as working.

    Raises Forbidden, and Conflict unless the trade is being planned.
    """
    return _move(seat, trade, now, _PLACED)


def back_to_planning(seat: Seat, trade: Trade, now: datetime) -> Trade:
    """The entry no longer waits at the broker. Raises Forbidden, and Conflict unless it was placed."""
    return _move(seat, trade, now, _UNPLACED)


def cancel_plan(seat: Seat, trade: Trade, now: datetime) -> Trade:
    """Give up a plan that never filled. Raises Forbidden, and Conflict for a trade with fills."""
    return _move(seat, trade, now, _CANCELLED)


def reopen_plan(seat: Seat, trade: Trade, now: datetime) -> Trade:
    """Plan a cancelled trade again. Raises Forbidden, and Conflict unless it is cancelled."""
    return _move(seat, trade, now, _REOPENED)


def delete_trade(seat: Seat, trade: Trade, now: datetime) -> Trade:
    """Take a trade and all that follows from it out of the books; `restore_trade` brings it back. Raises Forbidden."""
    begin(seat, trade)
    if trade.deleted_at is None:
        trade.deleted_at = now
        tell(seat, trade, now, "deleted", status=trade.status)
    conclude(seat, trade)
    return trade


def restore_trade(seat: Seat, trade: Trade, now: datetime) -> Trade:
    """Bring a deleted trade back.

    Raises Forbidden, and Conflict where another trade has been opened in its instrument meanwhile.
    """
    begin(seat, trade)
    if trade.deleted_at is None:
        return trade
    beside = trades.open_trade_in(trade.account_id, trade.instrument_id)
    if trade.status is TradeStatus.ACTIVE and beside is not None:
        raise Conflict(f"Another trade in {trade.symbol} is open now; an account holds one at a time.")
    trade.deleted_at = None
    tell(seat, trade, now, "restored", status=trade.status)
    conclude(seat, trade)
    return trade


def _planned_once(seat: Seat, plan: PlanInput, now: datetime, key: UUID) -> Trade:
    if (first := db.session.get(Trade, key)) is not None:
        return _first_result(first, seat)
    decision = decide(seat, plan, now)
    at = plan.planned_at or now
    trade = Trade(id=key, account_id=seat.account.id, planned_at=at, sort_at=at, created_by=seat.user.id, tags=[])
    write(trade, seat, plan, decision)
    db.session.add(trade)
    db.session.flush()
    add_records(trade, seat, plan)
    if plan.sector:
        sectors.say(seat, plan.symbol, plan.sector)
    tell(seat, trade, now, "planned", **figures(decision))
    conclude(seat, trade)
    return trade


def _first_result(trade: Trade, seat: Seat) -> Trade:
    if trade.account_id != seat.account.id or trade.created_by != seat.user.id:
        raise NotFound
    if trade.deleted_at is not None:
        raise Conflict("This plan was saved before, and has been deleted since.")
    return trade


def _move(seat: Seat, trade: Trade, now: datetime, move: _Move) -> Trade:
    begin(seat, trade)
    if trade.status is move.to:
        return trade  # a double click
    if trade.status not in move.allowed_from:
        raise Conflict(f"This trade is {trade.status}: it cannot become {move.to}.")
    tell(seat, trade, now, move.name, before=trade.status, after=move.to)
    trade.status = move.to
    conclude(seat, trade)
    return trade


def _require_trader(seat: Seat) -> None:
    if not seat.may_trade:
        raise Forbidden(f"You may look at {seat.account.name}, but not trade it.")


def _require_unfilled(trade: Trade) -> None:
    if trade.status not in _UNFILLED:
        raise Conflict(f"This trade is {trade.status}: its plan can no longer be changed.")
