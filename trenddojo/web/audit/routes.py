"""The audit log: one's own acts and those on one's accounts; for admins all, and the check of the chain."""

from flask import Blueprint, Response, make_response, request, url_for

from trenddojo.domain.terms import Role
from trenddojo.security.chain import Verdict
from trenddojo.services import audit
from trenddojo.services.audit import Listed
from trenddojo.services.errors import Invalid, NotFound
from trenddojo.services.inputs import parse
from trenddojo.services.inputs.audit import AuditQuery
from trenddojo.web import deps, frame
from trenddojo.web.addresses import Address
from trenddojo.web.audit import filters, views
from trenddojo.web.audit.filters import ANSWERS
from trenddojo.web.security import limiter
from trenddojo.web.session import require_sign_in

room = Blueprint("audit", __name__, url_prefix="/audit")
room.before_request(require_sign_in)

ROWS = 50


@room.get("")
def index() -> Response:
    """One page of acts; an address that cannot be read shows what is wrong with it, and no acts."""
    try:
        query = parse(AuditQuery, {name: value for name, value in request.args.items() if name in _ASKED})
    except Invalid as error:
        return make_response(_page(AuditQuery(), problems=error.fields), error.status)
    return make_response(_page(query))


@room.post("/verify")
@limiter.limit("6 per minute")
def verify() -> Response:
    """Read the whole chain, and say whether it holds."""
    if deps.user().role is not Role.ADMIN:
        raise NotFound
    return make_response(_page(AuditQuery(), verdict=audit.verify()))


_ASKED = {field.alias or name for name, field in AuditQuery.model_fields.items()}


def _page(query: AuditQuery, problems: dict[str, str] | None = None, verdict: Verdict | None = None) -> str:
    user = deps.user()
    address = Address.of(url_for("audit.index"), {} if problems else request.args, ANSWERS)
    found = Listed((), None) if problems else audit.listed(user, query.filters(deps.zone()), query.after, ROWS)
    choices = audit.choices(user)
    return frame.page(
        "audit/page.html",
        nav="audit",
        address=address,
        chips=filters.chips(address, query, choices),
        dates=filters.dates(address, query),
        days=views.days(found.lines, choices.accounts, deps.zone()),
        problems=problems or {},
        newest=address.with_() if query.after else "",
        older=address.with_(after=found.older) if found.older else "",
        chain=views.chain(verdict) if verdict else None,
        is_admin=user.role is Role.ADMIN,
    )
