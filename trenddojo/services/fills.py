"""Fills of a trade: recorded, corrected, deleted and restored, each time with all that follows from them."""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from trenddojo.domain.money import PRICE_PLACES, ZERO, rounded
from trenddojo.domain.stops import StopChange, stop_in_force
from trenddojo.domain.terms import TradeStatus
from trenddojo.services import books, history
from trenddojo.services.books import Books, as_fill
from trenddojo.services.errors import Conflict, Invalid, NotFound
from trenddojo.services.inputs.records import FillCorrection, FillInput, FillKind, fill_problems
from trenddojo.services.records import begin, conclude, exact, happened, rate_to_base, tell
from trenddojo.services.split_records import first_stop
from trenddojo.store import fills, trades
from trenddojo.store.database import db
from trenddojo.store.models import Execution, Leg, Trade
from trenddojo.store.seats import Seat


def record_fill(seat: Seat, trade: Trade, fill: FillInput, now: datetime) -> Execution:
    """Record what was bought or sold; the same key again finds the first record.

    An entry freezes its leg's stop of that moment (rule 19 of docs/NUMBERS.md). Raises Invalid where a field is wrong,
    more is sold than is held or the instrument is open in another trade, Conflict for a cancelled plan, Forbidden.
    """
    begin(seat, trade)
    key = fill.key or uuid4().hex
    if (first := fills.fill_with_key(trade, key)) is not None:
        return _repeated(first, trade)
    if trade.status is TradeStatus.CANCELLED:
        raise Conflict("This plan is cancelled. Reopen it, then record the fill.")
    before = books.open_books(trade, seat.account)
    execution = _new(seat, before, fill, key, now)
    history.check(seat, before, (*before.told, as_fill(execution)), key)
    db.session.add(execution)
    conclude(seat, trade)
    return execution


def correct_fill(seat: Seat, trade: Trade, fill_id: UUID, as_was: FillCorrection, now: datetime) -> Execution:
    """Change a recorded fill to what really was; what it said before is kept in the trade's history.

    An entry's stop is frozen anew at its corrected time and leg. Raises NotFound, and as `record_fill`.
    """
    begin(seat, trade)
    execution = _existing(trade, fill_id)
    kind = kind_of(trade, execution)
    if problems := fill_problems(as_was, kind):
        raise Invalid(problems)
    before = books.open_books(trade, seat.account)
    if kind is FillKind.ENTRY and as_was.leg is None:
        as_was = as_was.model_copy(update={"leg": execution.leg})
    values = _values(seat, before, as_was, kind, now)
    if values["at"] != execution.at:
        values["sequence"] = _next_sequence(before, values["at"])
    changed = [
        replace(fill, **{name: value for name, value in values.items() if name != "exit_reason"})
        if fill.key == execution.key
        else fill
        for fill in before.told
    ]
    history.check(seat, before, changed, execution.key)
    _rewrite(seat, trade, execution, values, now)
    conclude(seat, trade)
    return execution


def delete_fill(seat: Seat, trade: Trade, fill_id: UUID, now: datetime) -> Execution:
    """Take a fill out of the trade; `restore_fill` brings it back.

    Raises Invalid where the other fills could not stand without it, NotFound and Forbidden.
    """
    begin(seat, trade)
    execution = _existing(trade, fill_id)
    before = books.open_books(trade, seat.account)
    history.check(seat, before, (fill for fill in before.told if fill.key != execution.key))
    execution.deleted_at = now
    tell(seat, trade, now, "fill_deleted", fill=str(execution.id), before=_told(execution))
    conclude(seat, trade)
    return execution


def restore_fill(seat: Seat, trade: Trade, fill_id: UUID, now: datetime) -> Execution:
    """Bring a deleted fill back; raises as `delete_fill`."""
    begin(seat, trade)
    execution = fills.fill_at(trade, fill_id, deleted=True)
    if execution is None:
        raise NotFound
    before = books.open_books(trade, seat.account)
    history.check(seat, before, (*before.told, as_fill(execution)))
    execution.deleted_at = None
    tell(seat, trade, now, "fill_restored", fill=str(execution.id), after=_told(execution))
    conclude(seat, trade)
    return execution


def kind_of(trade: Trade, execution: Execution) -> FillKind:
    """Whether a fill entered the trade or left it."""
    return FillKind.ENTRY if execution.side is trade.direction.entry_side else FillKind.EXIT


def leg_to_fill(found: Books, legs: list[Leg]) -> Leg | None:
    """The leg that the next entry belongs to: the first whose planned quantity is not filled, else the last."""
    waiting = (leg for leg in legs if unfilled(found, leg) > 0)
    return next(waiting, legs[-1] if legs else None)


def unfilled(found: Books, leg: Leg) -> Decimal:
    """How much of a leg's planned quantity has not been filled, not below 0."""
    filled = sum((lot.quantity for lot in found.position.entries if lot.fill.leg == leg.number), ZERO)
    return max(leg.planned_quantity - filled, ZERO)


def _repeated(first: Execution, trade: Trade) -> Execution:
    if first.trade_id != trade.id:
        raise Conflict("This key has recorded a fill of another trade already.")
    return first


def _existing(trade: Trade, fill_id: UUID) -> Execution:
    execution = fills.fill_at(trade, fill_id)
    if execution is None:
        raise NotFound
    return execution


def _new(seat: Seat, before: Books, fill: FillInput, key: str, now: datetime) -> Execution:
    trade = before.trade
    side = trade.direction.entry_side if fill.kind is FillKind.ENTRY else trade.direction.exit_side
    values = _values(seat, before, fill, fill.kind, now)
    return Execution(
        id=uuid4(),
        account_id=trade.account_id,
        trade_id=trade.id,
        key=key,
        sequence=_next_sequence(before, values["at"]),
        side=side,
        created_by=seat.user.id,
        created_at=now,
        **values,
    )


def _values(
    seat: Seat, before: Books, fill: FillInput | FillCorrection, kind: FillKind, now: datetime
) -> dict[str, Any]:
    """The columns that a person decides, checked one by one, and the stop that follows from leg and time."""
    at = happened(fill.at, now)
    leg = _leg(before, fill.leg, kind)
    fee = fill.fee if fill.fee is not None else _estimate(before, fill.quantity, fill.price)
    return {
        "at": at,
        "quantity": fill.quantity,
        "price": fill.price,
        "fee": fee,
        "fee_estimated": fill.fee is None,
        "fx": rate_to_base(seat.account, before.instrument, fill.fx),
        "leg": leg.number if leg else None,
        "stop": stop_then(leg, at) if leg and kind is FillKind.ENTRY else None,
        "exit_reason": fill.exit_reason,
    }


def _leg(before: Books, number: int | None, kind: FillKind) -> Leg | None:
    """The leg that was named, else for an entry the one that waits for it."""
    if number is not None:
        leg = fills.leg_at(before.trade, number)
        if leg is None:
            raise Invalid({"leg": f"This trade has no leg {number}."})
        return leg
    if kind is FillKind.EXIT:
        return None
    leg = leg_to_fill(before, list(trades.legs_of(before.trade.id)))
    if leg is None:
        raise Invalid({"leg": "This trade has no leg yet. Add one with its stop first."})
    return leg


def _estimate(before: Books, quantity: Decimal, price: Decimal) -> Decimal:
    """The account's own estimate of a fill's fee in the instrument's currency (rule 11); 0 where there is no model."""
    return rounded(before.commission(quantity, price), PRICE_PLACES) if before.commission else ZERO


def stop_then(leg: Leg, at: datetime) -> Decimal | None:
    """The leg's stop in force at a time; a fill from before the first stop was noted has that first stop."""
    rows = [row for row in trades.stops_of(leg.trade_id) if row.leg == leg.number]
    if not rows:
        return leg.stop
    in_force = stop_in_force((StopChange(row.leg, row.at, row.new) for row in rows), leg.number, at)
    return first_stop(leg, rows, at) if in_force is None else in_force


def give_stops(found: Books, entries: Collection[UUID]) -> None:
    """Freeze anew the stop of some entries: what their leg had by then, which the books as a whole tell."""
    legs = {leg.number: leg for leg in found.legs}
    for row in found.executions:
        if row.id in entries and row.leg is not None and kind_of(found.trade, row) is FillKind.ENTRY:
            row.stop = stop_then(legs[row.leg], row.at)


def _next_sequence(before: Books, at: datetime) -> int:
    """Fills of one moment count in the order in which they were recorded (rule 4)."""
    return max((fill.sequence + 1 for fill in before.position.fills if fill.at == at), default=0)


def _rewrite(seat: Seat, trade: Trade, execution: Execution, values: dict[str, Any], now: datetime) -> None:
    was = _told(execution)
    for name, value in values.items():
        setattr(execution, name, value)
    tell(seat, trade, now, "fill_corrected", fill=str(execution.id), before=was, after=_told(execution))


def _told(execution: Execution) -> dict[str, Any]:
    """A fill as the trade's history keeps it: exact amounts as text."""
    amounts = {name: exact(getattr(execution, name)) for name in ("quantity", "price", "fee", "fx")}
    return {
        **amounts,
        "side": execution.side.value,
        "at": execution.at.isoformat(),
        "fee_estimated": execution.fee_estimated,
        "leg": execution.leg,
        "stop": exact(execution.stop),
        "exit_reason": execution.exit_reason.value if execution.exit_reason else None,
    }
