"""Who may see and do what on which account: every other query is scoped by the seats found here."""

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import BindParameter, bindparam, case, or_, select

from trenddojo.domain.terms import MemberRole, Role
from trenddojo.store.database import db
from trenddojo.store.models import Account, AccountMember, User


class SeatRole(StrEnum):
    """What a person is on one account."""

    OWNER = "owner"
    TRADER = "trader"
    VIEWER = "viewer"


@dataclass(frozen=True, slots=True)
class Seat:
    """A person at an account that they may see."""

    user: User
    account: Account
    role: SeatRole

    @property
    def may_trade(self) -> bool:
        """Whether the person may plan and record trades here."""
        return self.role is not SeatRole.VIEWER and self.user.role is not Role.VIEWER

    @property
    def may_manage(self) -> bool:
        """Whether the person may change the account, its limits and its members."""
        return self.role is SeatRole.OWNER and self.user.role is not Role.VIEWER

    @property
    def zone(self) -> ZoneInfo:
        """The zone that decides what a day is on the account."""
        return ZoneInfo(self.account.time_zone)


_USER: BindParameter[UUID] = bindparam("user")
_MEMBER = AccountMember.user_id == _USER
_SEATS = (
    select(Account, AccountMember.role)
    .outerjoin(AccountMember, (AccountMember.account_id == Account.id) & _MEMBER)
    .where(or_(Account.owner_id == _USER, _MEMBER), Account.archived_at.is_(None))
    .order_by(case((Account.owner_id == _USER, 0), else_=1), Account.name, Account.id)
)
"""Built once: every request asks it."""


def seats_of(user: User) -> list[Seat]:
    """Every account that `user` may see, own ones first, then by name."""
    rows = db.session.execute(_SEATS, {"user": user.id})
    return [Seat(user, account, _role(user, account, role)) for account, role in rows]


def _role(user: User, account: Account, member_role: MemberRole | None) -> SeatRole:
    if account.owner_id == user.id:
        return SeatRole.OWNER
    return SeatRole.TRADER if member_role is MemberRole.TRADER else SeatRole.VIEWER


def seat_at(user: User, account_id: UUID) -> Seat | None:
    """`user`'s seat at one account, or None where there is no such account or it is not theirs to see."""
    return next((seat for seat in seats_of(user) if seat.account.id == account_id), None)


def owner_seats() -> list[Seat]:
    """Every owner's seat at an account that is not put away, by name."""
    query = select(Account, User).join(User, User.id == Account.owner_id)
    rows = db.session.execute(query.where(Account.archived_at.is_(None)).order_by(Account.name, Account.id))
    return [Seat(user, account, SeatRole.OWNER) for account, user in rows]


def broker_seats(named: str = "") -> list[Seat]:
    """The same at accounts that a broker serves; only those `named`, by name or id, if asked."""
    found = [seat for seat in owner_seats() if seat.account.mode is not None]
    return [seat for seat in found if named in ("", seat.account.name, str(seat.account.id))]
