"""Whether a trade's fills, as they would be after an act, are still one trade from flat to flat."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from trenddojo.domain.figures import quantity
from trenddojo.domain.fills import AfterFlatError, BookError, Fill, NotAnEntryError, ThroughZeroError
from trenddojo.domain.money import QUANTITY_PLACES, rounded
from trenddojo.domain.splits import Units, in_last_units
from trenddojo.domain.trades import Book
from trenddojo.services.books import Books
from trenddojo.services.errors import FORM, Invalid
from trenddojo.services.records import said
from trenddojo.store import trades
from trenddojo.store.seats import Seat


def check(seat: Seat, books: Books, fills: Iterable[Fill], touched: str = "") -> None:
    """Raise Invalid where `fills` cannot be the fills of the trade (rules 6 and 7 of docs/NUMBERS.md).

    They are as they were told, each in the units of its moment. `touched` is the key of the fill that is being recorded
    or corrected: what is wrong with it is said by its field.
    """
    ordered, units = in_last_units(books.trade.direction, fills, books.splits)
    book = Book(books.trade.direction, books.instrument.multiplier)
    for fill in ordered:
        try:
            book.enter(fill)
        except BookError as error:
            own = fill.key == touched
            told = _Told(error, fill, units, seat)
            raise Invalid(_own(told, ordered) if own else _other(told, books)) from None
    if book.lots:
        _check_alone(seat, books)


def _check_alone(seat: Seat, books: Books) -> None:
    """At most one trade is open in an account and instrument (rule 7)."""
    trade = books.trade
    if trade.deleted_at is not None:
        return
    other = trades.open_trade_in(trade.account_id, trade.instrument_id)
    if other is None or other.id == trade.id or other.opened_at is None:
        return
    since = said(other.opened_at, seat)
    raise Invalid({FORM: f"{trade.symbol} is open in another trade since {since}. Add a leg there."})


@dataclass(frozen=True, slots=True)
class _Told:
    """What is wrong, with which fill, and its quantities as a person knows them: in the units of its own moment."""

    error: BookError
    fill: Fill
    units: Units
    seat: Seat

    def quantity(self, amount: Decimal) -> str:
        return quantity(rounded(self.units.quantity_then(amount, self.fill.at), QUANTITY_PLACES))


def _own(told: _Told, ordered: list[Fill]) -> dict[str, str]:
    """What is wrong with the fill at hand."""
    match told.error:
        case ThroughZeroError():
            return {"quantity": f"At most {told.quantity(told.error.held)}, which is what is held at that time."}
        case AfterFlatError():
            return {"at": "The trade was closed before that. The next entry needs a new trade."}
        case NotAnEntryError() if len(ordered) > 1:
            return {"at": f"This is before the first entry, of {said(_first_entry(ordered).at, told.seat)}."}
        case _:
            return {FORM: "Nothing is held yet. Record the entry first."}


def _first_entry(ordered: list[Fill]) -> Fill:
    return next((fill for fill in ordered if fill.side is not ordered[0].side), ordered[0])


def _other(told: _Told, books: Books) -> dict[str, str]:
    """What a change would do to a fill that is recorded already."""
    noun = "entry" if told.fill.side is books.trade.direction.entry_side else "exit"
    which = f"the {noun} of {told.quantity(told.fill.quantity)} on {said(told.fill.at, told.seat)}"
    match told.error:
        case ThroughZeroError():
            held = told.quantity(told.error.held)
            return {FORM: f"Then {which} would be larger than the {held} held. Correct it first."}
        case AfterFlatError():
            return {FORM: f"Then the trade would be closed before {which}. Correct it first."}
        case _:
            return {FORM: f"Then {which} would come before any entry. Correct it first."}
