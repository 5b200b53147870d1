"""Requests and answers as bytes."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from http import HTTPStatus
from http.client import responses
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from tests.brokers.alpaca.venue.refusals import unreadable

JSON, HTML = "application/json; charset=UTF-8", "text/html"


@dataclass(frozen=True)
class Asked:
    """A request; `body` is read where it is JSON, else its text, None without one. Names of headers are lower case."""

    method: str
    path: str
    query: Mapping[str, str]
    body: Any
    headers: Mapping[str, str]
    is_readable: bool = True

    def document(self) -> Any:
        """The body. Raises Refusal where it is no JSON."""
        if not self.is_readable:
            raise unreadable()
        return self.body


@dataclass
class Reply:
    """An answer before it is sent: a document, or the text of something that is no JSON."""

    status: int
    document: Any = None
    text: str | None = None
    headers: dict[str, str] = field(default_factory=dict)

    def body(self) -> bytes:
        if self.text is not None:
            return self.text.encode()
        return b"" if self.document is None else json.dumps(self.document, separators=(",", ":")).encode()

    def encoded(self, usual: Mapping[str, str]) -> tuple[bytes, bytes]:
        """Head and body; `usual` are the headers of every answer."""
        body = self.body()
        reason = responses.get(self.status, "Unknown")
        headers = {"Content-Type": HTML if self.text is not None else JSON, "Content-Length": str(len(body))}
        if self.status == HTTPStatus.NO_CONTENT:
            headers = {}
        lines = [f"{name}: {value}" for name, value in (headers | dict(usual) | self.headers).items()]
        return "\r\n".join([f"HTTP/1.1 {self.status} {reason}", *lines, "", ""]).encode(), body


def read_request(method: str, target: str, headers: Mapping[str, str], body: bytes) -> Asked:
    parts = urlsplit(target)
    query = dict(parse_qsl(parts.query, keep_blank_values=True))
    lower = {name.lower(): value for name, value in headers.items()}
    if not body:
        return Asked(method, parts.path, query, None, lower)
    try:
        return Asked(method, parts.path, query, json.loads(body, parse_float=Decimal), lower)
    except ValueError:
        return Asked(method, parts.path, query, body.decode(errors="replace"), lower, is_readable=False)


def is_yes(query: Mapping[str, str], name: str) -> bool:
    """A flag in a query, in any of the ways that it may be written."""
    return query.get(name, "") in ("1", "t", "T", "true", "True", "TRUE")
