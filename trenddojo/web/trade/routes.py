"""Routes of the trade room: the page, its labels, and the plan's moves by hand."""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from flask import Response, render_template, request, url_for
from flask_login import login_required

from trenddojo.domain.terms import Timeframe
from trenddojo.services import plans
from trenddojo.services.details import change_details
from trenddojo.services.errors import Invalid
from trenddojo.services.inputs.records import DetailsInput
from trenddojo.services.timeline import Chapter
from trenddojo.store.models import Trade
from trenddojo.store.seats import Seat
from trenddojo.web import forms, frame
from trenddojo.web.deps import now
from trenddojo.web.htmx import fragment, go, is_htmx
from trenddojo.web.trade import acts, corrections, splits
from trenddojo.web.trade.answers import SECTION
from trenddojo.web.trade.bars import LENGTHS
from trenddojo.web.trade.blueprint import address, found, room
from trenddojo.web.trade.page import page_of

__all__ = ["acts", "corrections", "room", "splits"]

_TIMEFRAMES = {timeframe.value: timeframe for timeframe, _ in LENGTHS}
_CHAPTERS = {chapter.value: chapter for chapter in Chapter}


@room.get("/<uuid:trade_id>")
@login_required  # type: ignore[untyped-decorator]
def show(trade_id: UUID) -> Response | str:
    """The trade; `act` asks for a panel, `bars` for days or hours; `show` narrows the timeline, sent alone to htmx."""
    seat, trade = found(trade_id)
    chapter = _CHAPTERS.get(request.args.get("show", ""), Chapter.ALL)
    timeframe = _TIMEFRAMES.get(request.args.get("bars", ""), Timeframe.DAY)
    act, sent = request.args.get("act", ""), splits.proposed()
    page = page_of(seat, trade, now(), chapter=chapter, timeframe=timeframe, act=act, sent=sent)
    if is_htmx():
        return fragment(render_template("trade/_timeline.html", page=page))
    return frame.page("trade/page.html", nav=SECTION, about=seat.account, page=page)


@room.get("/<uuid:trade_id>/details")
@login_required  # type: ignore[untyped-decorator]
def edit_details(trade_id: UUID) -> str:
    """The form of a trade's labels."""
    seat, trade = found(trade_id)
    page = page_of(seat, trade, now())
    values = {**page.details, "tags": ", ".join(page.details["tags"])}
    return frame.page("trade/details.html", nav=SECTION, about=seat.account, page=page, form=forms.Form(values))


@room.post("/<uuid:trade_id>/details")
@login_required  # type: ignore[untyped-decorator]
def save_details(trade_id: UUID) -> Response | tuple[str, int]:
    """Label the trade anew."""
    seat, trade = found(trade_id)
    try:
        change_details(seat, trade, forms.read(DetailsInput), now())
    except Invalid as error:
        page = page_of(seat, trade, now())
        return frame.page(
            "trade/details.html", nav=SECTION, about=seat.account, page=page, form=forms.again(error.fields)
        ), 422
    return go(address(trade), "Details saved.")


@room.post("/<uuid:trade_id>/placed")
@login_required  # type: ignore[untyped-decorator]
def placed(trade_id: UUID) -> Response:
    """The person placed the entry with their broker."""
    return _moved(trade_id, plans.mark_placed, "Order noted as placed.", "trade.unplaced")


@room.post("/<uuid:trade_id>/unplaced")
@login_required  # type: ignore[untyped-decorator]
def unplaced(trade_id: UUID) -> Response:
    """The entry no longer waits at the broker."""
    return _moved(trade_id, plans.back_to_planning, "Order noted as not placed.", "trade.placed")


@room.post("/<uuid:trade_id>/cancel")
@login_required  # type: ignore[untyped-decorator]
def cancel(trade_id: UUID) -> Response:
    """Give up a plan."""
    return _moved(trade_id, plans.cancel_plan, "Plan cancelled.", "trade.reopen")


@room.post("/<uuid:trade_id>/reopen")
@login_required  # type: ignore[untyped-decorator]
def reopen(trade_id: UUID) -> Response:
    """Plan a cancelled trade again."""
    return _moved(trade_id, plans.reopen_plan, "Plan reopened.", "trade.cancel")


@room.post("/<uuid:trade_id>/delete")
@login_required  # type: ignore[untyped-decorator]
def delete(trade_id: UUID) -> Response:
    """Take the trade out of the books."""
    seat, trade = found(trade_id)
    plans.delete_trade(seat, trade, now())
    undo = url_for("trade.restore", trade_id=trade_id)
    return go(url_for("trades.index"), f"{trade.symbol} deleted.", undo=undo)


@room.post("/<uuid:trade_id>/restore")
@login_required  # type: ignore[untyped-decorator]
def restore(trade_id: UUID) -> Response:
    """Bring a deleted trade back."""
    seat, trade = found(trade_id, deleted=True)
    plans.restore_trade(seat, trade, now())
    return go(address(trade), f"{trade.symbol} is back.")


def _moved(trade_id: UUID, move: Callable[[Seat, Trade, datetime], Trade], toast: str, undo: str) -> Response:
    seat, trade = found(trade_id)
    move(seat, trade, now())
    return go(address(trade), toast, undo=url_for(undo, trade_id=trade_id))
