"""The room of accounts and of the checklist of the one at hand."""

from flask import Blueprint
from werkzeug.wrappers import Response

from trenddojo.web.session import require_sign_in

room = Blueprint("accounts", __name__, url_prefix="/accounts")
room.before_request(require_sign_in)

Answer = Response | str | tuple[str, int]
