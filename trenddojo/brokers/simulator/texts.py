"""Frozen dataclasses of plain facts as JSON texts and back, exactly: decimals, times and words are strings."""

import json
from collections.abc import Callable
from dataclasses import fields
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from functools import cache
from types import NoneType
from typing import Any, TypeVar, get_args, get_type_hints

T = TypeVar("T")


def text_of(record: Any) -> str:
    """A dataclass of decimals, times, words, whole numbers and texts as a JSON text."""
    values = {field.name: getattr(record, field.name) for field in fields(record)}
    return json.dumps(values, default=_plain, separators=(",", ":"))


def record_of(kind: Callable[..., T], text: str) -> T:
    """The dataclass that `text_of` made the text from. Raises ValueError or TypeError for any other text."""
    values: dict[str, Any] = json.loads(text)
    types = _types(kind)
    return kind(**{name: _typed(types[name], value) for name, value in values.items()})


def _plain(value: object) -> str:
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no text here")


def _typed(kind: type[Any], value: Any) -> Any:
    if value is None:
        return None
    if kind is Decimal:
        return Decimal(value)
    if kind is datetime:
        return datetime.fromisoformat(value)
    return kind(value) if issubclass(kind, StrEnum) else value


@cache
def _types(kind: Any) -> dict[str, type[Any]]:
    """The type of each field, without its None."""
    return {name: _bare(hint) for name, hint in get_type_hints(kind).items()}


def _bare(hint: Any) -> type[Any]:
    found: list[type[Any]] = [one for one in get_args(hint) if one is not NoneType] or [hint]
    return found[0]
