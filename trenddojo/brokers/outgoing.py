"""Requests as they go out: what was asked for and nothing else, no cookies, nothing from the environment.

`requests` would make the same with `Session.prepare_request`, which costs as much as sending does.
"""

from collections.abc import Mapping
from functools import lru_cache
from urllib.parse import urlencode

from msgspec.json import encode
from requests import PreparedRequest
from requests.cookies import RequestsCookieJar
from requests.hooks import default_hooks
from requests.structures import CaseInsensitiveDict
from requests.utils import check_header_validity

_WITHOUT_BODY = ("GET", "HEAD")


def check(headers: Mapping[str, str]) -> None:
    """Raises RequestException or UnicodeEncodeError for a header that cannot be sent."""
    for name, value in headers.items():
        check_header_validity((name, value))
        value.encode("latin-1")


def outgoing(
    method: str,
    url: str,
    headers: Mapping[str, str],
    *,
    params: Mapping[str, str] | None = None,
    data: object = None,
    form: Mapping[str, str] | None = None,
) -> PreparedRequest:
    """A request with `data` as JSON, or `form`; `headers` were checked. Raises RequestException for a bad address."""
    made = PreparedRequest()
    made.method = method
    made.url = _address(url) if not params else _encoded(url, params)
    made.headers = CaseInsensitiveDict(headers)
    made.hooks = default_hooks()
    made._cookies = RequestsCookieJar()  # type: ignore[attr-defined]
    if data is not None:
        made.body, made.headers["Content-Type"] = encode(data), "application/json"
    elif form is not None:
        made.body, made.headers["Content-Type"] = urlencode(form), "application/x-www-form-urlencoded"
    if made.body is not None or method not in _WITHOUT_BODY:
        made.headers["Content-Length"] = str(len(made.body or b""))
    return made


@lru_cache(maxsize=256)
def _address(url: str) -> str:
    return _encoded(url, None)


def _encoded(url: str, params: Mapping[str, str] | None) -> str:
    made = PreparedRequest()
    made.prepare_url(url, params)
    return made.url or ""
