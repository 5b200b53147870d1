"""Views under a name: kept, removed, and offered by the rooms that have them."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from flask import Blueprint, Response, render_template, url_for

from trenddojo.domain.terms import ViewRoom
from trenddojo.services import saved_views
from trenddojo.services.errors import Invalid
from trenddojo.services.inputs.saved_views import ViewInput
from trenddojo.store.models import SavedView
from trenddojo.web import deps, forms, frame, htmx
from trenddojo.web.forms import Form
from trenddojo.web.session import require_sign_in

room = Blueprint("saved_views", __name__, url_prefix="/views")
room.before_request(require_sign_in)

Answer = Response | str | tuple[str, int]
_ENDPOINTS = {ViewRoom.TRADES: "trades.index", ViewRoom.REPORTS: "reports.index", ViewRoom.COMPARE: "reports.compare"}


@dataclass(frozen=True, slots=True)
class ViewLink:
    """A kept view: where it leads, and whether that is what is shown now."""

    id: str
    name: str
    url: str
    is_current: bool


@dataclass(frozen=True, slots=True)
class ViewMenu:
    """The views of a room, and the form for what is shown now: `query` is what its address asks for."""

    room: str
    query: str
    links: Sequence[ViewLink]
    form: Form

    @property
    def current(self) -> str:
        """The name of what is shown now, if it is kept."""
        return next((one.name for one in self.links if one.is_current), "")


def menu(place: ViewRoom, shown: str) -> ViewMenu:
    """What the person keeps of a room, beside what the address `shown` asks for."""
    query = shown.partition("?")[2]
    found = saved_views.views_of(deps.user(), place)
    links = [ViewLink(str(one.id), one.name, _url(one), one.query == query) for one in found]
    return ViewMenu(place, query, links, Form())


@room.post("")
def save() -> Answer:
    """Keep a view, and go to it."""
    try:
        view = saved_views.save_view(deps.user(), forms.read(ViewInput), deps.now())
    except Invalid as error:
        return _again(error)
    return htmx.go(_url(view), toast=f"Kept as “{view.name}”.")


@room.post("/<uuid:view_id>/delete")
def remove(view_id: UUID) -> Answer:
    """Forget a view, and go to its room."""
    view = saved_views.remove_view(deps.user(), view_id)
    return htmx.go(url_for(_ENDPOINTS[view.room]), toast=f"“{view.name}” is no longer kept.")


def _again(error: Invalid) -> Answer:
    form = forms.again(error.fields)
    views = ViewMenu(str(form.value("room")), str(form.value("query")), (), form)
    if htmx.is_htmx():
        return render_template("saved_views/_form.html", views=views), error.status
    return frame.page("saved_views/page.html", nav=views.room, views=views), error.status


def _url(view: SavedView) -> str:
    address = url_for(_ENDPOINTS[view.room])
    return f"{address}?{view.query}" if view.query else address
