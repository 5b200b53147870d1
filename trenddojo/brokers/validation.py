"""What stands against an order before it is sent, the same for every broker: its form, and what the broker can do."""

from collections.abc import Iterator, Sequence
from decimal import Decimal

from trenddojo.brokers.spec import Capabilities
from trenddojo.brokers.types import ValidationResult
from trenddojo.domain.money import PRICE_PLACES
from trenddojo.domain.orders import OrderClass, OrderRequest, OrderType, TimeInForce, is_pair
from trenddojo.domain.terms import Side

INVALID_QUANTITY = "Invalid order quantity"

_Problem = tuple[str, str]
"""(field, sentence)"""

_NEEDS_LIMIT = (OrderType.LIMIT, OrderType.STOP_LIMIT)
_NEEDS_STOP = (OrderType.STOP, OrderType.STOP_LIMIT)
_ENTRIES = (OrderClass.BRACKET, OrderClass.OTO)
_IMMEDIATE = (OrderType.MARKET, OrderType.LIMIT)
_RESTING = (TimeInForce.DAY, TimeInForce.GTC)


def problems(capabilities: Capabilities, request: OrderRequest) -> ValidationResult:
    """One sentence for each bad field of `request`; market prices, money and symbols are not looked at."""
    found: dict[str, str] = {}
    for part in (_quantity, _pairs, _abilities, _hours, _prices, _trails, _exits):
        for field, sentence in part(capabilities, request):
            found.setdefault(field, sentence)
    return ValidationResult(errors=found)


def _quantity(can: Capabilities, request: OrderRequest) -> Iterator[_Problem]:
    quantity, places = request.quantity, can.fraction_places
    if not quantity.is_finite() or quantity <= 0:
        yield "quantity", INVALID_QUANTITY
        return
    parts = quantity.as_integer_ratio()[1]
    if 10**places % parts:
        yield "quantity", f"The broker takes {f'at most {places} decimals' if places else 'whole numbers only'}."
    elif can.fractions_are_simple and parts > 1 and _is_share(request) and not _is_simple_day(request):
        yield "quantity", "A fraction of a share takes a simple day order."


def _is_share(request: OrderRequest) -> bool:
    return not is_pair(request.symbol)


def _pairs(can: Capabilities, request: OrderRequest) -> Iterator[_Problem]:
    if can.pairs is None or _is_share(request):
        return
    if request.order_type not in can.pairs.order_types:
        yield "order_type", f"The broker has no {_words(request.order_type)} orders for a pair of currencies."
    if request.time_in_force not in can.pairs.times_in_force:
        listed = " or ".join(sorted(one.upper() for one in can.pairs.times_in_force))
        yield "time_in_force", f"A pair of currencies takes {listed} orders."
    if request.order_class is not OrderClass.SIMPLE:
        yield "stop_loss", "The broker takes no exits with an order for a pair of currencies."


def _is_simple_day(request: OrderRequest) -> bool:
    is_day = request.time_in_force is TimeInForce.DAY and request.order_type is not OrderType.TRAILING_STOP
    return is_day and request.order_class is OrderClass.SIMPLE


def _abilities(can: Capabilities, request: OrderRequest) -> Iterator[_Problem]:
    if request.order_type not in can.order_types:
        yield "order_type", f"The broker has no {_words(request.order_type)} orders."
    if request.time_in_force not in can.times_in_force:
        yield "time_in_force", f"The broker has no {request.time_in_force.upper()} orders."
    elif request.time_in_force not in _RESTING and request.order_type not in _IMMEDIATE:
        yield "time_in_force", "An order for an instant or an auction is a market or a limit order."
    if request.order_class not in can.order_classes:
        yield "stop_loss", f"The broker has no {request.order_class.upper()} orders."
    elif request.order_class in _ENTRIES and request.order_type not in can.entries_with_exits:
        yield "order_type", f"The broker takes no exits with a {_words(request.order_type)} order."


def _hours(can: Capabilities, request: OrderRequest) -> Iterator[_Problem]:
    if not request.extended_hours:
        return
    is_plain = request.order_type is OrderType.LIMIT and request.order_class is OrderClass.SIMPLE
    if not can.has_extended_hours:
        yield "extended_hours", "The broker has no extended hours."
    elif not is_plain or request.time_in_force not in _RESTING:
        yield "extended_hours", "Only a simple DAY or GTC limit order works in extended hours."


def _prices(_can: Capabilities, request: OrderRequest) -> Iterator[_Problem]:
    yield from _asked_price("limit_price", request.limit_price, request.order_type in _NEEDS_LIMIT, request.order_type)
    yield from _asked_price("stop_price", request.stop_price, request.order_type in _NEEDS_STOP, request.order_type)


def _asked_price(field: str, price: Decimal | None, is_needed: bool, order_type: OrderType) -> Iterator[_Problem]:
    if price is None:
        if is_needed:
            yield field, f"A {_words(order_type)} order needs this price."
    elif not is_needed:
        yield field, f"A {_words(order_type)} order has no such price."
    else:
        yield from _is_price(field, price)


def _is_price(field: str, price: Decimal | None) -> Iterator[_Problem]:
    if price is not None and (not price.is_finite() or price <= 0):
        yield field, "A price must be above zero."
    elif price is not None and 10**PRICE_PLACES % price.as_integer_ratio()[1]:
        yield field, f"A price has at most {PRICE_PLACES} decimals."


def _trails(_can: Capabilities, request: OrderRequest) -> Iterator[_Problem]:
    given = [one for one in (request.trail_amount, request.trail_percent) if one is not None]
    if request.order_type is not OrderType.TRAILING_STOP:
        if given:
            yield "trail_amount", "Only a trailing stop has a trail."
    elif len(given) != 1:
        yield "trail_amount", "Give the trail as an amount or in percent, one of the two."
    else:
        yield from _is_price("trail_amount", request.trail_amount)
        yield from _percent(request.trail_percent)


def _percent(percent: Decimal | None) -> Iterator[_Problem]:
    if percent is not None and (not percent.is_finite() or not 0 < percent < 100):
        yield "trail_percent", "A trail must be above 0% and below 100%."


def _exits(_can: Capabilities, request: OrderRequest) -> Iterator[_Problem]:
    if request.order_class is OrderClass.SIMPLE:
        return
    if request.time_in_force not in _RESTING:
        yield "time_in_force", "Exits go with DAY and GTC orders only."
    if request.stop_loss is not None:
        yield from _is_price("stop_loss", request.stop_loss.stop_price)
        yield from _is_price("stop_loss", request.stop_loss.limit_price)
    if request.take_profit is not None:
        yield from _is_price("take_profit", request.take_profit.limit_price)
    yield from _pair(request) if request.is_oco else _attached(request)


def _pair(request: OrderRequest) -> Iterator[_Problem]:
    if request.order_type is not OrderType.LIMIT:
        yield "order_type", "A pair of exits is a limit order with a stop-loss."
    if request.take_profit is not None:
        yield "take_profit", "The limit of the order itself is the take-profit of the pair."
    if request.stop_loss is None:
        yield "stop_loss", "A pair of exits needs a stop-loss."
    elif request.limit_price is not None:
        yield from _rising("stop_loss", _upwards(request, request.limit_price, request.stop_loss.stop_price))


def _attached(request: OrderRequest) -> Iterator[_Problem]:
    entry = request.limit_price or request.stop_price  # a market order's is not known
    stop = None if request.stop_loss is None else request.stop_loss.stop_price
    target = None if request.take_profit is None else request.take_profit.limit_price
    yield from _rising("stop_loss", _upwards(request, stop, entry))
    yield from _rising("take_profit", _upwards(request, entry, target))
    yield from _rising("take_profit", _upwards(request, stop, target))


def _upwards(request: OrderRequest, *prices: Decimal | None) -> Sequence[Decimal | None]:
    """Prices in the order in which they must rise: a bought position's own, a sold one's reversed."""
    return prices if request.side is Side.BUY else prices[::-1]


def _rising(field: str, prices: Sequence[Decimal | None]) -> Iterator[_Problem]:
    low, high = prices
    if low is not None and high is not None and low >= high:
        which = "stop-loss" if field == "stop_loss" else "take-profit"
        yield field, f"The {which} is on the wrong side of the price."


def _words(order_type: OrderType) -> str:
    return order_type.replace("_", "-")
