"""What a request for an order means for its trade: side, quantity and prices, the empty ones filled in."""

from dataclasses import dataclass, replace
from decimal import Decimal
from uuid import UUID

from trenddojo.brokers.spec import Capabilities
from trenddojo.brokers.validation import problems
from trenddojo.domain.legs import quantities_left
from trenddojo.domain.money import ZERO
from trenddojo.domain.order_states import OrderRole
from trenddojo.domain.orders import OrderClass, OrderRequest, OrderType, StopLoss, TakeProfit, TimeInForce, is_pair
from trenddojo.domain.terms import Direction, TradeStatus
from trenddojo.services.books import Books, open_books
from trenddojo.services.errors import Conflict, Invalid
from trenddojo.services.fills import leg_to_fill, unfilled
from trenddojo.services.inputs.orders import OrderInput
from trenddojo.store.models import Leg, Trade
from trenddojo.store.seats import Seat

_UNFILLED = (TradeStatus.PLANNING, TradeStatus.PENDING)
_LIMITS = (OrderType.LIMIT, OrderType.STOP_LIMIT)
_STOPS = (OrderType.STOP, OrderType.STOP_LIMIT)


@dataclass(frozen=True, slots=True)
class Draft:
    """An order that makes sense for its trade. `entry` and `stop` are the prices that its risk is measured between.

    `exit_stop` and `exit_target` are the exits wanted with it; with `keeps_exits` the broker cannot hold them, and the
    engine places them as it fills.
    """

    trade_id: UUID
    role: OrderRole
    leg: int | None
    request: OrderRequest
    entry: Decimal
    stop: Decimal | None
    exit_stop: Decimal | None = None
    exit_target: Decimal | None = None
    keeps_exits: bool = False


def drafted(seat: Seat, trade: Trade, asked: OrderInput, can: Capabilities) -> Draft:
    """What is to be sent; raises Invalid with one sentence for each bad field, Conflict for a trade that takes none."""
    books = open_books(trade, seat.account)
    role = asked.role or (OrderRole.ENTRY if trade.status in _UNFILLED else OrderRole.EXIT)
    _check_role(trade, role)
    draft = _opening(books, role, asked, can) if role.adds_risk else _reducing(books, role, asked, can)
    if asked.side is not None and asked.side is not draft.request.side:
        raise Invalid({"side": f"This order would {draft.request.side}: leave the side out."})
    if found := problems(can, draft.request).errors:
        raise Invalid(dict(found))
    return draft


def _check_role(trade: Trade, role: OrderRole) -> None:
    if trade.deleted_at is not None or trade.status is TradeStatus.CLOSED:
        raise Conflict("This trade is over: plan a new one.")
    if trade.status is TradeStatus.CANCELLED:
        raise Conflict("This plan is cancelled. Reopen it, then send the order.")
    if role is OrderRole.EXTERNAL:
        raise Invalid({"role": "An order that was placed elsewhere cannot be sent from here."})
    is_plan = trade.status in _UNFILLED
    if role is OrderRole.ENTRY and not is_plan:
        raise Conflict(f"{trade.symbol} is open already: an order that adds to it is a scale_in.")
    if role is not OrderRole.ENTRY and is_plan:
        raise Conflict(f"Nothing of {trade.symbol} is held yet.")


# ---- what adds risk


def _opening(books: Books, role: OrderRole, asked: OrderInput, can: Capabilities) -> Draft:
    trade = books.trade
    leg = _leg(books, asked)
    order_type = asked.order_type or _entry_type(asked)
    limit = asked.limit_price if asked.limit_price or order_type not in _LIMITS else leg.planned_entry
    stop = asked.stop_price if asked.stop_price or order_type not in _STOPS else leg.planned_entry
    alone = OrderRequest(
        symbol=trade.symbol,
        side=trade.direction.entry_side,
        quantity=asked.quantity or (unfilled(books, leg) if role is OrderRole.SCALE_IN else trade.planned_quantity),
        order_type=order_type,
        client_order_id="",
        time_in_force=asked.time_in_force or TimeInForce.DAY,
        extended_hours=asked.extended_hours,
        limit_price=limit,
        stop_price=stop,
        trail_amount=asked.trail_amount,
        trail_percent=asked.trail_percent,
    )
    has_exits = asked.with_exits and _takes_stops(trade.symbol, can)
    wanted = leg.stop if has_exits else None
    target = (asked.target or trade.target_1) if has_exits else None
    request = _with_exits(alone, wanted, target, can)
    return Draft(
        trade_id=trade.id,
        role=role,
        leg=leg.number,
        request=request,
        entry=limit or stop or leg.planned_entry,
        stop=leg.stop,
        exit_stop=wanted,
        exit_target=target,
        keeps_exits=request is alone and wanted is not None,
    )


def _takes_stops(symbol: str, can: Capabilities) -> bool:
    """Whether the broker has stop orders for a symbol at all, so that exits can be promised."""
    return can.pairs is None or not is_pair(symbol) or OrderType.STOP in can.pairs.order_types


def _entry_type(asked: OrderInput) -> OrderType:
    """A limit at the planned entry, unless the prices that were typed say otherwise."""
    if asked.stop_price is None:
        return OrderType.LIMIT
    return OrderType.STOP if asked.limit_price is None else OrderType.STOP_LIMIT


def _leg(books: Books, asked: OrderInput) -> Leg:
    legs = list(books.legs)
    if asked.leg is not None:
        found = next((leg for leg in legs if leg.number == asked.leg), None)
        if found is None:
            raise Invalid({"leg": f"This trade has no leg {asked.leg}."})
        return found
    leg = leg_to_fill(books, legs)
    if leg is None:
        raise Invalid({"leg": "This trade has no leg yet. Add one with its stop first."})
    if asked.role is OrderRole.SCALE_IN and not unfilled(books, leg) and asked.quantity is None:
        raise Invalid({"leg": "Every leg is filled. Plan an add with its stop first."})
    return leg


def _with_exits(request: OrderRequest, stop: Decimal | None, target: Decimal | None, can: Capabilities) -> OrderRequest:
    """The entry with its exits where the broker can hold them, else the entry alone."""
    if stop is None and target is None:
        return request
    whole = replace(
        request,
        stop_loss=None if stop is None else StopLoss(stop_price=stop),
        take_profit=None if target is None else TakeProfit(limit_price=target),
    )
    can_hold = (
        request.order_type in can.entries_with_exits
        and request.time_in_force in (TimeInForce.DAY, TimeInForce.GTC)
        and not request.extended_hours
        and whole.order_class in can.order_classes
        and (can.pairs is None or not is_pair(request.symbol))
    )
    if not can_hold:
        return request
    is_fraction = "quantity" in problems(can, whole).errors and "quantity" not in problems(can, request).errors
    return request if is_fraction else whole


# ---- what reduces it


def _reducing(books: Books, role: OrderRole, asked: OrderInput, can: Capabilities) -> Draft:
    trade, held = books.trade, books.position.quantity
    if held <= 0:
        raise Conflict("Nothing is held, so there is nothing to close.")
    quantity = asked.quantity or _usual_quantity(books, role, asked)
    if quantity > held:
        raise Invalid({"quantity": f"At most {held.normalize():f}, which is what is held."})
    order_type = asked.order_type or _usual_type(role, asked)
    stop = asked.stop_price or (
        _planned_stop(books, asked) if order_type in _STOPS and role is OrderRole.STOP else None
    )
    limit = asked.limit_price or (trade.target_1 if role is OrderRole.TARGET else None)
    guard = _guard(books, asked, can, order_type)
    request = OrderRequest(
        symbol=trade.symbol,
        side=trade.direction.exit_side,
        quantity=quantity,
        order_type=order_type,
        client_order_id="",
        time_in_force=asked.time_in_force or _usual_time(order_type),
        extended_hours=asked.extended_hours,
        limit_price=limit,
        stop_price=stop,
        trail_amount=asked.trail_amount,
        trail_percent=asked.trail_percent,
        stop_loss=None if guard is None else StopLoss(stop_price=guard),
        is_oco=guard is not None,
    )
    return Draft(trade.id, role, asked.leg, request, limit or stop or trade.planned_entry, None, exit_stop=guard)


def _guard(books: Books, asked: OrderInput, can: Capabilities, order_type: OrderType) -> Decimal | None:
    """The stop that rests beside a limit exit, so that what waits for a better price stays protected."""
    takes_pair = order_type is OrderType.LIMIT and OrderClass.OCO in can.order_classes and not asked.extended_hours
    return books.stops.get(asked.leg or 1) if takes_pair and asked.with_exits else None


def _usual_quantity(books: Books, role: OrderRole, asked: OrderInput) -> Decimal:
    if role is OrderRole.SCALE_OUT:
        raise Invalid({"quantity": "Say how much to sell." if _sells(books) else "Say how much to buy back."})
    if asked.leg is not None:
        return quantities_left(books.position).get(asked.leg, ZERO) or books.position.quantity
    return books.position.quantity


def _usual_type(role: OrderRole, asked: OrderInput) -> OrderType:
    if role is OrderRole.STOP:
        is_trail = asked.trail_amount is not None or asked.trail_percent is not None
        return OrderType.TRAILING_STOP if is_trail else OrderType.STOP
    return OrderType.LIMIT if role is OrderRole.TARGET or asked.limit_price is not None else OrderType.MARKET


def _usual_time(order_type: OrderType) -> TimeInForce:
    """A market order is for now; every other exit stays until it is cancelled."""
    return TimeInForce.DAY if order_type is OrderType.MARKET else TimeInForce.GTC


def _planned_stop(books: Books, asked: OrderInput) -> Decimal:
    stop = books.stops.get(asked.leg or 1)
    if stop is None:
        raise Invalid({"stop_price": "The trade has no stop: enter one."})
    return stop


def _sells(books: Books) -> bool:
    return books.trade.direction is Direction.LONG
