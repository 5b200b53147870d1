"""What all acts on a trade share: who may do them, the moment and the rate of a record, the trade's history."""

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid5

from sqlalchemy.exc import StatementError

from trenddojo.domain.money import EXACT, ONE
from trenddojo.services import books
from trenddojo.services.errors import FORM, Forbidden, Invalid, NotFound
from trenddojo.store import trades
from trenddojo.store.database import db, discard
from trenddojo.store.models import Account, Instrument, Trade, TradeEvent
from trenddojo.store.seats import Seat
from trenddojo.store.types import OutOfScale


def trade_of(seats: list[Seat], trade_id: UUID, *, deleted: bool = False) -> tuple[Seat, Trade]:
    """A trade and the seat at its account; raises NotFound where none of `seats` may see it."""
    found = trades.trade_at(seats, trade_id, deleted=deleted)
    if found is None:
        raise NotFound
    return found


def begin(seat: Seat, trade: Trade) -> None:
    """Begin to change a trade's records, alone on its account until the transaction ends.

    Raises Forbidden for somebody who may only look.
    """
    if not seat.may_trade:
        raise Forbidden(f"You may look at {seat.account.name}, but not trade it.")
    trades.lock(trade)


def conclude(seat: Seat, *changed: Trade) -> None:
    """Recompute what follows from the changed trades, and commit.

    Raises Invalid where a result has more digits than the books keep, and then has changed nothing.
    """
    try:
        for trade in changed:
            books.settle(trade, seat)
        db.session.commit()
    except StatementError as error:
        discard()
        if not isinstance(error.orig, OutOfScale):
            raise
        raise Invalid({FORM: "With these figures a result would be larger than the books can hold."}) from None


def happened(at: datetime | None, now: datetime) -> datetime:
    """When something happened: at the time that was told, else now. Raises Invalid for the future."""
    if at is not None and at > now:
        raise Invalid({"at": "This is in the future."})
    return at or now


def rate_to_base(account: Account, instrument: Instrument, fx: Decimal | None) -> Decimal:
    """The rate that turns the instrument's currency into the account's; 1 where the two are the same.

    Raises Invalid where a rate is missing or makes no sense: none is ever assumed.
    """
    base, currency = account.base_currency, instrument.currency
    if currency == base:
        if fx not in (None, ONE):
            raise Invalid({"fx": f"Leave this empty: {instrument.symbol} and the account are both in {base}."})
        return ONE
    if fx is None:
        raise Invalid({"fx": f"Enter what 1 {currency} is worth in {base}."})
    return fx


def tell(seat: Seat, trade: Trade, now: datetime, kind: str, **detail: Any) -> None:
    """Add to the trade's history what no other table tells."""
    db.session.add(TradeEvent(trade_id=trade.id, at=now, kind=kind, detail=detail, created_by=seat.user.id))


def id_of(trade: Trade, what: str, key: str | None) -> UUID | None:
    """The id of what a request with `key` makes, the same whenever it is repeated; None without a key."""
    return uuid5(trade.id, f"{what}:{key}") if key else None


def exact(value: Decimal | None) -> str | None:
    """An amount as the trade's history keeps it: all its digits and no idle zeros."""
    return None if value is None else f"{value.normalize(EXACT):f}"


def said(at: datetime, seat: Seat) -> str:
    """A moment in the account's zone, for a sentence."""
    local = at.astimezone(seat.zone)
    return f"{local.day} {local:%b %Y, %H:%M}"
