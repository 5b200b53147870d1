"""Orders that do not come by a connection: what a person types into TWS, or another client has placed."""

from decimal import Decimal
from typing import Any

from tests.brokers.interactive_brokers.gateway.fields import number, whole
from tests.brokers.interactive_brokers.gateway.instruments import Instrument, Wanted
from tests.brokers.interactive_brokers.gateway.tickets import Ticket
from tests.brokers.interactive_brokers.gateway.wire import written

_EMPTY = (
    "action orderType lmtPrice auxPrice tif ocaGroup ocaType account orderRef trailStopPrice trailingPercent "
    "goodTillDate parentId"
)


def typed_ticket(
    order_id: int, instrument: Instrument, action: str, quantity: Decimal, fields: dict[str, Any]
) -> Ticket:
    """A market order unless the fields say otherwise, by way of SMART where that is possible."""
    terms = dict.fromkeys(_EMPTY.split(), "") | {"action": action, "orderType": "MKT"}
    terms |= {name: written(value) for name, value in fields.items()}
    exchange = "SMART" if instrument.is_smart else instrument.listing
    return Ticket(
        order_id=order_id,
        wanted=Wanted(con_id=instrument.con_id, exchange=exchange),
        terms=terms,
        quantity=quantity,
        limit=number(terms["lmtPrice"]),
        aux=number(terms["auxPrice"]),
        trail_stop=number(terms["trailStopPrice"]),
        trail_percent=number(terms["trailingPercent"]),
        parent_id=whole(terms["parentId"]),
        transmit=terms.get("transmit", "1") == "1",
        outside_rth=terms.get("outsideRth") == "1",
        what_if=False,
    )
