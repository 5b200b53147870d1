"""What a person does with an import that is here."""

from uuid import UUID

from flask import request, url_for

from trenddojo.services.errors import Invalid
from trenddojo.services.imports import acts
from trenddojo.services.inputs import parse
from trenddojo.services.inputs.imports import ImportOptions
from trenddojo.web import deps, forms, htmx
from trenddojo.web.forms import Form
from trenddojo.web.imports import choices
from trenddojo.web.imports.blueprint import Answer, own, room
from trenddojo.web.imports.show import drawn

_STOP = {"stop_rule": "stop_kind", "stop_rule.kind": "stop_kind", "stop_rule.value": "stop_value"}


@room.post("/<uuid:import_id>/answers")
def answer(import_id: UUID) -> Answer:
    """Say what the file does not tell, and read it."""
    seat, _ = own(import_id)
    name, options = choices.answers()
    try:
        acts.answer(seat, import_id, name, parse(ImportOptions, options), deps.now())
    except Invalid as error:
        return _refused(import_id, error)
    return _shown(import_id)


@room.post("/<uuid:import_id>/book")
def book(import_id: UUID) -> Answer:
    """Write it to the books."""
    seat, _ = own(import_id)
    try:
        acts.take(seat, import_id, choices.assumed())
    except Invalid as error:
        return _refused(import_id, error)
    return _shown(import_id)


@room.post("/<uuid:import_id>/stops")
def assume(import_id: UUID) -> Answer:
    """Let stops be assumed by another rule, or by none, once it is in the books."""
    seat, _ = own(import_id)
    try:
        acts.assume(seat, import_id, choices.stop_rule())
    except Invalid as error:
        return _refused(import_id, error)
    return _shown(import_id)


@room.post("/<uuid:import_id>/again")
def again(import_id: UUID) -> Answer:
    """Try what failed again."""
    seat, _ = own(import_id)
    acts.again(seat, import_id)
    return _shown(import_id)


@room.post("/<uuid:import_id>/undo")
def undo(import_id: UUID) -> Answer:
    """Take out of the books what it brought."""
    seat, _ = own(import_id)
    acts.undo(seat, import_id)
    return _shown(import_id)


@room.post("/<uuid:import_id>/discard")
def discard(import_id: UUID) -> Answer:
    """Forget it, before any of it is in the books."""
    seat, row = own(import_id)
    name = row.name
    acts.discard(seat, import_id)
    return htmx.go(url_for("imports.index"), f"{name} discarded: nothing of it is in your books.")


def _refused(import_id: UUID, error: Invalid) -> Answer:
    typed = forms.typed()
    errors = {_STOP.get(name, name): sentence for name, sentence in error.fields.items()}
    return drawn(import_id, Form(typed, errors)), error.status


def _shown(import_id: UUID) -> Answer:
    """The part as it is now, or the page for a browser without script."""
    return drawn(import_id) if htmx.is_htmx() else htmx.go(request.path.rpartition("/")[0])
