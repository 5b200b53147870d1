"""Lists of orders, page by page. Source: Alpaca, "Get all orders"."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from trenddojo.brokers.adapters.alpaca.fills import instant
from trenddojo.brokers.adapters.alpaca.mapping import NAME
from trenddojo.brokers.adapters.alpaca.rest import Rest
from trenddojo.brokers.adapters.alpaca.shapes import ORDERS, Order
from trenddojo.brokers.errors import BrokerError, BrokerErrorCode

PAGE = 500
"""The most orders that one request answers."""
_STEP = timedelta(milliseconds=1)


def every_order(rest: Rest, asked: Mapping[str, str]) -> list[Order]:
    """All orders that `asked` selects, oldest first, legs within their parents. Raises BrokerError.

    Nested, a list tells of exits that sleep, and a page counts families. A further page begins a step before the last
    order that was told, because several share an instant; where all of a page do, it goes on behind its last id.
    """
    found: dict[str, Order] = {}
    params = {"limit": str(PAGE), "direction": "asc", "nested": "true", **asked}
    page = rest.get("orders", ORDERS, params)
    while True:
        known = len(found)
        found |= {one.id: one for one in page}
        if len(page) < PAGE:
            return list(found.values())
        if len(found) == known:
            raise BrokerError("Alpaca lists the same orders again.", BrokerErrorCode.API_ERROR, NAME)
        page = rest.get("orders", ORDERS, _behind(params, page))


def _behind(params: Mapping[str, str], page: Sequence[Order]) -> dict[str, str]:
    """What to ask for after a full page: by time, or by id where time does not part its orders."""
    first, last = _at(page[0]), _at(page[-1])
    if last - first > _STEP:
        return {**params, "after": instant(last - _STEP)}
    return {**{name: value for name, value in params.items() if name != "after"}, "after_order_id": page[-1].id}


def _at(order: Order) -> datetime:
    return order.submitted_at or order.created_at
