"""Who did what, as the audit log has it."""

from collections.abc import Mapping
from uuid import UUID

from trenddojo.services import audit
from trenddojo.services.errors import NotFound
from trenddojo.web import deps
from trenddojo.web.api.finding import naming, next_page
from trenddojo.web.api.inputs import AuditPageQuery
from trenddojo.web.api.operations import Group
from trenddojo.web.api.outputs.audit import AuditPage, entry_out

group = Group("Audit")


@group.get("/audit")
def list_audit(query: AuditPageQuery) -> AuditPage:
    """List acts.

    The caller's own and those on accounts that they may see, the newest first; an admin sees all. Only admins see the
    addresses of others.
    """
    known = audit.choices(deps.user())
    _require(query.person, known.people, "person")
    _require(query.account, known.accounts, "account")
    found = audit.listed(deps.user(), query.filters(deps.zone()), query.after, query.limit)
    return AuditPage(
        items=[entry_out(line) for line in found.lines],
        next=next_page(str(found.older)) if found.older is not None else None,
    )


def _require(asked: UUID | None, known: Mapping[UUID, str], field: str) -> None:
    with naming(field):
        if asked is not None and asked not in known:
            raise NotFound
