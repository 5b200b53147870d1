"""The ticket: a plan is sized as one types, saved, changed, placed with the broker by hand, or given up."""

from typing import Any
from uuid import UUID

from flask import Blueprint, Response, make_response, render_template, request, url_for
from flask_login import login_required

from trenddojo.domain.figures import quantity
from trenddojo.domain.terms import TradeStatus
from trenddojo.services import plans
from trenddojo.services.errors import Invalid
from trenddojo.services.inputs import parse
from trenddojo.services.inputs.plans import PlanChange, PlanInput
from trenddojo.services.records import trade_of
from trenddojo.services.sectors import sectors_at
from trenddojo.store.database import discard, read_only
from trenddojo.store.models import Trade
from trenddojo.store.plans import checklist_of, setups_of, tags_of
from trenddojo.store.seats import Seat
from trenddojo.web import deps, forms, frame, htmx
from trenddojo.web.ticket import forms as fields
from trenddojo.web.ticket.record import setup_record
from trenddojo.web.ticket.views import ticket

room = Blueprint("ticket", __name__)

_LOOKING = {"ticket.size", "ticket.size_again"}


@room.before_request
def _only_look() -> None:
    """Sizing is posted but changes nothing: it must not wait for whoever writes."""
    if request.endpoint in _LOOKING:
        read_only(True)


@room.get("/ticket")
@login_required  # type: ignore[untyped-decorator]
def index() -> str:
    """A new plan's ticket."""
    seat = deps.current_seat()
    if seat is None or not seat.may_trade:
        return frame.page("ticket/page.html", nav="ticket", seat=seat, ticket=None, trade=None)
    return _page(seat, fields.blank(seat))


@room.post("/ticket")
@login_required  # type: ignore[untyped-decorator]
def save() -> Response | tuple[str, int]:
    """Save a new plan, or size it for a browser without script."""
    seat = deps.seat(fields.sent_id("account_id"))
    if request.form.get("act") == "size":
        return make_response(_page(seat, forms.again({})))
    try:
        plan = parse(PlanInput, fields.sent_plan(), deps.zone())
        trade = plans.plan_trade(seat, plan, deps.now(), fields.sent_id("key"))
    except Invalid as refusal:
        discard()
        return _page(seat, forms.again(refusal.fields)), refusal.status
    return _go_on(seat, trade, url_for("trade.delete", trade_id=trade.id))


@room.get("/ticket/<uuid:trade_id>")
@login_required  # type: ignore[untyped-decorator]
def edit(trade_id: UUID) -> str | Response:
    """The ticket of a plan that has not filled."""
    seat, trade = trade_of(deps.seats(), trade_id)
    if not seat.may_trade or trade.status not in (TradeStatus.PLANNING, TradeStatus.PENDING):
        return htmx.go(_shown(trade))
    return _page(seat, fields.of_plan(plans.plan_of(trade, seat.account), seat.account), trade)


@room.post("/ticket/<uuid:trade_id>")
@login_required  # type: ignore[untyped-decorator]
def save_again(trade_id: UUID) -> Response | tuple[str, int]:
    """Save a changed plan, or size it for a browser without script."""
    seat, trade = trade_of(deps.seats(), trade_id)
    if request.form.get("act") == "size":
        return make_response(_page(seat, forms.again({}), trade))
    try:
        change = parse(PlanChange, fields.sent_change(), deps.zone())
        plans.edit_plan(seat, trade, change, deps.now())
    except Invalid as refusal:
        discard()
        return _page(seat, forms.again(refusal.fields), trade), refusal.status
    return _go_on(seat, trade, "")


@room.post("/ticket/size")
@login_required  # type: ignore[untyped-decorator]
def size() -> str:
    """The size panel and what else follows from the fields, as one types."""
    seat = deps.seat(fields.sent_id("account_id"))
    return render_template("ticket/_live.html", ticket=ticket(seat, forms.typed(), deps.now()), seat=seat)


@room.post("/ticket/<uuid:trade_id>/size")
@login_required  # type: ignore[untyped-decorator]
def size_again(trade_id: UUID) -> str:
    """The same for a plan that is being changed."""
    seat, trade = trade_of(deps.seats(), trade_id)
    sized = ticket(seat, forms.typed(), deps.now(), without=trade.id)
    return render_template("ticket/_live.html", ticket=sized, seat=seat)


@room.get("/ticket/record")
@login_required  # type: ignore[untyped-decorator]
def record() -> str:
    """How the setup that is being typed has done."""
    seat = deps.working_seat()
    asked = request.args.get("setup", "").strip()[:60]
    return render_template("ticket/_record.html", record=setup_record(seat, asked), live=True)


@room.get("/ticket/checklist")
@login_required  # type: ignore[untyped-decorator]
def checklist() -> str:
    """How far the checklist is done."""
    seat = deps.working_seat()
    done = frozenset(request.args.getlist("checklist"))
    return render_template("ticket/_done.html", items=checklist_of(seat.account.id), checked=done)


def _go_on(seat: Seat, trade: Trade, undo: str) -> Response:
    """To the trade, whose entry is recorded there; a placed order is marked on the way."""
    said = f"Plan for {quantity(trade.planned_quantity)} {trade.symbol} saved."
    match request.form.get("act"):
        case "fill":
            return htmx.go(url_for("trade.show", trade_id=trade.id, act="entry", _anchor="entry"), said, undo=undo)
        case "send":
            return htmx.go(url_for("trade.show", trade_id=trade.id, _anchor="trade-orders"), said, undo=undo)
        case "placed":
            plans.mark_placed(seat, trade, deps.now())
            said = f"{quantity(trade.planned_quantity)} {trade.symbol} planned; the order waits at your broker."
            return htmx.go(_shown(trade), said, undo=url_for("trade.unplaced", trade_id=trade.id))
        case _:
            return htmx.go(_shown(trade), said, undo=undo)


def _shown(trade: Trade) -> str:
    return url_for("trade.show", trade_id=trade.id)


def _page(seat: Seat, form: forms.Form, trade: Trade | None = None) -> str:
    """The whole ticket with what stands in its fields."""
    deps.may_trade(seat)
    return frame.page(
        "ticket/page.html",
        nav="ticket",
        about=seat.account,
        seat=seat,
        trade=trade,
        form=form,
        **_around(seat, form, trade),
    )


def _around(seat: Seat, form: forms.Form, trade: Trade | None) -> dict[str, Any]:
    """What the page shows beside the fields."""
    account_id = seat.account.id
    return {
        "ticket": ticket(seat, form.values, deps.now(), without=trade.id if trade else None),
        "record": setup_record(seat, str(form.value("setup"))),
        "items": checklist_of(account_id),
        "checked": fields.checked(form),
        "setups": setups_of(account_id),
        "tags": tags_of(account_id),
        "sectors": sorted(set(sectors_at(seat).values())),
        "choose": fields,
    }
