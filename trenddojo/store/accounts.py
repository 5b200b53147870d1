"""Queries about accounts, their members and their checklists."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import func, select

from trenddojo.store.database import db
from trenddojo.store.models import Account, AccountMember, CashMovement, ChecklistItem, Trade, User


def account_by_id(account_id: UUID) -> Account | None:
    """The account with this id, archived or not."""
    return db.session.get(Account, account_id)


def lock(account: Account) -> None:
    """Make this transaction the only one that changes the account, and read it anew (see `trades.lock`)."""
    db.session.get_one(Account, account.id, with_for_update=True, populate_existing=True)


def lock_owner(user: User) -> None:
    """Let nobody else add accounts of `user` until this transaction ends."""
    db.session.get_one(User, user.id, with_for_update=True)


def archived_of(owner_id: UUID) -> Sequence[Account]:
    """The accounts that a person has archived, by name."""
    query = select(Account).where(Account.owner_id == owner_id, Account.archived_at.is_not(None))
    return db.session.scalars(query.order_by(Account.name, Account.id)).all()


def members_of(account_id: UUID) -> Sequence[tuple[AccountMember, User]]:
    """Everybody but the owner who may see the account, by name."""
    query = select(AccountMember, User).join(User, User.id == AccountMember.user_id)
    rows = db.session.execute(query.where(AccountMember.account_id == account_id).order_by(User.name, User.id))
    return [(member, user) for member, user in rows]


def member_of(account_id: UUID, user_id: UUID) -> AccountMember | None:
    """One person's membership of an account."""
    return db.session.get(AccountMember, (account_id, user_id))


def has_records(account_id: UUID) -> bool:
    """Whether the account has any trade or cash, deleted ones included."""
    tables = (Trade, CashMovement)
    return any(db.session.scalar(select(row.id).where(row.account_id == account_id).limit(1)) for row in tables)


def first_cash_on(account_id: UUID) -> date | None:
    """The date of the account's earliest cash movement."""
    query = select(func.min(CashMovement.on))
    return db.session.scalar(query.where(CashMovement.account_id == account_id, CashMovement.deleted_at.is_(None)))


def begun_trades(account_id: UUID) -> Sequence[Trade]:
    """Every trade of the account that has fills, deleted ones included."""
    query = select(Trade).where(Trade.account_id == account_id, Trade.opened_at.is_not(None))
    return db.session.scalars(query.order_by(Trade.sort_at, Trade.id)).all()


def next_position(account_id: UUID) -> int:
    """The place after the last item of the account's checklist, archived ones included."""
    last = db.session.scalar(select(func.max(ChecklistItem.position)).where(ChecklistItem.account_id == account_id))
    return 0 if last is None else last + 1


def checklist_item(account_id: UUID, item_id: UUID) -> ChecklistItem | None:
    """One item of the account's checklist, archived or not."""
    query = select(ChecklistItem).where(ChecklistItem.id == item_id, ChecklistItem.account_id == account_id)
    return db.session.scalar(query)


def names() -> dict[UUID, str]:
    """The names of all accounts, archived ones included, by name."""
    return {row.id: row.name for row in db.session.execute(select(Account.id, Account.name).order_by(Account.name))}


def people_at(account: Account) -> list[User]:
    """The account's owner and its members."""
    return [db.session.get_one(User, account.owner_id), *(user for _, user in members_of(account.id))]
