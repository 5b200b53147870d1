"""Accounts: made, changed, archived, and shared with others."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4, uuid5
from zoneinfo import ZoneInfo

from trenddojo.domain.equity import local_date
from trenddojo.domain.terms import MemberRole, Role
from trenddojo.services import alerts, books
from trenddojo.services.checklist import STARTER
from trenddojo.services.errors import Conflict, Forbidden, Invalid, NotFound
from trenddojo.services.inputs.accounts import AccountChange, AccountInput, MemberInput
from trenddojo.store import accounts, days, people, trades
from trenddojo.store.database import db
from trenddojo.store.models import Account, AccountMember, ChecklistItem, RiskSettings, User
from trenddojo.store.seats import Seat, SeatRole

_FEES = {"fee_per_unit", "fee_per_order"}
_ALL_DAYS = {"starting_balance", "breakeven_band"}


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody else who may see, or also trade, an account."""

    user: User
    role: MemberRole


def create_account(user: User, entered: AccountInput, now: datetime) -> Seat:
    """A manual account of `user`'s, with the usual limits and a checklist to begin with.

    Sent a second time with the same key, it answers with the account of the first. Raises Forbidden for a person who
    may only look, Invalid for an opening date in the future.
    """
    if user.role is Role.VIEWER:
        raise Forbidden("You may look at accounts, but not add one.")
    accounts.lock_owner(user)
    account_id = uuid5(user.id, f"account:{entered.key}") if entered.key else uuid4()
    if found := accounts.account_by_id(account_id):
        return Seat(user, found, SeatRole.OWNER)
    account = _new(user, account_id, entered, now)
    equip(account)
    db.session.commit()
    return Seat(user, account, SeatRole.OWNER)


def equip(account: Account) -> None:
    """Add a new account with the usual limits and the checklist to begin with, within the caller's transaction."""
    db.session.add(account)
    db.session.flush()
    db.session.add(RiskSettings(account_id=account.id))
    for position, (text, required) in enumerate(STARTER):
        db.session.add(ChecklistItem(account_id=account.id, text=text, required=required, position=position))


def _new(user: User, account_id: UUID, entered: AccountInput, now: datetime) -> Account:
    today = local_date(now, ZoneInfo(entered.time_zone))
    opened_on = entered.opened_on or today
    _check_opening(opened_on, today)
    return Account(
        id=account_id,
        owner_id=user.id,
        name=entered.name,
        base_currency=entered.base_currency,
        time_zone=entered.time_zone,
        opened_on=opened_on,
        starting_balance=entered.starting_balance,
        balance=entered.starting_balance,
        equity=entered.starting_balance,
        fee_per_unit=entered.fee_per_unit,
        fee_per_order=entered.fee_per_order,
        leverage=entered.leverage,
        breakeven_band=entered.breakeven_band,
        risk_free_rate=entered.risk_free_rate,
        created_at=now,
    )


def update_account(seat: Seat, change: AccountChange, now: datetime) -> None:
    """Change what was sent, and recompute whatever follows from it.

    Raises Forbidden for anybody but the owner, Invalid for a currency that records hold on to or an impossible date.
    """
    _manage(seat)
    account = seat.account
    changed = {name: value for name, value in change.changes.items() if getattr(account, name) != value}
    _check_change(seat, changed, now)
    for name, value in changed.items():
        setattr(account, name, value)
    _recompute(seat, changed.keys())
    db.session.commit()


def _check_change(seat: Seat, changed: dict[str, Any], now: datetime) -> None:
    account = seat.account
    if "base_currency" in changed and accounts.has_records(account.id):
        raise Invalid({"base_currency": f"Trades or cash are recorded in {account.base_currency}, so it stays."})
    if "opened_on" in changed:
        zone = ZoneInfo(changed.get("time_zone", account.time_zone))
        _check_opening(changed["opened_on"], local_date(now, zone), accounts.first_cash_on(account.id))


def _check_opening(opened_on: date, today: date, first_cash: date | None = None) -> None:
    if opened_on > today:
        raise Invalid({"opened_on": "This is in the future."})
    if first_cash is not None and opened_on > first_cash:
        raise Invalid({"opened_on": f"Cash moved on {first_cash:%Y-%m-%d}: choose that date or an earlier one."})


def _recompute(seat: Seat, changed: Collection[str]) -> None:
    """Of the zone every day follows, of the fees what open trades would bring at their stops."""
    if "time_zone" in changed:
        _settle(seat, accounts.begun_trades(seat.account.id))
        books.settle_all(seat)
    elif _ALL_DAYS & set(changed):
        books.settle_all(seat)
    if _FEES & set(changed):
        days.recompute(seat.account, _settle(seat, trades.open_trades(seat.account.id)))


def _settle(seat: Seat, found: Sequence[Any]) -> set[date]:
    touched: set[date] = set()
    for trade in found:
        touched |= books.settle_trade(books.open_books(trade, seat.account), seat)
    return touched


def archive_account(seat: Seat, now: datetime) -> None:
    """Put an account away: nobody sees it any more until its owner restores it, and its alerts are over.

    Raises Forbidden for anybody but the owner, Conflict while trades are open.
    """
    _manage(seat)
    if seat.account.open_trades:
        count = seat.account.open_trades
        raise Conflict(f"{count} open {'trade' if count == 1 else 'trades'}: close what is open before you archive.")
    seat.account.archived_at = now
    alerts.resolve_account(seat.account.id, now)
    db.session.commit()


def restore_account(user: User, account_id: UUID) -> Seat:
    """Bring an archived account back. Raises NotFound unless it is `user`'s own."""
    account = accounts.account_by_id(account_id)
    if account is None or account.owner_id != user.id:
        raise NotFound
    account.archived_at = None
    db.session.commit()
    return Seat(user, account, SeatRole.OWNER)


def archived_accounts(user: User) -> Sequence[Account]:
    """What a person has put away."""
    return accounts.archived_of(user.id)


# ---- members


def members(seat: Seat) -> list[Member]:
    """Everybody but the owner who may see the account."""
    return [Member(user, member.role) for member, user in accounts.members_of(seat.account.id)]


def owner_of(account: Account) -> User:
    """Whose account it is."""
    return db.session.get_one(User, account.owner_id)


def set_member(seat: Seat, entered: MemberInput) -> Member:
    """Let somebody in, or change what they may do here.

    Raises Forbidden for anybody but the owner, Invalid where the e-mail is nobody's or cannot be a member's.
    """
    _manage(seat)
    user = people.user_by_email(entered.email)
    if user is None or not user.is_active:
        raise Invalid({"email": "Nobody signs in with this e-mail. An admin can add the person under People."})
    if user.id == seat.account.owner_id:
        raise Invalid({"email": "This is the owner, who may do everything already."})
    if user.role is Role.VIEWER and entered.role is MemberRole.TRADER:
        raise Invalid({"role": f"{user.name} may only look, on every account. An admin can change that under People."})
    member = accounts.member_of(seat.account.id, user.id)
    if member is None:
        db.session.add(AccountMember(account_id=seat.account.id, user_id=user.id, role=entered.role))
    else:
        member.role = entered.role
    db.session.commit()
    return Member(user, entered.role)


def remove_member(seat: Seat, user_id: UUID) -> User:
    """Take somebody's seat away; what they wrote stays. Raises Forbidden, or NotFound for somebody without a seat."""
    _manage(seat)
    member, user = accounts.member_of(seat.account.id, user_id), people.user_by_id(user_id)
    if member is None or user is None:
        raise NotFound
    db.session.delete(member)
    db.session.commit()
    return user


def _manage(seat: Seat) -> None:
    """Begin to change an account, alone on it until the transaction ends."""
    if not seat.may_manage:
        raise Forbidden(f"Only the owner of {seat.account.name} may change this.")
    accounts.lock(seat.account)
