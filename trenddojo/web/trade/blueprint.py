"""The room itself, which the modules with its routes share, and how they find their trade."""

from uuid import UUID

from flask import Blueprint, url_for

from trenddojo.services.records import trade_of
from trenddojo.store.models import Trade
from trenddojo.store.seats import Seat
from trenddojo.web.deps import seats

room = Blueprint("trade", __name__, url_prefix="/trades")


def found(trade_id: UUID, *, deleted: bool = False) -> tuple[Seat, Trade]:
    """The trade of an address and the person's seat at its account. Raises NotFound where it is not theirs to see."""
    return trade_of(seats(), trade_id, deleted=deleted)


def address(trade: Trade) -> str:
    """The trade's own page."""
    return url_for("trade.show", trade_id=trade.id)
