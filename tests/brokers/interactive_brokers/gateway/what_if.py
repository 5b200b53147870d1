"""What an order would tie up and cost. Source: IBKR's "TWS API: Checking Margin Changes"."""

from decimal import Decimal

from tests.brokers.interactive_brokers.gateway.book import Book
from tests.brokers.interactive_brokers.gateway.commissions import commission
from tests.brokers.interactive_brokers.gateway.order_messages import State
from tests.brokers.interactive_brokers.gateway.orders import Order
from tests.brokers.interactive_brokers.gateway.prices import Market


def state_of(order: Order, book: Book, market: Market) -> State:
    figures = book.figures(order.account)
    signed = order.quantity if order.is_buy else -order.quantity
    initial, maintenance = figures.change_with(order.instrument, signed)
    value = order.quantity * market.price(order.instrument) * order.instrument.multiplier
    cost = commission(order.instrument, order.quantity, value)
    before = figures.initial, figures.maintenance, figures.equity
    changes = initial, maintenance, -cost * market.rate(order.instrument.currency)
    after = tuple(old + change for old, change in zip(before, changes, strict=True))
    return State(
        status="PreSubmitted",
        margins=tuple(_told(amount) for amount in (*before, *changes, *after)),
        commissions=(_told(cost), _told(cost), _told(cost)),
        currency=order.instrument.currency,
    )


def _told(amount: Decimal) -> str:
    return f"{round(amount, 2):f}"
