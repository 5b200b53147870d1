"""Views of lists and reports under a name: kept as what their address asks for, so that a link shows the same."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from trenddojo.domain.terms import ViewRoom
from trenddojo.services.errors import Conflict, NotFound
from trenddojo.services.inputs.saved_views import ViewInput
from trenddojo.store import saved_views
from trenddojo.store.database import db
from trenddojo.store.models import SavedView, User

MOST = 40
"""How many views of one room a person may keep."""


def views_of(user: User, room: ViewRoom) -> Sequence[SavedView]:
    """The person's views of a room, by name."""
    return saved_views.of_user(user.id, room)


def save_view(user: User, entered: ViewInput, now: datetime) -> SavedView:
    """Keep a view; one of the same name is replaced. Raises Conflict where there are too many."""
    found = saved_views.named(user.id, entered.room, entered.name)
    if found is None:
        if len(views_of(user, entered.room)) >= MOST:
            raise Conflict(f"You keep {MOST} views here. Remove one that is no longer used.")
        found = SavedView(user_id=user.id, room=entered.room, name=entered.name, created_at=now)
        db.session.add(found)
    found.query = entered.query
    db.session.commit()
    return found


def remove_view(user: User, view_id: UUID) -> SavedView:
    """Forget a view. Raises NotFound for somebody else's."""
    found = saved_views.by_id(view_id)
    if found is None or found.user_id != user.id:
        raise NotFound
    db.session.delete(found)
    db.session.commit()
    return found
