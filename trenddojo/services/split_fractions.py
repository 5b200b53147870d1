"""The fraction of a unit that a split leaves, and that a broker pays in cash: an exit of that fraction."""

from datetime import datetime
from decimal import Decimal

from trenddojo.domain.money import PRICE_PLACES, QUANTITY_PLACES, ZERO, exactly, rounded
from trenddojo.domain.terms import ExitReason
from trenddojo.services.books import Books, open_books
from trenddojo.services.errors import Conflict, Invalid
from trenddojo.services.fills import record_fill
from trenddojo.services.inputs import parse
from trenddojo.services.inputs.records import FillInput, FillKind
from trenddojo.services.inputs.splits import FractionInput
from trenddojo.store.fills import fill_with_key
from trenddojo.store.models import Execution, Trade
from trenddojo.store.seats import Seat


@exactly
def fraction_of(books: Books) -> Decimal:
    """What a trade that was split holds beyond whole lots; 0 of any other."""
    return rounded(books.position.quantity % books.instrument.lot, QUANTITY_PLACES) if books.lived_through else ZERO


def pay_fraction(seat: Seat, trade: Trade, paid: FractionInput, now: datetime) -> Execution:
    """Record what was paid for the fraction, at the moment of the last split; the same key again finds the first.

    Raises Conflict where no fraction is held, Invalid for an amount or a rate that cannot be, Forbidden.
    """
    if paid.key and (first := fill_with_key(trade, paid.key)):
        return first
    books = open_books(trade, seat.account)
    fraction = fraction_of(books)
    if not fraction:
        raise Conflict("No fraction of a split is held any more.")
    return record_fill(seat, trade, _exit(books, fraction, paid), now)


def _exit(books: Books, fraction: Decimal, paid: FractionInput) -> FillInput:
    told = {
        "kind": FillKind.EXIT,
        "quantity": f"{fraction:f}",
        "price": f"{rounded(paid.amount / fraction, PRICE_PLACES):f}",
        "fee": "0",
        "fx": None if paid.fx is None else f"{paid.fx:f}",
        "exit_reason": ExitReason.MANUAL,
        "at": books.lived_through[-1].at.isoformat(),
        "key": paid.key,
    }
    try:
        return parse(FillInput, told)
    except Invalid as error:
        raise Invalid({"amount": f"Not for {fraction:f} of a unit. {error.message}"}) from None
