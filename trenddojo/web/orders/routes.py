"""Orders: the list, one order with its evidence, and what is asked of it."""

from typing import Any
from uuid import UUID

from flask import Response, render_template, request, url_for
from flask_login import login_required

from trenddojo.services.errors import FORM, Conflict, Invalid
from trenddojo.services.faults import Refused
from trenddojo.services.inputs.orders import ReplaceInput, ReviewInput
from trenddojo.services.orders import changing, reviews, rounds
from trenddojo.services.orders.permits import Denied
from trenddojo.store.database import discard
from trenddojo.store.models import Order
from trenddojo.store.seats import Seat
from trenddojo.web import deps, forms, frame
from trenddojo.web.htmx import fragment, go, is_htmx
from trenddojo.web.order_words import row_of
from trenddojo.web.orders import desk, reconcile, views
from trenddojo.web.orders.blueprint import SECTION, found, room
from trenddojo.web.orders.listing import order_list

__all__ = ["desk", "reconcile", "room"]

_PAGE = 40


@room.get("")
@login_required  # type: ignore[untyped-decorator]
def index() -> Response | str:
    """The orders of the account at hand, of another or of all, the newest first."""
    shown = order_list(_PAGE)
    context: dict[str, Any] = {"list": shown, "now": deps.now(), "zone": deps.zone()}
    if is_htmx():
        return fragment(render_template("orders/_list.html", **context))
    return frame.page("orders/page.html", nav=SECTION, about=frame.only(shown.seats), **context)


@room.get("/<uuid:order_id>")
@login_required  # type: ignore[untyped-decorator]
def show(order_id: UUID) -> Response | str:
    """One order: its facts, its family, each request about it, and all that happened to it."""
    seat, order = found(order_id)
    return _page(seat, order)


@room.post("/<uuid:order_id>/cancel")
@login_required  # type: ignore[untyped-decorator]
def cancel(order_id: UUID) -> Response:
    """Ask for its end."""
    seat, order = found(order_id)
    try:
        after = changing.cancel(deps.manager(), seat, order, deps.now())
    except (Refused, Conflict) as error:
        return go(_back(order_id), error.message)
    word = (
        "Cancelled."
        if after.state.is_final
        else "The broker was asked to cancel it. It works until the broker says so."
    )
    return go(_back(order_id), word)


@room.post("/<uuid:order_id>/change")
@login_required  # type: ignore[untyped-decorator]
def change(order_id: UUID) -> Response:
    """Change its prices or its quantity."""
    seat, order = found(order_id)
    deps.may_trade(seat)
    try:
        after = changing.replace(deps.manager(), seat, order, forms.read(ReplaceInput), deps.now())
    except Invalid as error:
        return _refused(order_id, change=forms.again(error.fields))
    except (Denied, Refused, Conflict) as error:
        return _refused(order_id, change=forms.again({FORM: error.message}))
    return go(url_for("orders.show", order_id=after.id), _changed(after))


def _changed(after: Order) -> str:
    if after.pending_op is not None:
        return "The broker was asked to change it. It works as it was until the broker says so."
    return f"Changed: {row_of(after).waits_for}."


@room.post("/<uuid:order_id>/review")
@login_required  # type: ignore[untyped-decorator]
def review(order_id: UUID) -> Response:
    """Decide what became of an order that the broker does not explain."""
    seat, order = found(order_id)
    deps.may_trade(seat)
    try:
        after = reviews.decide(seat, order, forms.read(ReviewInput), deps.now())
        said = _decided(seat, after)
    except Invalid as error:
        return _refused(order_id, decision=forms.again(error.fields))
    except Conflict as error:
        said = error.message
    return go(url_for("orders.show", order_id=order_id), said)


def _decided(seat: Seat, order: Order) -> str:
    """What is said of a decision. Where the broker's order counts from now on, it is asked for at once."""
    if order.state.is_final:
        return "Decided. Your reason is kept with the order."
    try:
        rounds.sync(deps.manager(), seat, deps.now())
    except (Refused, Conflict) as error:
        return f"Decided. The broker's order counts once the broker can be asked: {error.message}"
    return "Decided. The broker's order counts from now on."


def _back(order_id: UUID) -> str:
    """Where the person came from: the trade's page, or the order's."""
    back = request.form.get("back", "")
    return back if back.startswith("/trades/") else url_for("orders.show", order_id=order_id)


def _refused(order_id: UUID, *, change: forms.Form | None = None, decision: forms.Form | None = None) -> Response:
    """The page as the order stands now, with what was typed and what was wrong with it."""
    discard()
    seat, order = found(order_id)
    return _page(seat, order, status=422, change=change, decision=decision)


def _page(
    seat: Seat,
    order: Order,
    *,
    status: int = 200,
    change: forms.Form | None = None,
    decision: forms.Form | None = None,
) -> Response:
    page = views.page_of(seat, order, change, decision)
    context = {"page": page, "now": deps.now(), "zone": deps.zone()}
    if is_htmx() and status == 200:
        return fragment(render_template("orders/_order.html", **context))
    return fragment(frame.page("orders/order.html", nav=SECTION, about=seat.account, **context), status)
