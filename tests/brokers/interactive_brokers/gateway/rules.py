"""What is checked before an order is taken: each check raises Refusal."""

from dataclasses import dataclass

from tests.brokers.interactive_brokers.gateway import refusals
from tests.brokers.interactive_brokers.gateway.instruments import Instrument, Instruments, Routed
from tests.brokers.interactive_brokers.gateway.orders import CLOSING, Order
from tests.brokers.interactive_brokers.gateway.refusals import Refusal
from tests.brokers.interactive_brokers.gateway.switches import Switches
from tests.brokers.interactive_brokers.gateway.tickets import Ticket
from tests.brokers.interactive_brokers.gateway.times import read

TYPES = ("MKT", "LMT", "STP", "STP LMT", "TRAIL", "MOC", "LOC")
TIFS = ("DAY", "GTC", "IOC", "FOK", "OPG", "GTD")
_LIMITED = ("LMT", "LOC", "STP LMT")
_STOPPED = ("STP", "STP LMT")
_MOST_WORKING = 20
"""Orders that may work per contract, side and account."""


@dataclass(frozen=True)
class Rules:
    instruments: Instruments
    accounts: tuple[str, ...]
    switches: Switches

    def admitted(self, ticket: Ticket) -> tuple[Routed, str]:
        """What a new order is for: an instrument by way of an exchange, and an account."""
        if self.switches.read_only:
            raise refusals.read_only()
        account = self._account(ticket)
        if not ticket.wanted.exchange:
            raise refusals.invalid("Missing order exchange")
        routed = self.instruments.one(ticket.wanted)
        _check_words(ticket)
        self.check_quantity(ticket, routed.instrument)
        check_prices(ticket, routed.instrument)
        return routed, account

    def _account(self, ticket: Ticket) -> str:
        if not ticket.account:
            if len(self.accounts) > 1:
                raise Refusal(435, "You must specify an account.")
            return self.accounts[0]
        if ticket.account not in self.accounts:
            raise refusals.invalid(f"Invalid account code '{ticket.account}'.")
        return ticket.account

    def check_quantity(self, ticket: Ticket, instrument: Instrument) -> None:
        if ticket.quantity <= 0:
            raise Refusal(434, "The order size cannot be zero.")
        is_free = self.switches.allows_fractions and instrument.kind == "STK"
        if ticket.quantity % (instrument.size_increment if is_free else instrument.lot):
            raise Refusal(
                10243,
                "Fractional-sized order cannot be placed via API. Please use desktop version to place this order.",
            )


def check_prices(ticket: Ticket, instrument: Instrument) -> None:
    """The prices that the type needs are there and on the grid."""
    needed = [ticket.limit] if ticket.type in _LIMITED else []
    needed += [ticket.aux] if ticket.type in _STOPPED else []
    if None in needed:
        raise Refusal(321, "Error validating request.-'bN' : cause - Please enter a valid price")
    trail = [ticket.trail_stop] if ticket.type == "TRAIL" else []
    if ticket.type == "TRAIL" and (ticket.aux is None) is (ticket.trail_percent is None):
        raise refusals.invalid("Please enter trailing amount or trailing percent")
    for price in (*needed, *trail):
        if price is not None and price % instrument.tick_at(price):
            raise refusals.off_the_tick()


def check_crowd(order: Order, working: list[Order]) -> None:
    """Only so many orders work on one side of a contract."""
    same = [one for one in working if _side(one) == _side(order)]
    if len(same) >= _MOST_WORKING:
        raise refusals.rejected(
            f"Reached maximum of {_MOST_WORKING} working orders on either the buy or sell side for this contract"
        )


def check_change(order: Order, ticket: Ticket, routed: Routed) -> None:
    """A change keeps contract, side, account and type."""
    if order.status == "PendingCancel":
        raise refusals.being_cancelled(order.perm_id)
    is_same = (
        routed.instrument is order.instrument
        and ticket.action == order.action
        and (ticket.account or order.account) == order.account
    )
    if not is_same:
        raise refusals.mismatched()
    if ticket.type != order.type:
        raise refusals.other_type()
    if ticket.parent_id and (order.parent is None or not order.parent.is_open):
        raise refusals.no_such_order(ticket.parent_id)


def check_rest(order: Order, ticket: Ticket) -> None:
    """A change leaves something to fill."""
    if ticket.quantity <= order.filled:
        raise refusals.rejected("Order quantity must be greater than the filled quantity")


def _side(order: Order) -> tuple[int, bool, str]:
    return order.instrument.con_id, order.is_buy, order.account


def _check_words(ticket: Ticket) -> None:
    if ticket.action not in ("BUY", "SELL"):
        raise refusals.invalid("Please enter a valid action")
    if ticket.type not in TYPES:
        raise Refusal(387, "Unsupported order type for this exchange and security type.")
    if ticket.tif not in TIFS or (ticket.type in CLOSING and ticket.tif != "DAY"):
        raise refusals.invalid("The time-in-force is invalid for this order")
    if ticket.tif == "OPG" and ticket.type not in ("MKT", "LMT"):
        raise refusals.invalid("The time-in-force is invalid for this order")
    if ticket.tif == "GTD":
        read(ticket.terms["goodTillDate"])
