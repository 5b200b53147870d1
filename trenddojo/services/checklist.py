"""The checklist that every plan of an account answers."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID, uuid4, uuid5

from trenddojo.services.errors import FORM, Forbidden, Invalid, NotFound
from trenddojo.services.inputs.checklist import ItemInput, NewItemInput
from trenddojo.store import accounts, plans
from trenddojo.store.database import db
from trenddojo.store.models import ChecklistItem
from trenddojo.store.seats import Seat

STARTER = (
    ("Stop is where the idea is wrong", True),
    ("Trend is up on the weekly chart", False),
    ("Entry is near support, not extended", False),
    ("No earnings report before the first target", False),
    ("I would take this trade after three losses", False),
)
"""What a new account begins with: text, and whether a plan needs it. One is required, so that a plan stays quick."""

MOST_ITEMS = 30


def items_of(seat: Seat) -> Sequence[ChecklistItem]:
    """The account's checklist in its order."""
    return plans.checklist_of(seat.account.id)


def item_of(seat: Seat, item_id: UUID) -> ChecklistItem:
    """One item of the account's checklist, archived or not. Raises NotFound for another account's."""
    found = accounts.checklist_item(seat.account.id, item_id)
    if found is None:
        raise NotFound
    return found


def add_item(seat: Seat, entered: NewItemInput) -> ChecklistItem:
    """Add an item at the end. Raises Forbidden for anybody but the owner, Invalid for a checklist that is too long."""
    _manage(seat)
    item_id = _id_of(seat, entered.key)
    if found := accounts.checklist_item(seat.account.id, item_id):
        return found
    if len(items_of(seat)) >= MOST_ITEMS:
        raise Invalid({FORM: f"A checklist has at most {MOST_ITEMS} items. Archive one first."})
    item = ChecklistItem(
        id=item_id,
        account_id=seat.account.id,
        text=entered.text,
        required=entered.required,
        position=accounts.next_position(seat.account.id),
    )
    db.session.add(item)
    db.session.commit()
    return item


def _id_of(seat: Seat, key: str | None) -> UUID:
    return uuid5(seat.account.id, f"item:{key}") if key else uuid4()


def change_item(seat: Seat, item_id: UUID, entered: ItemInput) -> ChecklistItem:
    """Change an item; plans that answered it keep the text as it stood then. Raises Forbidden or NotFound."""
    _manage(seat)
    item = item_of(seat, item_id)
    item.text, item.required = entered.text, entered.required
    db.session.commit()
    return item


def move_item(seat: Seat, item_id: UUID, by: int) -> None:
    """Move an item up (-1) or down (+1) by one place; at the end of the list nothing moves.

    Raises Forbidden or NotFound.
    """
    _manage(seat)
    item, order = item_of(seat, item_id), items_of(seat)
    at = next((index for index, other in enumerate(order) if other.id == item_id), None)
    if at is not None and 0 <= at + by < len(order):
        neighbour = order[at + by]
        item.position, neighbour.position = neighbour.position, item.position
    db.session.commit()


def archive_item(seat: Seat, item_id: UUID, now: datetime) -> ChecklistItem:
    """Ask an item no longer; what it was answered stays. Raises Forbidden or NotFound."""
    _manage(seat)
    item = item_of(seat, item_id)
    item.archived_at = item.archived_at or now
    db.session.commit()
    return item


def restore_item(seat: Seat, item_id: UUID) -> ChecklistItem:
    """Ask an archived item again. Raises Forbidden or NotFound."""
    _manage(seat)
    item = item_of(seat, item_id)
    item.archived_at = None
    db.session.commit()
    return item


def _manage(seat: Seat) -> None:
    if not seat.may_manage:
        raise Forbidden(f"Only the owner of {seat.account.name} may change its checklist.")
    accounts.lock(seat.account)
