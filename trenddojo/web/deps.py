"""What a route may ask of its request: the time, the configuration, the person, their seats."""

from datetime import datetime
from typing import cast
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import current_app, g, session
from flask_login import current_user

from trenddojo.brokers.manager import BrokerManager
from trenddojo.config import Config
from trenddojo.runtime import runtime
from trenddojo.services.brokerage import EXTENSION as BROKERS
from trenddojo.services.errors import Forbidden, NotFound
from trenddojo.store.models import User
from trenddojo.store.seats import Seat, SeatRole, seats_of
from trenddojo.web import locks

ACCOUNT = "account"
"""The session's key for the account that a person has chosen to work on."""


def config() -> Config:
    """The configuration."""
    return runtime().config


def now() -> datetime:
    """The present time, UTC-aware; one and the same throughout a request."""
    if "now" not in g:
        g.now = runtime().clock()
    return cast(datetime, g.now)


def user() -> User:
    """The person of the request. Raises AttributeError on a route that lets strangers in."""
    return cast(User, g.user if "user" in g else current_user.user)


def zone() -> ZoneInfo:
    """The person's own time zone, in which clock times are shown."""
    return ZoneInfo(user().time_zone)


def seats() -> list[Seat]:
    """The accounts that the person may see."""
    if "seats" not in g:
        g.seats = seats_of(user())
    return cast(list[Seat], g.seats)


def seat(account_id: UUID) -> Seat:
    """The person's seat at one account. Raises NotFound when it is not theirs to see."""
    found = next((seat for seat in seats() if seat.account.id == account_id), None)
    if found is None:
        raise NotFound
    return found


def asked_id(text: str | None) -> UUID | None:
    """The id that a request names, None where it names none. Raises NotFound for what is no id."""
    try:
        return UUID(text) if text else None
    except ValueError:
        raise NotFound from None


def current_seat() -> Seat | None:
    """The account that the person works on: the chosen one, else their oldest; None when they have none.

    The oldest, because an account that is added must not become the one at hand behind their back.
    """
    chosen = session.get(ACCOUNT)
    found = next((seat for seat in seats() if str(seat.account.id) == chosen), None)
    return found or min(seats(), key=_age, default=None)


def _age(seat: Seat) -> tuple[bool, datetime]:
    return seat.role is not SeatRole.OWNER, seat.account.created_at


def working_seat() -> Seat:
    """The account that the person works on. Raises NotFound when they have none."""
    found = current_seat()
    if found is None:
        raise NotFound("You have no account yet.")
    return found


def may_trade(found: Seat) -> Seat:
    """`found`, if the person may plan and record trades there. Raises Forbidden otherwise."""
    if not found.may_trade:
        raise Forbidden(f"You may look at {found.account.name}, but not trade it.")
    return found


def may_manage(found: Seat) -> Seat:
    """`found`, if the person may change the account itself. Raises Forbidden otherwise."""
    if not found.may_manage:
        raise Forbidden(f"Only the owner of {found.account.name} may change this.")
    return found


def trading_unlocked() -> bool:
    """Whether the person typed their password for live trading, and did something in the last 15 minutes."""
    return locks.open_until(now()) is not None


def manager() -> BrokerManager:
    """The owner of every broker connection."""
    return cast(BrokerManager, current_app.extensions[BROKERS])
