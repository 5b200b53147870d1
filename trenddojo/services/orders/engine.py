"""What the house does by itself: sends what is written down, ends what has no position, guards what is held.

Each round decides in one transaction and then asks the broker with none open, until there is nothing left to do.
"""

from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from flask import current_app

from trenddojo.brokers.errors import BrokerError, BrokerErrorCode
from trenddojo.brokers.manager import BrokerManager
from trenddojo.domain.money import ZERO
from trenddojo.domain.order_states import OrderRole, OrderState
from trenddojo.services import leases
from trenddojo.services.faults import Refused
from trenddojo.services.orders import exits, passes, sending, watch, withdrawing
from trenddojo.services.orders.desk import Desk
from trenddojo.services.orders.exits import Standing
from trenddojo.services.orders.journal import move, tell
from trenddojo.services.orders.passes import Passed
from trenddojo.services.orders.posting import Posting, posting
from trenddojo.store import orders
from trenddojo.store.database import db, discard
from trenddojo.store.models import Order, Trade

EXTENSION = "restless_accounts"
_ROUNDS = 8
"""More than closing a scaled-in position takes: legs ended, exit sent, the rest guarded."""
STOPPED = "The position was closed before this exit could be sent."
TOO_LATE = "It could not be sent in time, and is not sent any more."


def follow(manager: BrokerManager, desk: Desk, now: datetime) -> Passed:
    """One pass over an account, and what is to be done after it. Raises as `passes.run` does.

    Where the pass found nothing new, there is nothing to do that was not done before, unless something is waiting.
    """
    passed = passes.run(manager, desk, now)
    if passed.wrote or passed.waits:
        restless().add(desk.account_id)  # until all of it is done, whatever comes in between
    if desk.account_id in restless():
        drive(manager, desk, now, is_after_pass=True)
    return passed


def drive(
    manager: BrokerManager, desk: Desk, now: datetime, trade_id: UUID | None = None, *, is_after_pass: bool = False
) -> None:
    """Do what the account's orders and positions ask for now, or those of one trade, and tell of what is still open.

    Fills that are told and not booked yet are looked for once; right after a pass not before something was done: the
    pass has just asked. Ends the caller's transaction.
    """
    tried: set[UUID] = set()
    has_looked = False
    for _ in range(_ROUNDS):
        if not has_looked and (tried or not is_after_pass) and _lacks_fills(desk):
            has_looked, trade_id = True, None  # what a pass books may belong to any trade
            restless().add(desk.account_id)
            with suppress(BrokerError):  # the next pass asks again
                passes.run(manager, desk, now)
        agenda = _decided(desk, now, trade_id)
        todo = agenda.without(tried)
        if todo.is_empty:
            break
        for order_id in todo.withdraw:
            withdrawing.withdraw(manager, desk, order_id, None, now)
        for order_id in todo.send:
            sending.send(manager, desk, order_id, now)
        tried |= {*todo.withdraw, *todo.send}
    _note_rest(desk, is_done=agenda.is_empty)
    if not agenda.is_watched:
        watch.over(desk, now, trade_id)


@dataclass(frozen=True, slots=True)
class Written:
    """An order that is written down. One that adds risk `goes_at_once`: there is nothing to be done before it."""

    order_id: UUID
    trade_id: UUID | None
    goes_at_once: bool


def submit(manager: BrokerManager, desk: Desk, written: Written, now: datetime) -> None:
    """Send an order that has just been written down, and do what follows from it.

    While an order that adds risk only works, nothing follows from it: no position has changed.
    """
    told = sending.send(manager, desk, written.order_id, now) if written.goes_at_once else None
    if not written.goes_at_once or (told is not None and (told.filled_quantity or told.status.is_final)):
        drive(manager, desk, now, written.trade_id)


def restless() -> set[UUID]:
    """The accounts of this process where something was to be done that the broker did not let us do yet."""
    found: set[UUID] = current_app.extensions.setdefault(EXTENSION, set())
    return found


def _note_rest(desk: Desk, *, is_done: bool) -> None:
    if is_done:
        restless().discard(desk.account_id)
    else:
        restless().add(desk.account_id)


def _lacks_fills(desk: Desk) -> bool:
    found = orders.lacks_fills(desk.account_id)
    discard()
    return found


def protect(manager: BrokerManager, desk: Desk, trade_id: UUID, by: UUID, now: datetime) -> None:
    """Place the stops that a trade lacks because a person asks for it; ends the caller's transaction."""
    discard()
    post = posting(desk.account_id, now)
    trade = db.session.get_one(Trade, trade_id)
    exits.placed(desk, exits.standing_of(trade, post.seat.account), now, by=by)
    post.touch(trade)
    post.keep()
    drive(manager, desk, now)


def refusal(order: Order) -> Refused:
    """What is raised of an order that its broker refused."""
    code = BrokerErrorCode(order.error_code or BrokerErrorCode.UNKNOWN)
    found = Refused(BrokerError(order.reason, code, ""))
    found.status = 422 if found.status == 502 else found.status  # the broker did answer, and said no
    found.details = {"order_id": str(order.id)}
    return found


@dataclass(slots=True)
class _Agenda:
    """What is to be asked of the broker next. `is_watched`: what lacks its stop was told with the decision."""

    withdraw: list[UUID] = field(default_factory=list)
    send: list[UUID] = field(default_factory=list)
    is_watched: bool = False

    @property
    def is_empty(self) -> bool:
        return not (self.withdraw or self.send)

    def without(self, tried: set[UUID]) -> "_Agenda":
        """What was not tried yet, each once."""
        return _Agenda(
            [one for one in dict.fromkeys(self.withdraw) if one not in tried],
            [one for one in dict.fromkeys(self.send) if one not in tried],
        )


def _decided(desk: Desk, now: datetime, trade_id: UUID | None) -> _Agenda:
    """Decide in one transaction; intents that this makes are committed before anything is asked.

    Where there is nothing to do, what was read for that also says what lacks its stop.
    """
    discard()
    post, agenda = posting(desk.account_id, now), _Agenda()
    if not leases.owns(leases.BROKERS, desk.token):
        discard()
        return agenda
    _created(desk, post, agenda)
    _idle(post, agenda)
    standings = exits.open_standings(post.seat.account, trade_id)
    _guards(desk, post, agenda, standings)
    if agenda.is_empty and not post.is_new:
        watch.tell(post.seat.account, standings, now, trade_id)
        agenda.is_watched = True
    post.keep()
    return agenda


def _created(desk: Desk, post: Posting, agenda: _Agenda) -> None:
    """Orders that are written down: sent, or given up once that makes no sense any more."""
    for order in orders.in_states(desk.account_id, OrderState.CREATED):
        deadline = order.send_until or order.created_at + sending.TRY_AGAIN
        if post.now >= deadline:
            _give_up(post, order, TOO_LATE)
        elif order.role in exits.CLOSING:
            _close(post, agenda, order)
        else:
            agenda.send.append(order.id)


def _give_up(post: Posting, order: Order, why: str) -> None:
    order.reason = f"{order.reason} {why}".strip()
    move(order, OrderState.CANCELLED, post.now, "never_sent", evidence={"reason": why})
    post.of(order)


def _close(post: Posting, agenda: _Agenda, order: Order) -> None:
    """An exit goes once no leg works on that might close the same units: first those are ended."""
    trade = db.session.get_one(Trade, order.trade_id)
    found = orders.of_trade(trade.id)
    legs = [one for one in found if one.role in (OrderRole.STOP, OrderRole.TARGET)]
    live = [one for one in legs if not one.state.is_final]
    if any(one.lacks_fills for one in found):
        return  # what is held is not known yet
    if not trade.quantity:
        _give_up(post, order, STOPPED)
    elif live:
        agenda.withdraw += [one.id for one in _heads(live) if one.pending_op is None and not one.state.is_unresolved]
    else:
        _shrink(post, order, trade.quantity)
        agenda.send.append(order.id)


def _heads(live: list[Order]) -> Iterator[Order]:
    """Of exits that came together, one: with it the broker ends the other, or the next round does."""
    seen: set[UUID] = set()
    for one in live:
        family = one.parent_id or one.id
        if family not in seen:
            seen.add(family)
            yield one


def _shrink(post: Posting, order: Order, held: Decimal) -> None:
    """A stop that filled in part meanwhile leaves less to close. The order was never sent: it may still change."""
    if order.quantity > held > ZERO:
        order.quantity = held
        order.request_hash = sending.request_of(order).fingerprint
        tell(order, post.now, "shrunk", evidence={"quantity": f"{held:f}"})
        post.of(order)


def _idle(post: Posting, agenda: _Agenda) -> None:
    agenda.withdraw += [order.id for order in exits.idle_exits(post.seat.account.id)]


def _guards(desk: Desk, post: Posting, agenda: _Agenda, standings: Iterable[Standing]) -> None:
    """Of each open trade: what guards too much goes, what is missing comes."""
    for found in standings:
        if found.is_leaving or found.may_leave or found.lacks_fills:
            continue
        gone = exits.surplus(found) or exits.lacks_target(desk.spec.capabilities, found)
        agenda.withdraw += [one.id for one in _heads(gone) if one.pending_op is None]
        if not gone and (made := exits.placed(desk, found, post.now)):
            agenda.send += made
            post.touch(found.trade)
