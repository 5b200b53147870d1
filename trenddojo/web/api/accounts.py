"""Accounts."""

from uuid import UUID

from trenddojo.domain.terms import TokenScope
from trenddojo.services import accounts
from trenddojo.services.inputs.accounts import AccountChange
from trenddojo.web import deps
from trenddojo.web.api.inputs import AccountBody
from trenddojo.web.api.operations import Group
from trenddojo.web.api.outputs.accounts import AccountOut, AccountsOut

group = Group("Accounts")


@group.get("/accounts")
def list_accounts() -> AccountsOut:
    """List the accounts that you may see."""
    return AccountsOut(items=[AccountOut.of(seat) for seat in deps.seats()])


@group.post("/accounts", TokenScope.ADMIN)
def create_account(body: AccountBody) -> AccountOut:
    """Open an account.

    It is yours, traded by hand, and begins with the usual limits and a checklist.
    """
    return AccountOut.of(accounts.create_account(deps.user(), body, deps.now()))


@group.get("/accounts/<uuid:account_id>")
def get_account(account_id: UUID) -> AccountOut:
    """Look at an account."""
    return AccountOut.of(deps.seat(account_id))


@group.patch("/accounts/<uuid:account_id>", TokenScope.ADMIN)
def change_account(account_id: UUID, body: AccountChange) -> AccountOut:
    """Change an account.

    Its owner may. The currency stays once anything is recorded in it; what follows from a change is recomputed.
    """
    seat = deps.seat(account_id)
    accounts.update_account(seat, body, deps.now())
    return AccountOut.of(seat)
