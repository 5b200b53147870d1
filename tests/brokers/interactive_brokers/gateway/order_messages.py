"""openOrder and completedOrder, with what the gateway adds to an order of its own: "None", "?" and the like.

Source: IBKR's EOrderDecoder as both Python libraries implement it, and what their issue threads show of real answers.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from tests.brokers.interactive_brokers.gateway.messages import Message, contract
from tests.brokers.interactive_brokers.gateway.orders import ZERO, Order
from tests.brokers.interactive_brokers.gateway.wire import UNSET_DOUBLE, UNSET_INTEGER, Value

_NO_PROFILE, _DURATION, _POST_TO_ATS, _AUTO_CANCEL_PARENT, _PEG_BEST = 177, 158, 160, 162, 170
_ONE = Decimal(1)


@dataclass(frozen=True, kw_only=True)
class State:
    """What an order would change, as texts; of an order that is placed nothing is told."""

    status: str
    margins: tuple[str, ...] = (UNSET_DOUBLE,) * 9
    """Initial, maintenance and equity with loan: before, changes, after."""
    commissions: tuple[str, str, str] = ("", "", "")
    currency: str = ""
    warning: str = ""


def open_order(order: Order, version: int, state: State | None = None) -> Message:
    """With a `state`, the answer to a what-if order."""
    fields = [
        *_opening(order),
        *_middle(order, version),
        *_state(state or State(status=order.status), what_if=state is not None),
        *_closing(order, version),
    ]
    return Message("openOrder", tuple(fields))


def _opening(order: Order) -> Iterator[Value]:
    con_id, symbol, kind, expiry, strike, right, *rest = contract(order.instrument, order.routed.exchange)
    yield from (5, order.order_id, con_id, symbol, kind, expiry, strike, right or "?", *rest)
    yield from (order.action, order.quantity, order.type, order.limit or ZERO, _aux(order), order.tif)
    yield from (order.oca_group, order.account, "", 0, order.ref, order.client_id, order.perm_id)


def _middle(order: Order, version: int) -> Iterator[Value]:
    terms = order.ticket.terms
    yield from (order.outside_rth, 0, 0, terms.get("goodAfterTime", ""), "", "", "", "")
    yield from ([""] if version < _NO_PROFILE else [])
    yield from ("", terms.get("goodTillDate", ""), "", "", "", 0, "", -1)
    yield from (0, UNSET_DOUBLE, UNSET_DOUBLE, UNSET_DOUBLE, UNSET_DOUBLE, UNSET_DOUBLE, UNSET_INTEGER)
    yield from (0, 0, 0, UNSET_INTEGER, order.oca_type or 3, 0, 0, UNSET_DOUBLE)
    yield from (order.parent.order_id if order.parent else 0, 0, "", 0, "None", "")
    yield from (0, "", "", "", "?", 0, 0, "")
    yield from (0, 0, *_trail(order), UNSET_DOUBLE, UNSET_INTEGER, "")
    yield from (0, 0, 0, UNSET_INTEGER, UNSET_INTEGER, UNSET_DOUBLE, "")
    yield from (0, "", "IB", 0, 0, "")


def _state(state: State, *, what_if: bool) -> Iterator[Value]:
    yield from (0, what_if, state.status)
    yield from (*state.margins, *state.commissions, state.currency, state.warning)


def _closing(order: Order, version: int) -> Iterator[Value]:
    yield from (0, 0, 0)
    yield from ("None", UNSET_DOUBLE, _trail(order)[0], UNSET_DOUBLE, UNSET_DOUBLE, UNSET_DOUBLE, UNSET_DOUBLE, 0)
    yield from ("", "", "", 0, 0, 0, 0, 0)
    yield from ([UNSET_INTEGER] if version >= _DURATION else [])
    yield from ([UNSET_INTEGER] if version >= _POST_TO_ATS else [])
    yield from ([0] if version >= _AUTO_CANCEL_PARENT else [])
    yield from _pegged(version)


def completed_order(order: Order, time: str, version: int) -> Message:
    """It has no order id and no client id, and as its quantity what was left."""
    con_id, symbol, kind, expiry, strike, right, *rest = contract(order.instrument, order.routed.exchange)
    terms = order.ticket.terms
    fields: list[Value] = [
        101, con_id, symbol, kind, expiry, strike, right or "?", *rest,
        order.action, order.remaining, order.type, order.limit or ZERO, _aux(order), order.tif,
        order.oca_group, order.account, "", 0, order.ref, order.perm_id, order.outside_rth,
        0, 0, terms.get("goodAfterTime", ""), "", "", "",
        *([""] if version < _NO_PROFILE else []), "", terms.get("goodTillDate", ""),
        "", "", "", 0, "", -1, UNSET_DOUBLE, UNSET_DOUBLE, UNSET_DOUBLE, UNSET_DOUBLE, UNSET_DOUBLE, UNSET_INTEGER,
        0, 0, UNSET_INTEGER, order.oca_type or 3, 0, "", 0, "None", "", 0, 0, 0, "",
        0, 0, *_trail(order), "", 0, 0, 0, UNSET_INTEGER, UNSET_INTEGER, UNSET_DOUBLE, "",
        "", "IB", 0, 0, "", 0, _told_status(order), 0, 0, 0,
        _trail(order)[0], UNSET_DOUBLE, 0, 1, 0, "", order.filled, UNSET_INTEGER, 0,
        "Not an insider or substantial shareholder", 0, 0,
        order.parent.perm_id if order.parent else "9223372036854775807", time, order.completed,
        *_pegged(version),
    ]  # fmt: skip
    return Message("completedOrder", tuple(fields))


def _told_status(order: Order) -> str:
    return "Filled" if order.status == "Filled" else "Cancelled"


def _aux(order: Order) -> Decimal:
    return order.aux or ZERO


def _trail(order: Order) -> tuple[Value, Value]:
    """Stop and percentage of a trail; of a limit order the gateway tells a stop of its own making."""
    if order.type == "TRAIL":
        percent = UNSET_DOUBLE if order.trail_percent is None else order.trail_percent
        return (UNSET_DOUBLE if order.trail_stop is None else order.trail_stop), percent
    if order.limit is None:
        return UNSET_DOUBLE, UNSET_DOUBLE
    return order.limit + (_ONE if order.is_buy else -_ONE), UNSET_DOUBLE


def _pegged(version: int) -> tuple[Value, ...]:
    if version < _PEG_BEST:
        return ()
    return UNSET_INTEGER, UNSET_INTEGER, UNSET_DOUBLE, UNSET_DOUBLE, UNSET_DOUBLE
