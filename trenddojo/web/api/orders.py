"""Orders through brokers: sent, looked at, changed, ended, reviewed; and how books and broker compare."""

from uuid import UUID

from trenddojo.domain.terms import TokenScope
from trenddojo.services.errors import NotFound
from trenddojo.services.inputs.orders import OrderInput, ReplaceInput, ReviewInput
from trenddojo.services.orders import changing, engine, placing, reviews, rounds
from trenddojo.services.orders.desk import desk_of
from trenddojo.services.orders.reporting import report_of
from trenddojo.store import orders
from trenddojo.store.models import Order
from trenddojo.store.orders import Place
from trenddojo.store.seats import Seat
from trenddojo.web import deps
from trenddojo.web.api import finding, reading
from trenddojo.web.api.inputs import OrdersQuery
from trenddojo.web.api.operations import Group
from trenddojo.web.api.outputs.orders import OrderOut, OrderPage, OrderRow, PassOut, ReconciliationOut
from trenddojo.web.api.outputs.trades import TradeOut
from trenddojo.web.api.outputs.whole import whole_trade

group = Group("Orders")


@group.send("/trades/<uuid:trade_id>/orders")
def place_order(trade_id: UUID, body: OrderInput) -> OrderOut:
    """Send an order through the trade's broker.

    What is left empty follows from the trade: the entry of a plan, with its stop and target; the exit of an open trade,
    whose stop and target are ended first. It is checked against the account's limits, committed, and then sent once:
    the same Idempotency-Key never sends a second one. The state `unknown` means that nobody knows yet whether the
    broker has it; we are asking, and it must not be sent again. A rule of ours that says no, and the broker's refusal,
    are answered with 422, the code, and the order that keeps the reasons.
    """
    seat, trade = finding.trade(trade_id)
    return OrderOut.whole(placing.place(deps.manager(), seat, trade, body, key=reading.key(), now=deps.now()))


@group.get("/orders")
def list_orders(query: OrdersQuery) -> OrderPage:
    """List orders.

    The newest first. `state` is one state, or `open` for all that may still come to something.
    """
    seats = deps.seats() if query.account is None else [finding.seat(query.account, "account")]
    if query.trade is not None:
        with finding.naming("trade"):
            finding.trade(query.trade)
    before = _place(query.after) if query.after else None
    found = orders.listed(
        seats,
        states=query.states,
        trade_id=query.trade,
        symbol=query.symbol,
        before=before,
        limit=query.limit + 1,
    )
    shown = found[: query.limit]
    return OrderPage(
        items=[OrderRow.of(order) for order in shown],
        next=finding.next_page(shown[-1].id) if len(found) > len(shown) else None,
    )


@group.get("/orders/<uuid:order_id>")
def get_order(order_id: UUID) -> OrderOut:
    """Look at an order.

    With its exits, its fills, each request that was made, and all that happened to it.
    """
    return OrderOut.whole(_order(order_id)[1])


@group.patch("/orders/<uuid:order_id>", asks_broker=True)
def change_order(order_id: UUID, body: ReplaceInput) -> OrderOut:
    """Change a working order.

    Refused, it goes on as it was. Some brokers put another order in its place: that one is answered, and `replaces_id`
    names the old. A stop that moves is the trade's once the broker has confirmed it.
    """
    seat, order = _order(order_id)
    return OrderOut.whole(changing.replace(deps.manager(), seat, order, body, deps.now()))


@group.delete("/orders/<uuid:order_id>", asks_broker=True)
def cancel_order(order_id: UUID) -> OrderOut:
    """Ask for an order's end.

    It has ended only when its state says so. An order that was never sent ends at once.
    """
    seat, order = _order(order_id)
    return OrderOut.whole(changing.cancel(deps.manager(), seat, order, deps.now()))


@group.ask("/orders/<uuid:order_id>/review", TokenScope.TRADE)
def review_order(order_id: UUID, body: ReviewInput) -> OrderOut:
    """End the doubt about an order.

    Of one that needs review, after looking at the evidence: `ended` where it is not at the broker, `same` where the
    broker's order is this one whatever differs. The reason is kept.
    """
    seat, order = _order(order_id)
    return OrderOut.whole(reviews.decide(seat, order, body, deps.now()))


@group.ask("/trades/<uuid:trade_id>/protect", TokenScope.TRADE)
def protect_trade(trade_id: UUID) -> TradeOut:
    """Place the stops that an open trade lacks at its broker."""
    seat, _ = finding.trade(trade_id)
    deps.may_trade(seat)
    engine.protect(deps.manager(), desk_of(seat.account), trade_id, seat.user.id, deps.now())
    return whole_trade(finding.trade(trade_id)[1])


@group.ask("/accounts/<uuid:account_id>/sync", TokenScope.TRADE)
def sync_account(account_id: UUID) -> PassOut:
    """Follow an account at its broker now."""
    return PassOut.of(rounds.sync(deps.manager(), deps.may_trade(deps.seat(account_id)), deps.now()))


@group.get("/accounts/<uuid:account_id>/reconciliation")
def get_reconciliation(account_id: UUID) -> ReconciliationOut:
    """Set an account's books beside its broker.

    What matches and what differs, as the last pass found it.
    """
    return ReconciliationOut.of(report_of(deps.seat(account_id)))


@group.ask("/accounts/<uuid:account_id>/positions/<symbol>/accept", TokenScope.TRADE)
def accept_position(account_id: UUID, symbol: str) -> ReconciliationOut:
    """Take what the broker holds of a symbol as right.

    Beside the books, which stay as they are. Where nothing else differs, the account's hold ends.
    """
    seat = deps.seat(account_id)
    reviews.accept_position(seat, symbol, deps.now())
    return ReconciliationOut.of(report_of(seat))


def _order(order_id: UUID) -> tuple[Seat, Order]:
    """An order with the caller's seat at its account. Raises NotFound."""
    found = orders.order_at(deps.seats(), order_id)
    if found is None:
        raise NotFound
    return found


def _place(order_id: UUID) -> Place:
    """Where a page ended. Raises UnknownId for an order that is not the caller's to see."""
    with finding.naming("after"):
        order = _order(order_id)[1]
    return Place(order.created_at, order.id)
