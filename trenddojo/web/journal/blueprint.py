"""The room itself, which the modules with its routes share."""

from flask import Blueprint

from trenddojo.web.accountless import lead_to_accounts
from trenddojo.web.session import require_sign_in

room = Blueprint("journal", __name__, url_prefix="/journal")
room.before_request(require_sign_in)
room.before_request(lead_to_accounts)
