"""The calculator."""

from trenddojo.domain.terms import TokenScope
from trenddojo.services.sizing import size_plan
from trenddojo.web import deps
from trenddojo.web.api import finding
from trenddojo.web.api.inputs import SizingBody
from trenddojo.web.api.operations import Group
from trenddojo.web.api.outputs.sizing import SizingOut, sizing_out

group = Group("Sizing")


@group.post("/sizing", TokenScope.READ, status=200)
def size_entry(body: SizingBody) -> SizingOut:
    """Work out how large an entry may be.

    Every cap of the account is read, and the one that binds is named. Nothing is saved.
    """
    return sizing_out(size_plan(finding.seat(body.account_id, "account_id"), body, deps.now()))
