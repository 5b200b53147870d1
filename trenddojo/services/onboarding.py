"""What an account held and traded before its books begin here: offered as trades, and imported once.

A broker is asked with no transaction open. What is imported is decided anew from its answer under the account's lock,
so that facts win over what a form says, and whatever is pressed twice finds what the first one made.
"""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from trenddojo.brokers.base import BrokerClient
from trenddojo.brokers.errors import BrokerError
from trenddojo.brokers.manager import BrokerManager
from trenddojo.brokers.types import Timeframe
from trenddojo.domain.fills import BookError
from trenddojo.domain.money import PRICE_PLACES, rounded
from trenddojo.services import leases, onboarding_past, topics
from trenddojo.services.connections import connection_of, require_active
from trenddojo.services.errors import FORM, Conflict, Forbidden, Invalid, NotFound
from trenddojo.services.faults import Refused
from trenddojo.services.inputs.onboarding import ImportInput
from trenddojo.services.onboarding_choice import Chosen, chosen_of
from trenddojo.services.onboarding_offers import Offer, Told
from trenddojo.services.onboarding_records import Writer
from trenddojo.services.orders import engine
from trenddojo.services.orders.desk import ELSEWHERE, Desk, desk_of
from trenddojo.services.orders.posting import Posting, posting
from trenddojo.store import accounts, connections, orders, snapshots
from trenddojo.store.database import discard
from trenddojo.store.models import Account, PositionSnapshot, User
from trenddojo.store.seats import Seat, SeatRole

WINDOW = timedelta(days=90)
"""How far back fills are asked for."""
_THEN = ((Timeframe.MINUTE, timedelta(minutes=1)), (Timeframe.HOUR, timedelta(hours=1)))
"""Bars that tell a price of the past, the finest first, and their length."""
_BACK = {Timeframe.MINUTE: timedelta(minutes=15), Timeframe.HOUR: timedelta(days=5)}
"""How far before a moment the last bar may lie that there is of it."""
NOT_TOGETHER = "These fills do not go together with what is in the books. Open the reconciliation, then ask again."


class NotImported(Invalid):
    """What is to be mended before anything is imported; `offer` is what the broker told."""

    def __init__(self, fields: Mapping[str, str], offer: Offer) -> None:
        super().__init__(fields)
        self.offer = offer


@dataclass(frozen=True, slots=True)
class Line:
    """Units of a symbol that are held outside of the books, with what the broker last said of it, where it did."""

    symbol: str
    quantity: Decimal
    seen: PositionSnapshot | None


@dataclass(frozen=True, slots=True)
class Outside:
    """What an account holds outside of the books, as stored. `first_pass_at` is when the two were first compared, None
    where they were not yet; `seen_at` when the broker last told its positions."""

    seat: Seat
    first_pass_at: datetime | None
    seen_at: datetime | None
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import made, and which trades hold already what was asked for once more."""

    account_id: UUID
    made: tuple[UUID, ...]
    known: tuple[UUID, ...]


def outside(user: User, connection_id: UUID) -> list[Outside]:
    """What each account of a connection holds outside of the books, from stored facts. Raises NotFound."""
    seats = _seats(user, connection_id)
    ids = [seat.account.id for seat in seats]
    last, held = snapshots.of_accounts(ids), orders.held_outside(ids)
    seen = {(one.account_id, one.symbol): one for one in snapshots.positions_of(ids)}
    return [
        Outside(
            seat=seat,
            first_pass_at=None if (sync := orders.sync_of(seat.account.id)) is None else sync.first_pass_at,
            seen_at=last[seat.account.id].orders_taken_at if seat.account.id in last else None,
            lines=tuple(
                Line(one.symbol, one.outside, seen.get((one.account_id, one.symbol)))
                for one in held
                if one.account_id == seat.account.id
            ),
        )
        for seat in seats
    ]


def offers(
    manager: BrokerManager, user: User, connection_id: UUID, now: datetime, account_id: UUID | None = None
) -> tuple[Offer, ...]:
    """Ask the broker what can be imported of each account of a connection, or of one; ends the caller's transaction.

    Raises NotFound for what is not the person's own, Forbidden for who may only look, Conflict for a connection that
    was ended or where another process talks to the brokers, Refused where the broker could not be asked.
    """
    return tuple(_offered(manager, desk, now) for desk in _desks(user, connection_id, account_id))


def import_history(
    manager: BrokerManager, user: User, connection_id: UUID, *, account_id: UUID, wanted: ImportInput, now: datetime
) -> Imported:
    """Import what is `wanted` of an account; ends the caller's transaction. What is imported already is found again.

    Raises as `offers` does, and NotImported with a sentence for each field to mend, such as `positions.0.stop`.
    """
    (desk,) = _desks(user, connection_id, account_id)
    told = _asked(manager, desk, now)
    then = _prices_then(manager, desk, told, wanted, now)
    discard()
    if not leases.owns(leases.BROKERS, desk.token):
        discard()
        raise Conflict(ELSEWHERE)
    post = posting(desk.account_id, now)
    offer = onboarding_past.offer_of(post.seat.account, told)
    chosen = chosen_of(offer, wanted, post.seat, now)
    if chosen.errors:
        discard()
        raise NotImported(chosen.errors, offer)
    known, made = tuple(chosen.known), tuple[UUID, ...]()
    if chosen.is_something:
        made = _written(post, offer, chosen, then)
        topics.bump(topics.connection(connection_id))
        post.keep()
        with suppress(Conflict):  # it is kept; what it asks for is done by whoever has the brokers now
            engine.drive(manager, desk, now)
    discard()
    return Imported(account_id, made, known)


def _written(post: Posting, offer: Offer, chosen: Chosen, prices_then: Mapping[str, Decimal]) -> tuple[UUID, ...]:
    """Write all of it, or nothing. Raises NotImported."""
    writer = Writer(post, offer.names, prices_then)
    try:
        made = [writer.position(one.offer, one.fills, one.stops).id for one in chosen.positions]
        made += [writer.trip(trip, stop).id for trip, stop in chosen.trips]
    except BookError:
        discard()
        raise NotImported({FORM: NOT_TOGETHER}, offer) from None
    writer.finish()
    return tuple(made)


# ---- who


def _seats(user: User, connection_id: UUID) -> list[Seat]:
    connection_of(user, connection_id)
    return [Seat(user, account, SeatRole.OWNER) for account in connections.accounts_of([connection_id])]


def _desks(user: User, connection_id: UUID, account_id: UUID | None) -> list[Desk]:
    connection = require_active(connection_of(user, connection_id))
    seats = [seat for seat in _seats(user, connection.id) if account_id in (None, seat.account.id)]
    if account_id is not None and not seats:
        raise NotFound
    if any(not seat.may_trade for seat in seats):
        raise Forbidden("You may look at these accounts, but not trade them.")
    return [desk_of(seat.account) for seat in seats]


# ---- asking


def _offered(manager: BrokerManager, desk: Desk, now: datetime) -> Offer:
    told = _asked(manager, desk, now)
    discard()
    found = onboarding_past.offer_of(_account(desk), told)
    discard()
    return found


def _account(desk: Desk) -> Account:
    account = accounts.account_by_id(desk.account_id)
    if account is None:
        raise NotFound
    return account


def _asked(manager: BrokerManager, desk: Desk, now: datetime) -> Told:
    """Bring the books up to date, then ask for fills: whatever changed a position that the pass saw is among them."""
    try:
        passed = engine.follow(manager, desk, now)
        fills = desk.client(manager).get_executions_since(now - WINDOW)
    except BrokerError as error:
        raise Refused(error) from error
    return Told(fills, {one.symbol: one for one in passed.held if one.quantity})


def _prices_then(
    manager: BrokerManager, desk: Desk, told: Told, wanted: ImportInput, now: datetime
) -> dict[str, Decimal]:
    """What the wanted positions were worth when the account was connected, as far as the broker tells; else now."""
    discard()
    began = _account(desk).created_at
    discard()
    client = desk.client(manager)
    found: dict[str, Decimal] = {}
    for symbol in {one.symbol for one in wanted.positions}:
        present = told.held[symbol].market_price if symbol in told.held else None
        price = (_price_at(client, symbol, began) if now > began else None) or present
        if price is not None and price > 0:
            found[symbol] = rounded(price, PRICE_PLACES)
    return found


def _price_at(client: BrokerClient, symbol: str, at: datetime) -> Decimal | None:
    """The price of a moment: of the last bar before it, whichever of its ends is nearer."""
    for timeframe, length in _THEN:
        with suppress(BrokerError):  # the manager has told the faults
            bars = client.get_bars(symbol, timeframe, at - _BACK[timeframe], at)
            if bars:
                return bars[-1].open if at - bars[-1].at < length / 2 else bars[-1].close
    return None
