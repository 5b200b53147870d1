"""Who may ask."""

from http import HTTPStatus

from tests.brokers.alpaca.venue.data_api import is_data, needs_keys, refused
from tests.brokers.alpaca.venue.refusals import Refusal
from tests.brokers.alpaca.venue.wire import Asked

KEYS = ("PKTEST0VENUE0KEY0000", "venue-secret-of-paper-0000000000000000000")
LIVE_KEYS = ("AKTEST0VENUE0KEY0000", "venue-secret-of-live-00000000000000000000")
_PAPER, _LIVE = "PK", "AK"


def check_keys(asked: Asked, keys: tuple[str, str], oauth_token: str | None, *, is_live: bool) -> None:
    """Raises Refusal: 403 without keys, with the other environment's and from the data host, 401 for others."""
    key_id, secret = asked.headers.get("apca-api-key-id"), asked.headers.get("apca-api-secret-key")
    if (key_id, secret) == keys or not needs_keys(asked.path):
        return
    if oauth_token is not None and asked.headers.get("authorization") == f"Bearer {oauth_token}":
        return
    is_foreign = key_id is not None and key_id.startswith(_PAPER if is_live else _LIVE)
    if is_data(asked.path) or None in (key_id, secret) or is_foreign:
        raise refused(HTTPStatus.FORBIDDEN, "forbidden.")
    raise Refusal(HTTPStatus.UNAUTHORIZED, 40110000, "request is not authorized")
