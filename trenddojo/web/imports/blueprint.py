"""The room itself, and what its routes share."""

from uuid import UUID

from flask import Blueprint
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.wrappers import Response

from trenddojo.services.imports import acts
from trenddojo.store.models import Import
from trenddojo.store.seats import Seat
from trenddojo.web import deps, errors
from trenddojo.web.session import require_sign_in

room = Blueprint("imports", __name__, url_prefix="/imports")
room.before_request(require_sign_in)

Answer = Response | str | tuple[str, int]


@room.errorhandler(RequestEntityTooLarge)
def _too_large(_error: RequestEntityTooLarge) -> Response:
    return errors.answer(413, too_large())


def too_large() -> str:
    """Why a statement is too large, and what to do about it."""
    most = deps.config().import_bytes // 1_000_000
    return f"At most {most:,} MB are taken at once. Nothing was kept; export fewer years at a time, or one file a time."


def own(import_id: UUID) -> tuple[Seat, Import]:
    """An import with the person's seat at its account. Raises NotFound."""
    return acts.import_of(deps.seats(), import_id)
