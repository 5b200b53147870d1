"""What comes back from a broker over HTTP, read once: numbers exact, headers chosen, secrets struck out."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any, Generic, TypeVar

from msgspec import DecodeError, ValidationError
from msgspec.json import Decoder
from requests import Response

KEPT_HEADERS = frozenset(
    {"location", "retry-after", "x-request-id", "x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset"}
)
STRUCK = "[hidden]"
UNTYPED: Decoder[Any] = Decoder(float_hook=Decimal)
"""Reads any JSON, its fractions exactly."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Answer(Generic[T]):
    """A success, or a refusal (4xx) that is for the adapter to understand.

    `data` is what the body says: of a success in the shape that was asked for, of a refusal any JSON. It is None for an
    empty body or one that cannot be read. `date` is the broker's clock. `headers` are a few harmless ones, by
    lower-case name.
    """

    status: int
    headers: Mapping[str, str]
    data: T = field(repr=False)
    text: str = field(repr=False)
    date: datetime | None
    is_whole: bool = True
    """Whether the body is empty or JSON that could be read to its end."""
    misfit: str = ""
    """What of a whole body is not as it was expected, such as "Object missing required field `qty`"."""

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
            "misfit": self.misfit,
        }
        return {name: value for name, value in found.items() if value}

    def _retry_after(self) -> str:
        told, reset = self.headers.get("retry-after", ""), self.headers.get("x-ratelimit-reset", "")
        if told.isdecimal():
            return told
        if reset.isdecimal() and self.date is not None:
            return str(max(0, int(reset) - int(self.date.timestamp())))
        return ""


def read(response: Response, body: bytes, hidden: Collection[str], into: Decoder[T]) -> Answer[T]:
    """An answer with its whole body: a success read by `into`, a refusal with `hidden` texts struck out of it, should
    the broker have repeated them."""
    headers = {name.lower(): value for name, value in response.headers.items() if name.lower() in KEPT_HEADERS}
    date = _date(response.headers.get("date"))
    if response.status_code < HTTPStatus.MULTIPLE_CHOICES:
        data, is_whole, misfit = _parsed(body, into)
        return Answer(response.status_code, headers, data, "", date, is_whole, misfit)
    text = body.decode("utf-8", "replace")
    for secret in hidden:
        text = text.replace(secret, STRUCK)
    refusal, is_whole, misfit = _parsed(text.encode(), UNTYPED)
    return Answer(response.status_code, headers, refusal, text, date, is_whole, misfit)


def _parsed(body: bytes, into: Decoder[Any]) -> tuple[Any, bool, str]:
    """The data, whether the body is whole, and what is not as expected."""
    if not body or body.isspace():
        return None, True, ""
    try:
        data = into.decode(body)
    except ValidationError as error:
        return None, True, str(error)
    except (DecodeError, UnicodeDecodeError):
        return None, False, ""
    return data, True, ""


def _date(told: str | None) -> datetime | None:
    try:
        found = parsedate_to_datetime(told) if told else None
    except ValueError:
        return None
    return found if found is not None and found.tzinfo is not None else None
