"""What a split does to positions and working orders: quantities times its ratio, prices divided by it."""

from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from trenddojo.brokers.simulator.families import ended
from trenddojo.brokers.simulator.holdings import Holding, whole
from trenddojo.brokers.simulator.orders import Ticket, tick
from trenddojo.domain.money import PRICE_PLACES, rounded
from trenddojo.domain.orders import OrderStatus

NOTHING_LEFT = "A split left less than one unit of it."


def split_holding(holding: Holding, ratio: Decimal, places: int) -> tuple[Holding, Decimal]:
    """The position after a split, and the fraction of a unit that is paid in cash instead (negative for a short)."""
    exact = holding.quantity * ratio
    quantity = whole(exact, places)
    after = Holding(quantity, rounded(holding.average / ratio, PRICE_PLACES)) if quantity else Holding()
    return after, exact - quantity


def split_ticket(ticket: Ticket, ratio: Decimal, places: int, at: datetime) -> Ticket:
    """A working order after a split. What has filled stays as it was; the rest is cut to whole units."""
    left = whole(ticket.left * ratio, places)
    if not left:
        return ended(ticket, OrderStatus.CANCELLED, at, NOTHING_LEFT)
    return replace(
        ticket,
        quantity=ticket.filled + left,
        awake=ticket.filled + whole(ticket.working * ratio, places),
        reserved=ticket.reserved / ratio,
        limit_price=_price(ticket.limit_price, ratio),
        stop_price=_price(ticket.stop_price, ratio),
        trail_amount=_price(ticket.trail_amount, ratio),
        best=_price(ticket.best, ratio),
        updated_at=at,
    )


def _price(price: Decimal | None, ratio: Decimal) -> Decimal | None:
    return None if price is None else tick(price / ratio)
