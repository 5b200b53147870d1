"""Who did what, as the audit log has it."""

from trenddojo.services import audit
from trenddojo.web import deps
from trenddojo.web.api.finding import next_page
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
    found = audit.listed(deps.user(), query.filters(deps.zone()), query.after, query.limit)
    return AuditPage(
        items=[entry_out(line) for line in found.lines],
        next=next_page(str(found.older)) if found.older is not None else None,
    )
