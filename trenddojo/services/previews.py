"""How a trade stands with its stops, and how it would stand after an act: the rows of the act panels."""

from trenddojo.domain.figures import quantity as shown
from trenddojo.domain.fills import ThroughZeroError
from trenddojo.domain.money import ZERO
from trenddojo.domain.stops import Standing, after_exit, standing
from trenddojo.services.books import Books
from trenddojo.services.errors import FORM, Invalid
from trenddojo.services.inputs.records import ExitIdea
from trenddojo.services.stops import StopMove


def standing_now(books: Books) -> Standing:
    """How the trade stands at its last known price."""
    return standing(books.position, books.stops, books.mark, books.fx, books.commission)


def standing_moved(books: Books, move: StopMove) -> Standing:
    """How it would stand after a stop move."""
    stops = {**books.stops, **{leg.number: move.price for leg in move.legs}}
    return standing(books.position, stops, books.mark, books.fx, books.commission)


def standing_left(books: Books, idea: ExitIdea) -> Standing:
    """How it would stand after an exit; raises Invalid for more than is held, and where nothing is."""
    if not books.position.quantity:
        raise Invalid({FORM: "Nothing is held."})
    fee = idea.fee
    if fee is None:
        fee = books.commission(idea.quantity, idea.price) if books.commission else ZERO
    try:
        left = after_exit(
            books.position, idea.quantity, price=idea.price, fee=fee, fx=idea.fx or books.fx, leg=idea.leg
        )
    except ThroughZeroError as error:
        raise Invalid({"quantity": f"At most {shown(error.held)}, which is what is held."}) from None
    return standing(left, books.stops, books.mark, books.fx, books.commission)
