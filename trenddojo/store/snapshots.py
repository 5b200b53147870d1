"""What brokers last said of accounts."""

from decimal import Decimal
from uuid import UUID

from sqlalchemy import select

from trenddojo.store.database import db
from trenddojo.store.models import AccountSnapshot


def buying_power(account_id: UUID) -> Decimal | None:
    """What the account may spend on new positions, or None before the broker has said so."""
    return db.session.scalar(select(AccountSnapshot.buying_power).where(AccountSnapshot.account_id == account_id))
