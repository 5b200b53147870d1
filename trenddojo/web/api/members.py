"""Who else may see, or also trade, an account."""

from uuid import UUID

from trenddojo.domain.terms import TokenScope
from trenddojo.services import accounts
from trenddojo.services.accounts import Member
from trenddojo.services.inputs.accounts import MemberInput
from trenddojo.web import deps
from trenddojo.web.api.finding import naming
from trenddojo.web.api.inputs import MemberQuery
from trenddojo.web.api.operations import Group
from trenddojo.web.api.outputs.accounts import MemberOut, MembersOut

group = Group("Members")


@group.get("/accounts/<uuid:account_id>/members")
def list_members(account_id: UUID) -> MembersOut:
    """List who else may see an account."""
    return MembersOut(items=[_shown(member) for member in accounts.members(deps.seat(account_id))])


@group.put("/accounts/<uuid:account_id>/members", TokenScope.ADMIN)
def set_member(account_id: UUID, body: MemberInput) -> MemberOut:
    """Let somebody in, or change what they may do.

    The account's owner may. The person must be known here already.
    """
    return _shown(accounts.set_member(deps.seat(account_id), body))


@group.delete("/accounts/<uuid:account_id>/members", TokenScope.ADMIN)
def remove_member(account_id: UUID, query: MemberQuery) -> None:
    """Take somebody's seat away.

    The account's owner may. What the person wrote stays.
    """
    seat = deps.seat(account_id)
    with naming("user_id"):
        accounts.remove_member(seat, query.user_id)


def _shown(member: Member) -> MemberOut:
    user = member.user
    return MemberOut(user_id=user.id, name=user.name, email=user.email, role=member.role)
