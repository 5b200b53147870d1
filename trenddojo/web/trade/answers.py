"""How the room answers: the page, and a form that was refused with what was typed."""

from flask import Response, make_response, render_template

from trenddojo.services.errors import FORM, Conflict, Invalid
from trenddojo.store.models import Trade
from trenddojo.store.seats import Seat
from trenddojo.web import forms, frame
from trenddojo.web.deps import now
from trenddojo.web.htmx import fragment, is_htmx
from trenddojo.web.trade.page import page_of

SECTION = "trades"
_UNSEEN = ("key", "kind")
"""Fields that no panel shows: what is wrong with them is said of the whole."""


def refused(seat: Seat, trade: Trade, panel: str, error: Invalid) -> Response:
    """The panel again with its sentences: alone for htmx, on its page for a plain browser.

    Raises Conflict where the trade has moved on and no longer has that panel.
    """
    fields = {FORM if name in _UNSEEN else name: sentence for name, sentence in error.fields.items()}
    page = page_of(seat, trade, now(), act=panel, sent={panel: forms.again(fields)})
    if panel not in page.panels:
        raise Conflict(error.message)
    if is_htmx():
        return fragment(render_template(f"trade/_{panel}.html", page=page), 422)
    return make_response(frame.page("trade/page.html", nav=SECTION, about=seat.account, page=page), 422)
