"""Cash that moves apart from trades."""

from uuid import UUID

from trenddojo.services import cash
from trenddojo.store.cash import signed
from trenddojo.web import deps
from trenddojo.web.api.finding import naming, next_page
from trenddojo.web.api.inputs import CashBody, CashQuery
from trenddojo.web.api.operations import Group
from trenddojo.web.api.outputs.accounts import CashOut, CashPage, cash_out

group = Group("Cash")


@group.get("/accounts/<uuid:account_id>/cash")
def list_cash(account_id: UUID, query: CashQuery) -> CashPage:
    """List movements of cash.

    Deposits, withdrawals, fees, interest and dividends, the latest first.
    """
    seat = deps.seat(account_id)
    with naming("after"):
        found = cash.movements(seat, query.after, query.limit)
    return CashPage(
        items=[cash_out(line.movement, line.added) for line in found.lines],
        next=next_page(found.older) if found.older else None,
    )


@group.post("/accounts/<uuid:account_id>/cash")
def record_cash(account_id: UUID, body: CashBody) -> CashOut:
    """Record a movement of cash.

    Deposits and withdrawals are above 0. Fees are too, but for one that came back; interest and dividends that had to
    be paid are below.
    """
    movement = cash.record_cash(deps.seat(account_id), body, deps.now())
    return cash_out(movement, signed(movement))
