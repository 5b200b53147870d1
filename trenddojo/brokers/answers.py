"""What comes back from a broker over HTTP, read once: numbers exact, headers chosen, secrets struck out."""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any, NoReturn

from requests import Response

KEPT_HEADERS = frozenset(
    {"location", "retry-after", "x-request-id", "x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset"}
)
STRUCK = "[hidden]"


@dataclass(frozen=True, slots=True)
class Answer:
    """A success, or a refusal (4xx) that is for the adapter to understand.

    `data` is the parsed JSON with its fractions as Decimal, None for an empty body or one that is no JSON. `date` is
    the broker's clock. `headers` are a few harmless ones, by lower-case name.
    """

    status: int
    headers: Mapping[str, str]
    data: Any = field(repr=False)
    text: str = field(repr=False)
    date: datetime | None
    is_whole: bool = True
    """Whether the body is empty or JSON that could be read to its end."""

    @property
    def is_success(self) -> bool:
        """Whether the broker did what it was asked."""
        return self.status < HTTPStatus.MULTIPLE_CHOICES

    @property
    def details(self) -> dict[str, str]:
        """The facts for an error: status, request id, and seconds to wait where the broker told them."""
        found = {
            "status": str(self.status),
            "request_id": self.headers.get("x-request-id", ""),
            "retry_after": self._retry_after(),
        }
        return {name: value for name, value in found.items() if value}

    def _retry_after(self) -> str:
        told, reset = self.headers.get("retry-after", ""), self.headers.get("x-ratelimit-reset", "")
        if told.isdecimal():
            return told
        if reset.isdecimal() and self.date is not None:
            return str(max(0, int(reset) - int(self.date.timestamp())))
        return ""


def read(response: Response, hidden: Collection[str]) -> Answer:
    """An answer; where it is a refusal, `hidden` texts are struck out of it should the broker have repeated them."""
    text = response.content.decode("utf-8", "replace")
    if response.status_code >= HTTPStatus.BAD_REQUEST:
        for secret in hidden:
            text = text.replace(secret, STRUCK)
    is_whole, data = _parsed(text)
    headers = {name.lower(): value for name, value in response.headers.items() if name.lower() in KEPT_HEADERS}
    return Answer(response.status_code, headers, data, text, _date(response.headers.get("date")), is_whole)


def _parsed(text: str) -> tuple[bool, Any]:
    if not text.strip():
        return True, None
    try:
        return True, json.loads(text, parse_float=Decimal, parse_constant=_no_number)
    except ValueError:
        return False, None


def _no_number(word: str) -> NoReturn:
    raise ValueError(f"{word} is no number")


def _date(told: str | None) -> datetime | None:
    try:
        found = parsedate_to_datetime(told) if told else None
    except ValueError:
        return None
    return found if found is not None and found.tzinfo is not None else None
