"""The demo year: an account that a disciplined trend follower has traded for a year, so that every page has a tale.

The year is invented, its figures are not: each follows from fills, stops, marks and cash as it would for anybody.
"""

from datetime import datetime
from typing import Final

from trenddojo.domain.terms import Role
from trenddojo.services import books
from trenddojo.services.demo.chronicle import year
from trenddojo.services.demo.records import open_account, write_year
from trenddojo.services.errors import Conflict, Forbidden
from trenddojo.store import accounts
from trenddojo.store.database import db
from trenddojo.store.models import User
from trenddojo.store.seats import Seat, SeatRole, seats_of

__all__ = ["NAME", "SEED", "load_demo"]

NAME: Final = "Demo: Trend Core"
SEED: Final = 37
"""A year as years go: more losses than wins, one drawdown of about five percent, a sixth more than at its start."""


def load_demo(user: User, now: datetime, seed: int = SEED) -> Seat:
    """Give `user` the demo account with the year before `now`, UTC-aware, and return their seat at it.

    The same seed and time make the same figures. Raises Conflict where the person has the account already, archived or
    not, and Forbidden for a person who may only look.
    """
    if user.role is Role.VIEWER:
        raise Forbidden("You may look at accounts, but not add one.")
    accounts.lock_owner(user)
    if _has_demo(user):
        raise Conflict(f"The account {NAME} is there already.")
    told = year(seed, now)
    seat = Seat(user, open_account(user, NAME, told, now), SeatRole.OWNER)
    for trade in write_year(seat, told, now):
        books.settle_trade(books.open_books(trade, seat.account), seat)
    books.settle_all(seat)
    db.session.commit()
    return seat


def _has_demo(user: User) -> bool:
    own = [seat.account for seat in seats_of(user) if seat.role is SeatRole.OWNER]
    return any(account.name == NAME for account in (*own, *accounts.archived_of(user.id)))
