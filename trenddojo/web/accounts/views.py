"""What the pages about accounts show."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from trenddojo.domain.equity import local_date
from trenddojo.domain.terms import MemberRole, Role
from trenddojo.services.accounts import Member
from trenddojo.store.models import Account, User
from trenddojo.store.seats import Seat, SeatRole
from trenddojo.web.format import as_typed
from trenddojo.web.forms import Form
from trenddojo.web.frame import broker_of, mode_of
from trenddojo.web.shell import ShownMode

ROLES = [
    (MemberRole.TRADER.value, "Trader: plans and records trades"),
    (MemberRole.VIEWER.value, "Viewer: looks, changes nothing"),
]


@dataclass(frozen=True, slots=True)
class AccountRow:
    """An account as one person sees it; `part` says what they are on it. Money is in `currency`."""

    id: str
    name: str
    mode: ShownMode
    broker: str
    currency: str
    place: str
    balance: Decimal
    equity: Decimal
    open_trades: int
    part: str
    owner: str
    is_current: bool
    may_manage: bool


@dataclass(frozen=True, slots=True)
class MemberRow:
    """Somebody let in by the owner. `other` is the role that they do not have."""

    id: str
    name: str
    email: str
    role: str
    other: str
    is_you: bool


def row(seat: Seat, current: Seat | None, owner: str) -> AccountRow:
    """`seat`'s account; `current` is the one at hand."""
    account = seat.account
    return AccountRow(
        id=str(account.id),
        name=account.name,
        mode=mode_of(account.mode),
        broker=broker_of(account),
        currency=account.base_currency,
        place=account.time_zone.rpartition("/")[2].replace("_", " "),
        balance=account.balance,
        equity=account.equity,
        open_trades=account.open_trades,
        part=seat.role.value,
        owner="you" if seat.role is SeatRole.OWNER else owner,
        is_current=current is not None and current.account.id == account.id,
        may_manage=seat.may_manage,
    )


def members(found: Iterable[Member], viewer: User) -> list[MemberRow]:
    """The members as the person `viewer` sees them."""
    return [
        MemberRow(
            id=str(member.user.id),
            name=member.user.name,
            email=member.user.email,
            role=member.role.value,
            other=(MemberRole.VIEWER if member.role is MemberRole.TRADER else MemberRole.TRADER).value,
            is_you=member.user.id == viewer.id,
        )
        for member in found
    ]


def may_add(user: User) -> bool:
    """Whether a person may have accounts of their own."""
    return user.role is not Role.VIEWER


def blank(user: User, now: datetime) -> Form:
    """The fields of a new account."""
    return Form(
        {
            "base_currency": user.currency or "USD",
            "time_zone": user.time_zone,
            "opened_on": local_date(now, ZoneInfo(user.time_zone)).isoformat(),
            "fee_per_unit": "0",
            "fee_per_order": "0",
            "leverage": "1",
            "breakeven_band": "0",
            "risk_free_rate": "0",
        }
    )


def filled(account: Account) -> Form:
    """An account's fields as they would be typed."""
    return Form(
        {
            "name": account.name,
            "base_currency": account.base_currency,
            "starting_balance": f"{account.starting_balance:f}",
            "time_zone": account.time_zone,
            "opened_on": account.opened_on.isoformat(),
            "fee_per_unit": as_typed(account.fee_per_unit),
            "fee_per_order": as_typed(account.fee_per_order),
            "leverage": as_typed(account.leverage),
            "breakeven_band": as_typed(account.breakeven_band),
            "risk_free_rate": as_typed(account.risk_free_rate),
        }
    )
