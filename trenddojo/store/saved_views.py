"""Queries about the views that people keep."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select

from trenddojo.domain.terms import ViewRoom
from trenddojo.store.database import db
from trenddojo.store.models import SavedView


def of_user(user_id: UUID, room: ViewRoom) -> Sequence[SavedView]:
    """A person's views of one room, by name."""
    query = select(SavedView).where(SavedView.user_id == user_id, SavedView.room == room)
    return db.session.scalars(query.order_by(SavedView.name, SavedView.id)).all()


def named(user_id: UUID, room: ViewRoom, name: str) -> SavedView | None:
    """The view of this name."""
    query = select(SavedView).where(SavedView.user_id == user_id, SavedView.room == room, SavedView.name == name)
    return db.session.scalar(query)


def by_id(view_id: UUID) -> SavedView | None:
    """The view with this id."""
    return db.session.get(SavedView, view_id)
