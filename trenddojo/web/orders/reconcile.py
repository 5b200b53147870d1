"""The reconciliation: books beside broker, item by item, and how what differs is mended."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from flask import Response, render_template, request, url_for
from flask_login import login_required

from trenddojo.brokers.registry import spec_of
from trenddojo.services import snapshots, topics
from trenddojo.services.errors import Conflict
from trenddojo.services.faults import Refused
from trenddojo.services.orders import reviews, rounds
from trenddojo.services.orders.reporting import OrderLine, Report, report_of
from trenddojo.store.seats import Seat
from trenddojo.web import deps, frame
from trenddojo.web.htmx import fragment, go, is_htmx
from trenddojo.web.order_words import OrderRow, row_of
from trenddojo.web.orders.blueprint import SECTION, room
from trenddojo.web.orders.listing import named_seat
from trenddojo.web.shell import ShownMode


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """An account's report as the page has it; `report` is None where the account is kept by hand."""

    account_id: UUID
    account: str
    broker: str
    mode: ShownMode
    may_trade: bool
    report: Report | None
    orders: Sequence[tuple[OrderRow, OrderLine]]
    topic: str


@room.get("/reconcile")
@login_required  # type: ignore[untyped-decorator]
def reconcile() -> Response | str:
    """What matches and what differs on the account at hand, or on the one that the address names."""
    seat = _seat(request.args.get("account", ""))
    found = _reconciliation(seat) if seat else None
    context = {"found": found, "accounts": _accounts(seat), "now": deps.now(), "zone": deps.zone()}
    if is_htmx():
        return fragment(render_template("orders/_reconcile.html", **context))
    return frame.page("orders/reconcile.html", nav=SECTION, about=seat.account if seat else None, **context)


@room.post("/reconcile/sync")
@login_required  # type: ignore[untyped-decorator]
def sync() -> Response:
    """Ask the broker now: orders, fills and positions, then the account's figures, whose age the page shows."""
    seat = deps.may_trade(_seat(request.form.get("account", "")) or deps.working_seat())
    account_id, connection_id = seat.account.id, seat.account.connection_id
    try:
        passed = rounds.sync(deps.manager(), seat, deps.now())
        if connection_id is not None:
            snapshots.take(deps.manager(), connection_id, deps.now())
        said = "The books were brought up to date." if passed.wrote else "Nothing new: the books are up to date."
    except (Refused, Conflict) as error:
        said = error.message
    return go(url_for("orders.reconcile", account=account_id), said)


@room.post("/reconcile/accept")
@login_required  # type: ignore[untyped-decorator]
def accept() -> Response:
    """Take what the broker holds of a symbol as right."""
    seat, symbol = _seat(request.form.get("account", "")) or deps.working_seat(), request.form.get("symbol", "")
    account_id = seat.account.id
    try:
        reviews.accept_position(seat, symbol, deps.now())
        said = f"{symbol}: what the broker holds is taken as right."
    except Conflict as error:
        said = error.message
    return go(url_for("orders.reconcile", account=account_id), said)


def _seat(account: str) -> Seat | None:
    return named_seat(account) if account else deps.current_seat()


def _accounts(current: Seat | None) -> list[tuple[str, str, bool]]:
    """The accounts at a broker, where there are several to choose from: address, name, whether it is this one."""
    found = [seat for seat in deps.seats() if seat.account.mode is not None]
    if current is None or len({*(seat.account.id for seat in found), current.account.id}) < 2:
        return []
    return [
        (url_for("orders.reconcile", account=seat.account.id), seat.account.name, seat.account.id == current.account.id)
        for seat in found
    ]


def _reconciliation(seat: Seat) -> Reconciliation:
    account = seat.account
    report = report_of(seat) if account.mode is not None else None
    return Reconciliation(
        account_id=account.id,
        account=account.name,
        broker=spec_of(account.broker).label if report else "",
        mode=frame.mode_of(account.mode),
        may_trade=seat.may_trade,
        report=report,
        orders=[(row_of(one.order), one) for one in report.orders] if report else [],
        topic=topics.account(account.id) if report else "",
    )
