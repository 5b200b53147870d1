"""The list of trades."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, make_response, render_template, request, url_for
from flask_login import login_required

from trenddojo.domain.terms import ViewRoom
from trenddojo.services.errors import Invalid
from trenddojo.services.inputs import parse
from trenddojo.services.inputs.listing import ANY_ACCOUNT, ListQuery, Shown
from trenddojo.store.listing import Page, Sort, trades_listed
from trenddojo.store.plans import setups_of, tags_of
from trenddojo.store.seats import Seat
from trenddojo.web import deps, drawings, frame, saved_views
from trenddojo.web.addresses import Address
from trenddojo.web.htmx import is_htmx
from trenddojo.web.trades import address as addresses
from trenddojo.web.trades.address import ANSWERS
from trenddojo.web.trades.views import trade_rows

room = Blueprint("trades", __name__, url_prefix="/trades")
NO_ROWS = Page((), None, None)
_AXIS = drawings.r_axis(drawings.R_BAR)


@room.get("")
@login_required  # type: ignore[untyped-decorator]
def index() -> Response:
    """One page of trades; an address that cannot be read shows what is wrong with it, and no trades."""
    address = Address.of(url_for("trades.index"), request.args, ANSWERS)
    try:
        query, problems = _query(), {}
    except Invalid as error:
        address, query, problems = Address(address.path, {}), ListQuery(), error.fields
    seats = _seats(query)
    page = NO_ROWS if problems else _page(seats, query)
    context = _context(address, query, seats, page, problems)
    status = 422 if problems else 200
    if is_htmx():
        return make_response(render_template("trades/_list.html", **context), status)
    return make_response(frame.page("trades/page.html", nav="trades", about=frame.only(seats), **context), status)


@room.get("/choices/<any(setup, tag):kind>")
@login_required  # type: ignore[untyped-decorator]
def choices(kind: str) -> str:
    """The menu of setups or of tags, fetched when it is opened."""
    names_of = setups_of if kind == "setup" else tags_of
    names = sorted({row.name for seat in _seats(_query()) for row in names_of(seat.account.id)})
    address = Address.of(url_for("trades.index"), request.args, ANSWERS)
    options = [(address.with_(**{kind: name}), name) for name in names]
    return render_template("trades/_choices.html", options=options, kind=kind)


def _page(seats: Sequence[Seat], query: ListQuery) -> Page:
    return trades_listed(seats, query.filters, query.order, query.place, backwards=query.backwards)


def _query() -> ListQuery:
    known = {field.alias or name for name, field in ListQuery.model_fields.items()}
    return parse(ListQuery, {name: value for name, value in request.args.items() if name in known})


def _seats(query: ListQuery) -> list[Seat]:
    """The accounts to look at. Raises NotFound for one that the person may not see."""
    if isinstance(query.account, UUID):
        return [deps.seat(query.account)]
    if query.account == ANY_ACCOUNT:
        return deps.seats()
    current = deps.current_seat()
    return [current] if current else []


def _context(
    address: Address, query: ListQuery, seats: Sequence[Seat], page: Page, problems: Mapping[str, str]
) -> dict[str, Any]:
    before, after = addresses.pages(address, page)
    return {
        "address": address,
        "query": query,
        "seats": seats,
        "rows": trade_rows(page.rows, seats, deps.now()),
        "problems": problems,
        "heads": addresses.heads(address, query.order),
        "tabs": addresses.tabs(address, query, sum(seat.account.open_trades for seat in seats)),
        "filters": addresses.filters(address, query),
        "dates": addresses.dates(address, query),
        "accounts": addresses.accounts(address, deps.seats()) if len(deps.seats()) > 1 else [],
        "ordered": addresses.ordered(query.order, len(page.rows)),
        "words": addresses.words(query.order),
        "axis": _AXIS,
        "by_closing": query.status is Shown.CLOSED or query.order.by is Sort.CLOSED,
        "before": before,
        "after": after,
        "views": saved_views.menu(ViewRoom.TRADES, address.with_()),
        "modes": {frame.mode_of(seat.account.mode) for seat in seats},
    }
