"""The panel of working orders of an account at a broker: nearest to its price first, and what of them is in doubt."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from markupsafe import Markup

from trenddojo.domain.money import ZERO, exactly
from trenddojo.domain.order_states import OrderState
from trenddojo.services import topics
from trenddojo.services.dashboard import NEAR_STOP
from trenddojo.store import alerts, connections, orders, snapshots
from trenddojo.store.models import Order, Trade
from trenddojo.store.seats import Seat
from trenddojo.web import drawings
from trenddojo.web.format import price
from trenddojo.web.order_words import OrderRow, row_of

_MOST = 7
_UNGUARDED = "unprotected:"
"""How the keys of alerts begin that tell of an open trade without its stop at the broker."""
_DOUBTFUL = (OrderState.UNKNOWN, OrderState.NEEDS_REVIEW)


@dataclass(frozen=True, slots=True)
class WorkingLine:
    """One working order. `away` is the way from the last price to the order's, in R of its trade's plan."""

    row: OrderRow
    price: str
    last: Decimal | None
    away: Decimal | None
    is_near: bool
    bar: Markup


@dataclass(frozen=True, slots=True)
class WorkingOrders:
    """What the panel shows. `unguarded` are open trades whose stop does not work at the broker."""

    account_id: UUID
    lines: Sequence[WorkingLine]
    total: int
    doubtful: Sequence[OrderRow]
    unguarded: frozenset[UUID]
    topic: str

    @property
    def more(self) -> int:
        """How many there are beside those shown."""
        return self.total - len(self.lines)


def working_orders(seat: Seat) -> WorkingOrders | None:
    """The orders of an account that may still come to something; None where it is kept by hand."""
    account = seat.account
    if account.mode is None:
        return None
    found = orders.live_with_trades(account.id)
    last = _last_prices(account.id, account.connection_id)
    lines = sorted((_line(order, trade, last) for order, trade in found), key=_nearest)
    told = alerts.open_with_prefix(account.owner_id, account.id, _UNGUARDED)
    return WorkingOrders(
        account_id=account.id,
        lines=lines[:_MOST],
        total=len(lines),
        doubtful=[row_of(order) for order, _ in found if order.state in _DOUBTFUL],
        unguarded=frozenset(UUID(key.removeprefix(_UNGUARDED)) for key in told),
        topic=topics.account(account.id),
    )


def _last_prices(account_id: UUID, connection_id: UUID | None) -> Mapping[str, Decimal]:
    """The last price of each symbol as the broker told it: of what is watched, and of what is held."""
    quotes = connections.quotes_of([connection_id]) if connection_id else ()
    watched = {one.symbol: one.last for one in quotes if one.last is not None}
    held = {one.symbol: one.market_price for one in snapshots.positions_of([account_id]) if one.market_price}
    return {**watched, **held}


def _line(order: Order, trade: Trade | None, last: Mapping[str, Decimal]) -> WorkingLine:
    at = order.stop_price if order.stop_price is not None else order.limit_price
    now = last.get(order.symbol, trade.last_price if trade else None)
    away = _away(at, now, trade)
    is_near = away is not None and away < NEAR_STOP
    return WorkingLine(row_of(order), price(at), now, away, is_near, drawings.to_stop(away))


@exactly
def _away(at: Decimal | None, now: Decimal | None, trade: Trade | None) -> Decimal | None:
    if at is None or now is None or trade is None or trade.planned_stop is None:
        return None
    unit = abs(trade.planned_entry - trade.planned_stop)
    return abs(now - at) / unit if unit > ZERO else None


def _nearest(line: WorkingLine) -> tuple[bool, bool, Decimal]:
    """Those in doubt first, then by distance, those whose distance nobody knows last."""
    return line.row.chip[1] != "warn", line.away is None, line.away or ZERO
