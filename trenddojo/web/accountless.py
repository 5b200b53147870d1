"""What somebody sees who has no account yet, on pages that are about one."""

from flask import Response, url_for

from trenddojo.web import deps, htmx


def lead_to_accounts() -> Response | None:
    """Lead a person without an account to where one is added: `before_request` of rooms about the working account."""
    return None if deps.current_seat() else htmx.go(url_for("accounts.index"))
