"""The stop on the plan is a promise: what a position lacks of it, and what the engine does about that by itself.

Where a broker holds the exits with the entry, it keeps them in step. Where it cannot, the engine places them as the
entry fills. What a person, or the broker, took away from a position is not put back without asking: then an alert says
so, and a button mends it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID, uuid4

from trenddojo.brokers.spec import Capabilities
from trenddojo.brokers.validation import problems
from trenddojo.domain.legs import quantities_left
from trenddojo.domain.money import ZERO
from trenddojo.domain.order_states import OrderRole, OrderState
from trenddojo.domain.orders import OrderClass, OrderRequest, OrderType, StopLoss, TimeInForce
from trenddojo.domain.protection import Guard, Held, Protection, protection_of
from trenddojo.domain.terms import TradeStatus
from trenddojo.services.books import Books, open_books
from trenddojo.services.orders.desk import Desk
from trenddojo.services.orders.drafts import Draft
from trenddojo.services.orders.intents import new_order
from trenddojo.services.orders.journal import begin
from trenddojo.store import orders
from trenddojo.store.models import Account, Order, Trade

CLOSING = (OrderRole.EXIT, OrderRole.SCALE_OUT)
_STOPS = (OrderType.STOP, OrderType.STOP_LIMIT, OrderType.TRAILING_STOP)
_ENDED = (OrderState.CANCELLED, OrderState.REJECTED)
_DOUBTFUL = (OrderState.UNKNOWN, OrderState.NEEDS_REVIEW)
OWED = "Placed by the engine: the position lacked its stop."


@dataclass(frozen=True, slots=True)
class Standing:
    """How an open trade is protected. `now` counts stops that work, `soon` those that are on their way as well.

    `is_leaving`: an order that closes what is held at the market is on its way. `may_leave`: nobody knows whether one
    is, so that a stop beside it might sell twice, and what is held may be bare. `needs_person`: a stop was taken away
    by other hands than the engine's, and is not put back without asking. `lacks_fills`: the broker tells of fills that
    are not booked, so that what is held is not known.
    """

    trade: Trade
    books: Books
    orders: Sequence[Order]
    now: Protection
    soon: Protection
    is_leaving: bool
    may_leave: bool
    needs_person: bool
    lacks_fills: bool

    @property
    def is_safe(self) -> bool:
        """Whether every unit with a planned stop has one that works, or is about to be sold."""
        return self.now.is_complete or self.is_leaving


def standing_of(trade: Trade, account: Account) -> Standing:
    """How a trade is protected, read in the caller's transaction."""
    books = open_books(trade, account)
    found = [*orders.of_trade(trade.id), *orders.external_exits(account.id, trade.symbol, trade.direction.exit_side)]
    held = [Held(leg, left, books.stops.get(leg)) for leg, left in quantities_left(books.position).items() if left]
    by_leg = {one.leg: one.quantity for one in held}
    live = {one.id for one in found if not one.state.is_final}
    working = [_guard(one, by_leg, live) for one in found if _guards(one) and _works(one)]
    coming = [_guard(one, by_leg, live) for one in found if _guards(one) and not _works(one) and _is_coming(one)]
    return Standing(
        trade=trade,
        books=books,
        orders=found,
        now=protection_of(held, working),
        soon=protection_of(held, [*working, *coming]),
        is_leaving=any(_leaves(one) and one.state not in _DOUBTFUL for one in found),
        may_leave=any(_leaves(one) and one.state is OrderState.UNKNOWN for one in found),
        needs_person=_taken_away(found),
        lacks_fills=any(one.lacks_fills for one in found),
    )


def _guards(order: Order) -> bool:
    is_exit = order.role in (OrderRole.STOP, OrderRole.EXTERNAL) and order.order_type in _STOPS
    return is_exit or (_is_pair(order) and not order.state.is_working)  # on its way, its stop has no row yet


def _is_pair(order: Order) -> bool:
    return order.order_class is OrderClass.OCO and order.exit_stop is not None and order.parent_id is None


def _works(order: Order) -> bool:
    return order.state.is_working and not order.is_held


def _is_coming(order: Order) -> bool:
    return order.state is OrderState.CREATED or order.state.is_unresolved or order.needs_legs


def _guard(order: Order, held: dict[int, Decimal], live: set[UUID]) -> Guard:
    """While its entry works, an exit's quantity is the entry's, and it closes no more than has filled."""
    leg = order.leg or 1
    is_growing = order.parent_id in live
    quantity = min(order.left, held.get(leg, ZERO)) if is_growing else order.left
    return Guard(order.id, leg, quantity, is_family=order.parent_id is not None)


def _leaves(order: Order) -> bool:
    is_exit = order.role in CLOSING and not order.state.is_final
    return is_exit and (order.order_type is OrderType.MARKET or order.state is OrderState.CREATED)


def _taken_away(found: Sequence[Order]) -> bool:
    """Whether the last stop that ended without filling was ended by other hands, and none was sent since."""
    stops = [one for one in found if one.role is OrderRole.STOP or (_is_pair(one) and one.state is OrderState.REJECTED)]
    ended = [one for one in stops if one.state in _ENDED and one.left and one.ended_at is not None]
    last = max(ended, key=lambda one: one.ended_at or one.created_at, default=None)
    if last is None or last.ended_at is None or last.withdrawn_at is not None:
        return False
    if any(one.created_at > last.ended_at and not one.state.is_final for one in stops):
        return False
    family = {last.parent_id, last.id} - {None}
    has_sibling = any(
        one.state is OrderState.FILLED and (one.id in family or one.parent_id in family)
        for one in found
        if one.role in (OrderRole.TARGET, *CLOSING)
    )
    return not has_sibling and (last.was_awake or last.state is OrderState.REJECTED)


# ---- what the engine does


def idle_exits(account_id: UUID) -> list[Order]:
    """Exits of trades that hold nothing any more, as far as every fill is booked: they must not work on."""
    found = orders.exits_without_position(account_id, (OrderRole.STOP, OrderRole.TARGET, *CLOSING))
    trade_ids = {one.trade_id for one in found if one.trade_id is not None}
    trades_short = {one.trade_id for one in orders.of_trades(trade_ids) if one.lacks_fills}
    return [one for one in found if one.trade_id not in trades_short]


def surplus(found: Standing) -> list[Order]:
    """Exits that would close more than is held: all of them go, and what is missing then is placed anew."""
    by_id = {one.id: one for one in found.orders}
    idle = [by_id[guard.order_id] for guard in found.now.idle if by_id[guard.order_id].role is OrderRole.STOP]
    if idle or not found.now.excess:
        return idle
    return [one for one in found.orders if one.role in (OrderRole.STOP, OrderRole.TARGET) and _works(one)]


def lacks_target(can: Capabilities, found: Standing) -> list[Order]:
    """Stops alone beside which a target was wanted, once the entry is over: they go, for pairs in their place.

    Where the broker takes no pair of what is held, a fraction of a share for one, they stay: nothing better would come.
    """
    entries = [one for one in found.orders if one.role.adds_risk]
    wants = any(one.keeps_exits and one.exit_target is not None for one in entries)
    live = [one for one in found.orders if not one.state.is_final]
    alone = [one for one in live if one.role is OrderRole.STOP and one.parent_id is None and _works(one)]
    is_settled = not any(one.role.adds_risk or one.pending_op or one.state.is_unresolved for one in live)
    has_target = any(one.role is OrderRole.TARGET for one in live) or _had_refused_pair(found)
    untouched = all(not one.filled_quantity for one in alone)
    if not (wants and is_settled and not has_target and untouched):
        return []
    left = quantities_left(found.books.position)
    return [one for one in alone if _pair(can, found, one.leg or 1, left.get(one.leg or 1, ZERO)) is not None]


def placed(desk: Desk, found: Standing, now: datetime, *, by: UUID | None = None) -> list[UUID]:
    """Write down the stops that a trade lacks, within the caller's transaction; `by` is who pressed the button."""
    if found.is_leaving or (by is None and (found.may_leave or found.needs_person)):
        return []
    made = []
    for leg, quantity in found.soon.missing.items():
        if by is None and not _is_kept(found, leg):
            continue
        for request in _requests(desk.spec.capabilities, found, leg, quantity):
            role = OrderRole.TARGET if request.is_oco else OrderRole.STOP
            order = new_order(desk, request, role, key=uuid4(), by=by or found.trade.created_by, now=now)
            order.trade_id, order.leg = found.trade.id, leg
            if request.stop_loss is not None:
                order.exit_stop = request.stop_loss.stop_price
            begin(order, now, "created", evidence={"notice": OWED}, by=by)
            made.append(order.id)
    return made


def _is_kept(found: Standing, leg: int) -> bool:
    """Whether the engine owes a leg its exits: they were wanted with its entry, or it took a stop of its away."""
    own = [one for one in found.orders if (one.leg or 1) == leg]
    was_wanted = any(one.role.adds_risk and one.exit_stop is not None for one in own)
    return was_wanted or any(one.role is OrderRole.STOP and one.withdrawn_at is not None for one in own)


def _requests(can: Capabilities, found: Standing, leg: int, quantity: Decimal) -> list[OrderRequest]:
    """A pair where a target was wanted and the entry is over, else a stop; a fraction of a share by itself."""
    stop = found.books.stops[leg]
    if stop is None:
        return []
    if (pair := _pair(can, found, leg, quantity)) is not None:
        return [pair]
    alone = _stop(found, quantity, stop, TimeInForce.GTC)
    errors = problems(can, alone).errors
    if "quantity" not in errors:
        return [] if errors else [alone]  # a pair of currencies may have no stop orders at all
    whole = quantity // 1
    parts = [_stop(found, whole, stop, TimeInForce.GTC)] if whole else []
    rest = _stop(found, quantity - whole, stop, TimeInForce.DAY)
    return [*parts, rest] if problems(can, rest).is_valid else parts


def _pair(can: Capabilities, found: Standing, leg: int, quantity: Decimal) -> OrderRequest | None:
    """A leg's target and stop of which one ends the other; None where none is wanted, or the broker takes none."""
    stop, target = found.books.stops.get(leg), _target(can, found, leg)
    if stop is None or target is None:
        return None
    pair = OrderRequest(
        symbol=found.trade.symbol,
        side=found.trade.direction.exit_side,
        quantity=quantity,
        order_type=OrderType.LIMIT,
        client_order_id="",
        time_in_force=TimeInForce.GTC,
        limit_price=target,
        stop_loss=StopLoss(stop_price=stop),
        is_oco=True,
    )
    return pair if problems(can, pair).is_valid else None


def _stop(found: Standing, quantity: Decimal, stop: Decimal, time_in_force: TimeInForce) -> OrderRequest:
    return OrderRequest(
        symbol=found.trade.symbol,
        side=found.trade.direction.exit_side,
        quantity=quantity,
        order_type=OrderType.STOP,
        client_order_id="",
        time_in_force=time_in_force,
        stop_price=stop,
    )


def _target(can: Capabilities, found: Standing, leg: int) -> Decimal | None:
    entries = [one for one in found.orders if one.role.adds_risk and (one.leg or 1) == leg]
    is_over = all(one.state.is_final for one in entries)
    if OrderClass.OCO not in can.order_classes or not is_over or _had_refused_pair(found):
        return None
    targets = ((one.exit_target, one.created_at) for one in reversed(entries) if one.exit_target is not None)
    return next((found.books.now(target, at) for target, at in targets), None)


def _had_refused_pair(found: Standing) -> bool:
    """After a pair was refused, a stop alone is sent: protection comes before the target."""
    return any(_is_pair(one) and one.state is OrderState.REJECTED for one in found.orders)


def notices(trade: Trade, draft: Draft) -> tuple[str, ...]:
    """What a person should know of an order's exits before it is sent."""
    said = []
    if draft.keeps_exits:
        said.append("The broker cannot hold the exits with this entry: TrendDojo places them as it fills.")
    if draft.role.adds_risk and draft.exit_stop is None:
        said.append("No stop goes with this order: the position is unprotected once it fills.")
    if draft.role in CLOSING and trade.status is TradeStatus.ACTIVE:
        live = [one for one in orders.of_trade(trade.id) if one.role in (OrderRole.STOP, OrderRole.TARGET)]
        if any(not one.state.is_final for one in live):
            said.append("Its stop and target are cancelled first; what stays open gets a new stop.")
    return tuple(said)


def open_standings(account: Account, only: UUID | None = None) -> list[Standing]:
    """How every open trade of an account that orders were sent for is protected; of those one, if asked."""
    return [standing_of(trade, account) for trade in orders.trades_with_orders(account.id, only)]
