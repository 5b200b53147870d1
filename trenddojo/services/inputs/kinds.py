"""How one value is read: each kind refuses with a sentence by its field, and never rounds or guesses."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler, ValidationInfo
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from trenddojo.domain import money
from trenddojo.domain.zones import zone_names

EARLIEST, LATEST = date(1970, 1, 1), date(2100, 1, 1)
_NUMBER = re.compile(r"[+-]?(?:\d{1,3}(?:,\d{3})+|\d+)?(?:\.\d*)?", re.ASCII)
_LONGEST_NUMBER = 40
_UNKEEPABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")
_INSTANT = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d{1,6})?)?(Z|[+-]\d\d:\d\d)?", re.ASCII)
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


def refuse(sentence: str) -> PydanticCustomError:
    """An error that shows `sentence` by its field."""
    return PydanticCustomError("field", "{sentence}", {"sentence": sentence})


def is_blank(value: Any) -> bool:
    """Whether a field was left empty."""
    return value is None or (isinstance(value, str) and not value.strip())


def has_unkeepable(text: str) -> bool:
    """Whether `text` has control characters, or half a character, that a database may refuse."""
    return bool(_UNKEEPABLE.search(text))


class Kind:
    """A pydantic annotation: `read` turns what was sent into the value, or raises `refuse(...)`."""

    def __init__(self, read: Callable[[Any, ValidationInfo], Any], schema: dict[str, Any]) -> None:
        self._read, self._schema = read, schema

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.with_info_plain_validator_function(self._read)

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return dict(self._schema)


def number(places: int, low: str, high: str, *, above: bool = False) -> Kind:
    """A decimal of plain digits, at most `places` after the point, from (or `above`) `low` to `high`."""
    least, most = Decimal(low), Decimal(high)

    def read(value: Any, _info: ValidationInfo) -> Decimal:
        found = _decimal(value)
        if found < least or (above and found == least):
            raise refuse(f"Must be {'above' if above else 'at least'} {least:,f}.")
        if found > most:
            raise refuse(f"Must be at most {most:,f}.")
        if found != money.rounded(found, places):
            raise refuse(f"At most {places} decimal places.")
        return found

    bounds = f"{'above' if above else 'from'} {low} to {high}, at most {places} decimal places"
    return Kind(read, {"type": "string", "format": "decimal", "description": bounds})


def _decimal(value: Any) -> Decimal:
    if is_blank(value):
        raise refuse("This is required.")
    if not isinstance(value, str | int) or isinstance(value, bool):
        raise refuse('Send decimals as text, such as "146.20".')
    text = str(value).strip().replace("\u2212", "-")
    if len(text) > _LONGEST_NUMBER or not _NUMBER.fullmatch(text) or not any(c.isdigit() for c in text):
        raise refuse("Enter a number such as 146.20.")
    return Decimal(text.replace(",", ""))


def whole(low: int, high: int) -> Kind:
    """A whole number from `low` to `high`."""

    def read(value: Any, _info: ValidationInfo) -> int:
        if is_blank(value):
            raise refuse("This is required.")
        text = str(value).strip()
        if isinstance(value, bool) or not re.fullmatch(r"-?\d{1,9}", text, re.ASCII):
            raise refuse("Enter a whole number.")
        if not low <= int(text) <= high:
            raise refuse(f"Must be from {low} to {high}.")
        return int(text)

    return Kind(read, {"type": "integer", "minimum": low, "maximum": high})


def text(low: int, high: int, *, lines: bool = False) -> Kind:
    """Trimmed text of `low` to `high` characters that both databases can keep; `lines` allows several."""

    def read(value: Any, _info: ValidationInfo) -> str:
        if value is None and not low:
            return ""
        if not isinstance(value, str):
            raise refuse("This is required." if value is None else "Must be text.")
        found = value.replace("\r\n", "\n").replace("\r", "\n").strip()
        if not found and low:
            raise refuse("This is required.")
        if len(found) < low:
            raise refuse(f"At least {low} characters.")
        if len(found) > high:
            raise refuse(f"At most {high:,} characters; this has {len(found):,}.")
        if has_unkeepable(found) or (not lines and "\n" in found):
            raise refuse("Contains characters that cannot be kept.")
        return found

    return Kind(read, {"type": "string", "minLength": low, "maxLength": high})


def matching(pattern: str, sentence: str, *, upper: bool = True) -> Kind:
    """Text of plain letters and digits in the form of `pattern`."""
    compiled = re.compile(pattern, re.ASCII)

    def read(value: Any, _info: ValidationInfo) -> str:
        if is_blank(value):
            raise refuse("This is required.")
        if not isinstance(value, str):
            raise refuse("Must be text.")
        found = value.strip()
        found = found.upper() if upper else found
        if not compiled.fullmatch(found):
            raise refuse(sentence)
        return found

    return Kind(read, {"type": "string", "pattern": f"^{pattern}$"})


def tags() -> Kind:
    """Up to 12 tags, as a list or as one text with commas; repeated ones count once."""

    def read(value: Any, _info: ValidationInfo) -> list[str]:
        names = value.split(",") if isinstance(value, str) else value or []
        if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
            raise refuse("Send tags as a list of texts.")
        unique = list(dict.fromkeys(name.strip() for name in names if name.strip()))
        if len(unique) > 12 or any(len(name) > 30 or has_unkeepable(name) for name in unique):
            raise refuse("At most 12 tags of up to 30 characters each.")
        return unique

    return Kind(read, {"type": "array", "items": {"type": "string", "maxLength": 30}, "maxItems": 12})


def time_zone() -> Kind:
    """A name of the tz database."""

    def read(value: Any, _info: ValidationInfo) -> str:
        if not isinstance(value, str) or value.strip() not in zone_names():
            raise refuse("Choose a time zone of the list, such as America/New_York.")
        return value.strip()

    return Kind(read, {"type": "string", "description": "a name of the tz database"})


def day() -> Kind:
    """A calendar date, ISO 8601."""

    def read(value: Any, _info: ValidationInfo) -> date:
        if is_blank(value):
            raise refuse("This is required.")
        found: date | None = _parsed(date.fromisoformat, _DAY, str(value).strip())
        if found is None or not EARLIEST <= found < LATEST:
            raise refuse("Enter a date such as 2026-11-19.")
        return found

    return Kind(read, {"type": "string", "format": "date"})


def instant() -> Kind:
    """A moment, ISO 8601; without an offset it is read in the zone that `parse` was given."""

    def read(value: Any, info: ValidationInfo) -> datetime:
        if is_blank(value):
            raise refuse("This is required.")
        found: datetime | None = _parsed(datetime.fromisoformat, _INSTANT, str(value).strip())
        if found is None or not EARLIEST.year < found.year < LATEST.year:
            raise refuse("Enter a date and time such as 2026-11-19T14:42.")
        if found.tzinfo is None:
            zone: ZoneInfo | None = (info.context or {}).get("zone")
            if zone is None:
                raise refuse("Add the offset from UTC, such as 2026-11-19T14:42:00Z.")
            found = found.replace(tzinfo=zone)
        return found.astimezone(UTC)

    return Kind(read, {"type": "string", "format": "date-time"})


def identity() -> Kind:
    """An id."""

    def read(value: Any, _info: ValidationInfo) -> UUID:
        if is_blank(value):
            raise refuse("This is required.")
        try:
            return UUID(str(value))
        except ValueError:
            raise refuse("Send an id such as 0b53ef36-31f1-4a7a-9a53-6f1b9d3a9f10.") from None

    return Kind(read, {"type": "string", "format": "uuid"})


def _parsed(read: Callable[[str], Any], form: re.Pattern[str], text: str) -> Any:
    try:
        return read(text) if form.fullmatch(text) else None
    except ValueError:
        return None
