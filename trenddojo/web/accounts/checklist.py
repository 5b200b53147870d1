"""The checklist of the account at hand: written, ordered, archived."""

from uuid import UUID, uuid4

from flask import request, url_for

from trenddojo.services import checklist as services
from trenddojo.services.errors import Invalid
from trenddojo.services.inputs.checklist import ItemInput, NewItemInput
from trenddojo.web import deps, forms, frame, htmx
from trenddojo.web.accounts.blueprint import Answer, room
from trenddojo.web.forms import Form

_STEPS = {"up": -1, "down": 1}


@room.get("/checklist", endpoint="checklist")
def list_items() -> Answer:
    """The items in their order, and the form for another."""
    return _page(Form({"required": "1"}))


@room.post("/checklist")
def add_item() -> Answer:
    """Add an item at the end."""
    try:
        services.add_item(deps.working_seat(), forms.read(NewItemInput))
    except Invalid as error:
        return _page(forms.again(error.fields)), error.status
    return htmx.go(url_for("accounts.checklist"), toast="Item added.")


@room.get("/checklist/<uuid:item_id>")
def edit_item(item_id: UUID) -> Answer:
    """The form of one item, beside the others."""
    item = services.item_of(deps.working_seat(), item_id)
    return _page(Form({"text": item.text, "required": "1" if item.required else ""}), editing=item_id)


@room.post("/checklist/<uuid:item_id>")
def save_item(item_id: UUID) -> Answer:
    """Change an item."""
    try:
        services.change_item(deps.working_seat(), item_id, forms.read(ItemInput))
    except Invalid as error:
        return _page(forms.again(error.fields), editing=item_id), error.status
    return htmx.go(url_for("accounts.checklist"), toast="Item saved.")


@room.post("/checklist/<uuid:item_id>/move")
def move_item(item_id: UUID) -> Answer:
    """Move an item up or down by one place."""
    step = _STEPS.get(request.form.get("to", ""))
    if step is None:
        raise Invalid({"to": "Choose one of up, down."})
    services.move_item(deps.working_seat(), item_id, step)
    return htmx.go(url_for("accounts.checklist"))


@room.post("/checklist/<uuid:item_id>/archive")
def archive_item(item_id: UUID) -> Answer:
    """Ask an item no longer."""
    services.archive_item(deps.working_seat(), item_id, deps.now())
    undo = url_for("accounts.restore_item", item_id=item_id)
    return htmx.go(url_for("accounts.checklist"), toast="Item archived. Old answers are kept.", undo=undo)


@room.post("/checklist/<uuid:item_id>/restore")
def restore_item(item_id: UUID) -> Answer:
    """Ask an archived item again."""
    services.restore_item(deps.working_seat(), item_id)
    return htmx.go(url_for("accounts.checklist"), toast="Item is back.")


def _page(form: Form, editing: UUID | None = None) -> str:
    seat = deps.current_seat()
    return frame.page(
        "accounts/checklist.html",
        nav="settings",
        items=services.items_of(seat) if seat else (),
        form=form,
        editing=editing,
        may_edit=seat is not None and seat.may_manage,
        key=form.value("key") or uuid4().hex,
    )
