"""A trade's orders: shown by themselves or within its page, reviewed before they are sent, and sent once."""

from uuid import UUID

from flask import Response, render_template, request, url_for
from flask_login import login_required

from trenddojo.domain.order_states import OrderState
from trenddojo.services.errors import FORM, Conflict, Invalid, NotFound, ServiceError
from trenddojo.services.faults import Refused
from trenddojo.services.inputs import parse
from trenddojo.services.inputs.orders import OrderInput
from trenddojo.services.orders import engine, placing
from trenddojo.services.orders.desk import desk_of as broker_desk
from trenddojo.services.orders.permits import Denied
from trenddojo.services.records import trade_of
from trenddojo.store.database import discard, read_only
from trenddojo.store.models import Trade
from trenddojo.store.seats import Seat
from trenddojo.web import deps, forms, frame
from trenddojo.web.htmx import fragment, go, is_htmx
from trenddojo.web.order_desk import desk_of
from trenddojo.web.orders.blueprint import room

SECTION = "trades"


@room.before_request
def _only_look() -> None:
    """A review is posted but changes nothing: it must not wait for whoever writes."""
    if request.endpoint == "orders.review_send":
        read_only(True)


@room.get("/trades/<uuid:trade_id>")
@login_required  # type: ignore[untyped-decorator]
def of_trade(trade_id: UUID) -> Response:
    """The trade's orders."""
    return _shown(*trade_of(deps.seats(), trade_id))


@room.post("/trades/<uuid:trade_id>/review")
@login_required  # type: ignore[untyped-decorator]
def review_send(trade_id: UUID) -> Response:
    """The order that would be sent, to be confirmed."""
    seat, trade = trade_of(deps.seats(), trade_id)
    try:
        asked = _asked()
        preview = placing.preview(seat, trade, asked, deps.now())
    except Invalid as error:
        return _again(trade_id, error.fields)
    except (Conflict, Refused) as error:
        return _again(trade_id, {FORM: error.message})
    seat, trade = trade_of(deps.seats(), trade_id)
    return _shown(
        seat, trade, confirm={"preview": preview, "sent": forms.typed(), "currency": seat.account.base_currency}
    )


@room.post("/trades/<uuid:trade_id>/send")
@login_required  # type: ignore[untyped-decorator]
def send(trade_id: UUID) -> Response:
    """Send the confirmed order, once for its key."""
    seat, trade = trade_of(deps.seats(), trade_id)
    try:
        order = placing.place(deps.manager(), seat, trade, _asked(), key=_key(), now=deps.now())
    except Invalid as error:
        return _again(trade_id, error.fields)
    except (Denied, Conflict, Refused) as error:
        return _again(trade_id, {FORM: error.message})
    said = (
        order.reason if order.state is OrderState.UNKNOWN else f"The order was sent: {order.state.replace('_', ' ')}."
    )
    return go(url_for("trade.show", trade_id=trade_id, _anchor="trade-orders"), said)


@room.post("/trades/<uuid:trade_id>/protect")
@login_required  # type: ignore[untyped-decorator]
def protect(trade_id: UUID) -> Response:
    """Place the stops that the trade lacks."""
    seat, _ = trade_of(deps.seats(), trade_id)
    deps.may_trade(seat)
    try:
        engine.protect(deps.manager(), broker_desk(seat.account), trade_id, seat.user.id, deps.now())
        said = "The missing stops were sent."
    except ServiceError as error:
        said = error.message
    return go(url_for("trade.show", trade_id=trade_id, _anchor="trade-orders"), said)


def _asked() -> OrderInput:
    """The order as the form has it; a field that the type does not use is left out."""
    sent = forms.typed()
    names = [name for name in OrderInput.model_fields if name in sent or name == "with_exits"]
    return parse(OrderInput, {name: sent.get(name, "") for name in names})


def _key() -> UUID:
    """The id that the form brought. Raises Invalid for none."""
    try:
        return UUID(request.form.get("key", ""))
    except ValueError:
        raise Invalid({FORM: "This form is from an older page. Load it again, then repeat it."}) from None


def _again(trade_id: UUID, fields: dict[str, str]) -> Response:
    """The form with what was typed, and a new key: what was refused is not what is sent next."""
    discard()
    seat, trade = trade_of(deps.seats(), trade_id)
    typed = {name: value for name, value in forms.typed().items() if name != "key"}
    form = forms.Form({**typed, "key": forms.fresh_key()}, fields)
    return _shown(seat, trade, sent={str(typed.get("role", "")): form}, status=422)


def _shown(
    seat: Seat,
    trade: Trade,
    *,
    sent: dict[str, forms.Form] | None = None,
    confirm: dict[str, object] | None = None,
    status: int = 200,
) -> Response:
    desk = desk_of(seat, trade, deps.now(), deps.zone(), sent)
    if desk is None:
        raise NotFound
    context = {"desk": desk, "confirm": confirm}
    if is_htmx():
        return fragment(render_template("orders/_desk.html", **context), status)
    return fragment(frame.page("orders/desk.html", nav=SECTION, about=seat.account, trade=trade, **context), status)
