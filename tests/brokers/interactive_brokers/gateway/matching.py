"""Whether an order can fill at a price, and what its status is while it cannot."""

from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal

from tests.brokers.alpaca.venue import hours as new_york
from tests.brokers.interactive_brokers.gateway import sessions
from tests.brokers.interactive_brokers.gateway.families import waits
from tests.brokers.interactive_brokers.gateway.orders import CLOSING, STOPS, Order

_LIMITED = frozenset({"LMT", "LOC", "STP LMT"})


def trail(order: Order, price: Decimal) -> None:
    """Let a trailing stop follow the market."""
    if order.type != "TRAIL" or order.is_triggered:
        return
    stop = _stop_behind(order, price)
    if order.trail_stop is None or (stop < order.trail_stop if order.is_buy else stop > order.trail_stop):
        order.trail_stop = stop


def _stop_behind(order: Order, price: Decimal) -> Decimal:
    away = price * order.trail_percent / 100 if order.trail_percent is not None else order.aux or Decimal(0)
    tick = order.instrument.tick_at(price)
    stop = price + away if order.is_buy else price - away
    return (stop / tick).quantize(Decimal(1), ROUND_HALF_UP) * tick


def is_triggered(order: Order, price: Decimal) -> bool:
    """Whether a stop has been touched; an order without one always is."""
    if order.is_triggered or order.type not in STOPS:
        return True
    assert order.stop is not None
    return price >= order.stop if order.is_buy else price <= order.stop


def is_marketable(order: Order, price: Decimal) -> bool:
    """Whether an order that is not held trades at the price."""
    if not is_limited(order):
        return True
    assert order.limit is not None
    return price <= order.limit if order.is_buy else price >= order.limit


def is_limited(order: Order) -> bool:
    return order.type in _LIMITED


def is_tradable(order: Order, now: datetime) -> bool:
    """Whether the market takes it now: in its session, or in its auction."""
    kind = _auction(order)
    if kind is not None:
        return order.expires_at is not None and new_york.is_auction(kind, order.expires_at, now)
    return sessions.is_open(order.instrument, now, extended=order.outside_rth and is_limited(order))


def expiry(order: Order, now: datetime, good_till: datetime | None) -> datetime | None:
    """Until when it works; None for one that is good till it is cancelled."""
    kind = _auction(order)
    if kind is not None:
        return new_york.expiry(kind, now)
    if order.tif in ("GTC", "GTD"):
        return good_till
    return sessions.end_of_day(order.instrument, now, extended=order.outside_rth and is_limited(order))


def proper_status(order: Order, now: datetime) -> str:
    """Submitted where it works at the exchange, PreSubmitted where IBKR holds it."""
    is_held = waits(order) or (order.type in STOPS and not order.is_triggered) or not is_tradable(order, now)
    return "PreSubmitted" if is_held else "Submitted"


def _auction(order: Order) -> str | None:
    if order.type in CLOSING:
        return "cls"
    return "opg" if order.tif == "OPG" else None
