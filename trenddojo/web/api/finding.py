"""How operations find what they are called on, each id that is not the caller's to see answered as unknown."""

from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlencode
from uuid import UUID

from flask import request

from trenddojo.services.errors import Invalid, NotFound
from trenddojo.services.records import trade_of
from trenddojo.store.models import Trade
from trenddojo.store.seats import Seat
from trenddojo.web import deps


class UnknownId(Invalid):
    """An id that was sent in a field, and leads to nothing that the caller may see."""

    code = NotFound.code
    status = NotFound.status


@contextmanager
def naming(field: str) -> Iterator[None]:
    """What is not found inside was named by `field`. Raises UnknownId."""
    try:
        yield
    except NotFound as error:
        raise UnknownId({field: error.message}) from None


def seat(account_id: UUID, field: str) -> Seat:
    """The caller's seat at an account that a field names. Raises UnknownId."""
    with naming(field):
        return deps.seat(account_id)


def trade(trade_id: UUID) -> tuple[Seat, Trade]:
    """A trade with the caller's seat at its account. Raises NotFound."""
    return trade_of(deps.seats(), trade_id)


def next_page(after: str | UUID) -> str:
    """The address of the page that begins after a place, in the list of this request."""
    query = {name: value for name, value in request.args.items() if name != "before"}
    return f"{request.path}?{urlencode({**query, 'after': str(after)})}"
