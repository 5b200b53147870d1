"""The room itself, which the modules with its routes share, and how they find their order."""

from uuid import UUID

from flask import Blueprint

from trenddojo.services.errors import NotFound
from trenddojo.store import orders
from trenddojo.store.models import Order
from trenddojo.store.seats import Seat
from trenddojo.web import deps

room = Blueprint("orders", __name__, url_prefix="/orders")
SECTION = "orders"


def found(order_id: UUID) -> tuple[Seat, Order]:
    """The order of an address and the person's seat at its account. Raises NotFound where it is not theirs to see."""
    order = orders.order_at(deps.seats(), order_id)
    if order is None:
        raise NotFound
    return order
