"""Which orders belong together: a parent with its children, and the orders of an OCA group.

Source: IBKR's "TWS API: Bracket Orders" and "One Cancels All".
"""

from collections.abc import Iterable
from decimal import Decimal

from tests.brokers.interactive_brokers.gateway.orders import Order

CANCEL, REDUCE_ONE_AT_A_TIME, REDUCE = 1, 2, 3
"""What a partial fill does to the rest of a group."""


def children(order: Order, orders: Iterable[Order]) -> list[Order]:
    return [one for one in orders if one.parent is order]


def waits(order: Order) -> bool:
    """Whether it is a child whose parent has not wholly filled."""
    return order.parent is not None and order.parent.status != "Filled"


def peers(order: Order, orders: Iterable[Order]) -> list[Order]:
    """The open orders of the same OCA group."""
    if not order.oca_group:
        return []
    return [
        one
        for one in orders
        if one is not order and one.is_open and (one.oca_group, one.account) == (order.oca_group, order.account)
    ]


def join(child: Order) -> None:
    """A parent's children form a group of their own, unless they are of one already."""
    if child.parent is not None and not child.oca_group:
        child.oca_group, child.oca_type = str(child.parent.perm_id), REDUCE


def reduced(peer: Order, by: Decimal) -> Decimal:
    """A peer's quantity after another one has filled so much."""
    return max(peer.filled, peer.quantity - by)
