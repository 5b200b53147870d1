"""How a connection stands, in a shape and in words."""

from dataclasses import dataclass
from datetime import datetime, tzinfo
from enum import StrEnum

from flask import url_for
from markupsafe import Markup

from trenddojo.services import topics
from trenddojo.services.connection_panel import account_panel
from trenddojo.services.connections import connection_of
from trenddojo.store.models import BrokerConnection, ConnectionState
from trenddojo.store.seats import Seat, SeatRole
from trenddojo.web.format import clock, precise
from trenddojo.web.frame import broker_of, mode_of
from trenddojo.web.shell import ShownMode


class Shape(StrEnum):
    """What tells states apart before any colour does: a disc, a ring, a diamond, a triangle."""

    ON = "on"
    OFF = "off"
    DUE = "due"
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class Lamp:
    """A state: its shape and its words, and whether the connection can be asked."""

    shape: Shape
    words: str

    @property
    def is_on(self) -> bool:
        """Whether the broker answers as it should."""
        return self.shape is Shape.ON


@dataclass(frozen=True, slots=True)
class Chip:
    """The broker of an account in a line, which follows the pulse's `topic`; `url` is empty for whom it is not."""

    account_id: str
    name: str
    mode: ShownMode
    lamp: Lamp
    last_sync: datetime | None
    topic: str
    url: str


_LAMPS = {
    ConnectionState.CONNECTING: Lamp(Shape.OFF, "connecting"),
    ConnectionState.CONNECTED: Lamp(Shape.ON, "connected"),
    ConnectionState.UNHEALTHY: Lamp(Shape.BAD, "not answering well"),
    ConnectionState.DOWN: Lamp(Shape.OFF, "down"),
    ConnectionState.SIGN_IN_DUE: Lamp(Shape.DUE, "sign-in due"),
    ConnectionState.DISCONNECTED: Lamp(Shape.OFF, "disconnected"),
}
_TRIED_AGAIN = (ConnectionState.DOWN, ConnectionState.UNHEALTHY)


def lamp_of(connection: BrokerConnection) -> Lamp:
    """The state of a connection when it was last looked at."""
    return _LAMPS[connection.state]


def chip_of(seat: Seat, now: datetime) -> Chip | None:
    """The broker of the account, None where it is kept by hand. Only the owner sees how the connection stands."""
    account = seat.account
    if account.connection_id is None:
        return None
    if seat.role is SeatRole.OWNER:
        return _own(seat, connection_of(seat.user, account.connection_id))
    seen = account_panel(seat, now).snapshot
    is_known = seen is not None and seen.failed_at is None
    return Chip(
        account_id=str(account.id),
        name=broker_of(account),
        mode=mode_of(account.mode),
        lamp=Lamp(Shape.ON, "seen") if is_known else Lamp(Shape.OFF, "could not ask"),
        last_sync=seen.taken_at if seen else None,
        topic=topics.account(account.id),
        url="",
    )


def _own(seat: Seat, connection: BrokerConnection) -> Chip:
    return Chip(
        account_id=str(seat.account.id),
        name=connection.name,
        mode=mode_of(connection.mode),
        lamp=lamp_of(connection),
        last_sync=connection.last_sync,
        topic=topics.connection(connection.id),
        url=url_for("brokers.index", _anchor=f"connection-{connection.id}"),
    )


def tries(connection: BrokerConnection, zone: tzinfo, now: datetime) -> Markup:
    """Since when a connection is not well, when it was tried last, and when it is tried next, in sentences."""
    lamp = lamp_of(connection)
    if lamp.is_on:
        return Markup("")
    stands = Markup("{} since {}.").format(lamp.words.capitalize(), precise(connection.state_since, zone, now))
    tried, at = connection.checked_at, connection.next_try_at
    if tried is None or at is None or connection.state not in _TRIED_AGAIN:
        return stands
    return Markup("{} Tried {}, next try {}.").format(stands, clock(tried, zone), _when(at, zone, now))


def _when(at: datetime, zone: tzinfo, now: datetime) -> Markup:
    seconds = int((at - now).total_seconds())
    if seconds <= 0:
        return Markup("due now")
    return Markup("in {} s").format(seconds) if seconds < 60 else Markup("at {}").format(clock(at, zone))
