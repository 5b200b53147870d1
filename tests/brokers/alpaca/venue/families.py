"""Brackets, oto and oco: which orders belong together."""

from tests.brokers.alpaca.venue.orders import Order


def root_of(order: Order) -> Order:
    return order.parent or order


def family(order: Order) -> list[Order]:
    root = root_of(order)
    return [root, *root.legs]


def is_exit(order: Order) -> bool:
    """Whether it is one of a family's exits: a leg, or the take-profit that is an oco's parent."""
    return order.parent is not None or order.order_class == "oco"


def guards(order: Order) -> bool:
    """Whether it can end a position: any order but an exit whose entry has not wholly filled."""
    root = root_of(order)
    return order.parent is None or root.order_class == "oco" or root.status == "filled"


def siblings(order: Order) -> list[Order]:
    """The open exits beside this one."""
    if not is_exit(order):
        return []
    return [one for one in family(order) if one is not order and one.is_open and is_exit(one)]


def is_stop(order: Order) -> bool:
    return order.type in ("stop", "stop_limit", "trailing_stop")
