"""Queries about what is traded, and its last typed price."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select

from trenddojo.store.database import db
from trenddojo.store.models import Instrument, Mark


def instrument_by_identity(identity: str) -> Instrument | None:
    """The instrument whose terms are spelled so."""
    return db.session.scalar(select(Instrument).where(Instrument.identity == identity))


def named(symbol: str) -> Sequence[Instrument]:
    """Every instrument that is called so, whatever its type, currency and exchange."""
    return db.session.scalars(select(Instrument).where(Instrument.symbol == symbol).order_by(Instrument.identity)).all()


def last_mark(account_id: UUID, instrument_id: UUID) -> Mark | None:
    """The price that was typed last for an instrument on an account."""
    query = select(Mark).where(Mark.account_id == account_id, Mark.instrument_id == instrument_id)
    return db.session.scalar(query.order_by(Mark.at.desc(), Mark.id.desc()).limit(1))
