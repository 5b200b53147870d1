"""Whether a trade's fills, as they would be after an act, are still one trade from flat to flat."""

from collections.abc import Iterable

from trenddojo.domain.figures import quantity
from trenddojo.domain.fills import AfterFlatError, BookError, Fill, NotAnEntryError, ThroughZeroError, in_order
from trenddojo.domain.trades import Book
from trenddojo.services.books import Books
from trenddojo.services.errors import FORM, Invalid
from trenddojo.services.records import said
from trenddojo.store import trades
from trenddojo.store.seats import Seat


def check(seat: Seat, books: Books, fills: Iterable[Fill], touched: str = "") -> None:
    """Raise Invalid where `fills` cannot be the fills of the trade (rules 6 and 7 of docs/NUMBERS.md).

    `touched` is the key of the fill that is being recorded or corrected: what is wrong with it is said by its field.
    """
    ordered = in_order(fills)
    book = Book(books.trade.direction, books.instrument.multiplier)
    for fill in ordered:
        try:
            book.enter(fill)
        except BookError as error:
            own = fill.key == touched
            raise Invalid(_own(error, ordered, seat) if own else _other(error, fill, books, seat)) from None
    if book.lots:
        _check_alone(seat, books)


def _check_alone(seat: Seat, books: Books) -> None:
    """At most one trade is open in an account and instrument (rule 7)."""
    trade = books.trade
    other = trades.open_trade_in(trade.account_id, trade.instrument_id)
    if other is None or other.id == trade.id or other.opened_at is None:
        return
    since = said(other.opened_at, seat)
    raise Invalid({FORM: f"{trade.symbol} is open in another trade since {since}. Add a leg there."})


def _own(error: BookError, ordered: list[Fill], seat: Seat) -> dict[str, str]:
    """What is wrong with the fill at hand."""
    match error:
        case ThroughZeroError():
            return {"quantity": f"At most {quantity(error.held)}, which is what is held at that time."}
        case AfterFlatError():
            return {"at": "The trade was closed before that. The next entry needs a new trade."}
        case NotAnEntryError() if len(ordered) > 1:
            return {"at": f"This is before the first entry, of {said(_first_entry(ordered).at, seat)}."}
        case _:
            return {FORM: "Nothing is held yet. Record the entry first."}


def _first_entry(ordered: list[Fill]) -> Fill:
    return next((fill for fill in ordered if fill.side is not ordered[0].side), ordered[0])


def _other(error: BookError, fill: Fill, books: Books, seat: Seat) -> dict[str, str]:
    """What a change would do to a fill that is recorded already."""
    noun = "entry" if fill.side is books.trade.direction.entry_side else "exit"
    which = f"the {noun} of {quantity(fill.quantity)} on {said(fill.at, seat)}"
    match error:
        case ThroughZeroError():
            return {FORM: f"Then {which} would be larger than the {quantity(error.held)} held. Correct it first."}
        case AfterFlatError():
            return {FORM: f"Then the trade would be closed before {which}. Correct it first."}
        case _:
            return {FORM: f"Then {which} would come before any entry. Correct it first."}
