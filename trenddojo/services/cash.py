"""Cash that moves apart from trades: recorded, corrected, deleted, and listed with its running total."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID, uuid4, uuid5

from trenddojo.domain.equity import local_date
from trenddojo.domain.terms import CashKind
from trenddojo.services import books
from trenddojo.services.errors import Forbidden, Invalid, NotFound
from trenddojo.services.inputs.cash import CashInput, NewCashInput
from trenddojo.store import accounts, cash
from trenddojo.store.database import db
from trenddojo.store.models import CashMovement
from trenddojo.store.seats import Seat

PAGE = 30


@dataclass(frozen=True, slots=True)
class Line:
    """A movement in the list: what it adds to the balance, and starting balance and cash up to and with it."""

    movement: CashMovement
    added: Decimal
    running: Decimal


@dataclass(frozen=True, slots=True)
class Listed:
    """One page of an account's cash, the latest first; `older` is where the next page begins."""

    lines: tuple[Line, ...]
    older: UUID | None


def movements(seat: Seat, before: UUID | None = None, limit: int = PAGE) -> Listed:
    """The account's cash from the movement `before` (None: the latest) backwards.

    Raises NotFound where `before` is not a movement of the account.
    """
    account = seat.account
    found = cash.movements(account.id, movement_of(seat, before) if before else None, limit + 1)
    page = found[:limit]
    running = account.starting_balance + (cash.total_before(account.id, page[-1]) if page else 0)
    lines = []
    for movement in reversed(page):
        running += cash.signed(movement)
        lines.append(Line(movement, cash.signed(movement), running))
    return Listed(tuple(reversed(lines)), page[-1].id if len(found) > limit else None)


def totals(seat: Seat) -> Mapping[CashKind, Decimal]:
    """What each kind that occurs has brought in all, what went out below 0."""
    return cash.totals_by_kind(seat.account.id)


def movement_of(seat: Seat, movement_id: UUID) -> CashMovement:
    """One movement of the account, deleted or not. Raises NotFound for another account's."""
    found = cash.movement_at(seat.account.id, movement_id)
    if found is None:
        raise NotFound
    return found


def record_cash(seat: Seat, entered: NewCashInput, now: datetime) -> CashMovement:
    """Record a movement. Sent a second time with the same key, it finds the first.

    Raises Forbidden for somebody who may only look, Invalid for a date before the account opened or in the future.
    """
    _begin(seat)
    _check_date(seat, entered.on, now)
    movement_id = uuid5(seat.account.id, f"cash:{entered.key}") if entered.key else uuid4()
    if found := cash.movement_at(seat.account.id, movement_id):
        return found
    movement = CashMovement(
        id=movement_id,
        account_id=seat.account.id,
        on=entered.on,
        kind=entered.kind,
        amount=entered.amount,
        note=entered.note,
        created_by=seat.user.id,
        created_at=now,
    )
    db.session.add(movement)
    books.settle_cash(seat, movement.on)
    db.session.commit()
    return movement


def correct_cash(seat: Seat, movement_id: UUID, entered: CashInput, now: datetime) -> CashMovement:
    """Correct a movement. Raises as `record_cash`, and NotFound for one that is deleted or another account's."""
    _begin(seat)
    movement = movement_of(seat, movement_id)
    if movement.deleted_at is not None:
        raise NotFound
    _check_date(seat, entered.on, now)
    before = movement.on
    movement.on, movement.kind = entered.on, entered.kind
    movement.amount, movement.note = entered.amount, entered.note
    books.settle_cash(seat, before, movement.on)
    db.session.commit()
    return movement


def delete_cash(seat: Seat, movement_id: UUID, now: datetime) -> CashMovement:
    """Take a movement out of the books; it can be restored. Raises Forbidden or NotFound."""
    return _set_deleted(seat, movement_id, now)


def restore_cash(seat: Seat, movement_id: UUID) -> CashMovement:
    """Bring a deleted movement back. Raises Forbidden or NotFound."""
    return _set_deleted(seat, movement_id, None)


def _set_deleted(seat: Seat, movement_id: UUID, at: datetime | None) -> CashMovement:
    _begin(seat)
    movement = movement_of(seat, movement_id)
    movement.deleted_at = at
    books.settle_cash(seat, movement.on)
    db.session.commit()
    return movement


def _begin(seat: Seat) -> None:
    if not seat.may_trade:
        raise Forbidden(f"You may look at {seat.account.name}, but not record cash there.")
    accounts.lock(seat.account)


def _check_date(seat: Seat, on: date, now: datetime) -> None:
    if on > local_date(now, seat.zone):
        raise Invalid({"on": "This is in the future."})
    if on < seat.account.opened_on:
        raise Invalid({"on": f"The account opened on {seat.account.opened_on:%Y-%m-%d}."})
