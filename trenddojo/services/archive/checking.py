"""Whether a row of an archive is one that TrendDojo could have written: beyond its types, what its values may be.

The database refuses some of it too, and some would only show on a page. Everything is said by file, line and field.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from trenddojo.domain.caps import Cap
from trenddojo.domain.goals import check_goal
from trenddojo.domain.money import DIGITS, ZERO
from trenddojo.domain.rates import ECB
from trenddojo.domain.terms import CashKind
from trenddojo.domain.zones import zone_names
from trenddojo.services.archive.fields import Field
from trenddojo.services.inputs.kinds import EARLIEST, LATEST
from trenddojo.store.rates import source_of

Row = Mapping[str, Any]
Problem = tuple[str, str]
"""A field, and what is wrong with it."""

_DEEPEST = 6
_CURRENCY = re.compile(r"[A-Z]{3}")
_CURRENCIES = ("currency", "base_currency", "quote_currency")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_NOT_LATER = {"accounts": "opened_on", "cash_movements": "on", "executions": "at", "marks": "at", "journal_notes": "on"}
"""What has happened already in every row, by the field that says when."""
_A_DAY = timedelta(days=1)
"""What clocks and zones may be apart."""
_MOST_MONEY = Decimal(10) ** 12
_ABOVE_ZERO = {
    "instruments": ("multiplier", "lot"),
    "trades": ("planned_entry", "fx"),
    "executions": ("quantity", "fx"),
    "orders": ("quantity",),
    "marks": ("price", "fx"),
    "exchange_rates": ("rate",),
    "bars": ("open", "high", "low", "close"),
    "accounts": ("leverage",),
    "risk_settings": (
        *("max_risk_per_trade", "max_risk_per_day", "max_risk_per_week"),
        *("daily_loss_limit", "max_position_value"),
        *("max_open_positions", "max_correlated_positions", "max_sector_positions"),
    ),
}
_FROM_ZERO = {
    "executions": ("price",),
    "trades": ("planned_quantity",),
    "legs": ("planned_entry", "planned_quantity"),
    "accounts": ("breakeven_band", "fee_per_unit", "fee_per_order"),
    "risk_settings": ("halve_after_losses",),
}
_FROM_ONE = {"attachments": ("size", "width", "height"), "legs": ("number",), "order_events": ("number",)}


def problem_in(table: str, fields: tuple[Field, ...], row: Row, now: datetime) -> Problem | None:
    """The first thing that is wrong with a row of a table; None where nothing is."""
    return next(_problems(table, fields, row, now), None)


def _problems(table: str, fields: tuple[Field, ...], row: Row, now: datetime) -> Iterator[Problem]:
    for field in fields:
        if why := _wrong(row[field.name], field):
            yield field.name, why
    yield from _signs(table, row)
    if (name := _NOT_LATER.get(table)) and _is_later(row[name], now):
        yield name, "It is still to come."
    yield from _TABLES.get(table, _nothing)(row)


def _wrong(value: Any, field: Field) -> str:
    match value:
        case str() if field.name in _CURRENCIES and not _CURRENCY.fullmatch(value):
            return "It is no currency code of three letters."
        case str() if "\x00" in value:
            return "It has characters that cannot be kept."
        case Decimal():
            return _wrong_number(value, field.places or 0)
        case datetime():
            return "" if EARLIEST.year < value.astimezone(UTC).year < LATEST.year else "It is out of range."
        case date():
            return "" if EARLIEST <= value < LATEST else "It is out of range."
        case dict() | list():
            return _wrong_tree(value, _DEEPEST)
        case _:
            return ""


def _wrong_number(value: Decimal, places: int) -> str:
    if not value.is_finite() or abs(value.adjusted()) > DIGITS:
        return "It is no number that can be kept."
    if value != round(value, places):
        return f"It has more than {places} decimal places."
    if abs(value) >= Decimal(10) ** (DIGITS - places) or (places == 2 and abs(value) > _MOST_MONEY):
        return "It is too large."
    return ""


def _wrong_tree(value: Any, levels: int) -> str:
    if not levels:
        return "It is nested too deeply."
    inner = [*value, *value.values()] if isinstance(value, dict) else value
    for one in inner:
        if isinstance(one, str) and "\x00" in one:
            return "It has characters that cannot be kept."
        if isinstance(one, dict | list) and (why := _wrong_tree(one, levels - 1)):
            return why
    return ""


def _signs(table: str, row: Row) -> Iterator[Problem]:
    told = {name: value for name, value in row.items() if value is not None}
    yield from ((name, "It must be above 0.") for name in _ABOVE_ZERO.get(table, ()) if told.get(name, 1) <= ZERO)
    yield from ((name, "It must not be below 0.") for name in _FROM_ZERO.get(table, ()) if told.get(name, 0) < ZERO)
    yield from ((name, "It must be at least 1.") for name in _FROM_ONE.get(table, ()) if told.get(name, 1) < 1)


def _is_later(when: date, now: datetime) -> bool:
    latest = now + _A_DAY
    return when > (latest if isinstance(when, datetime) else latest.date())


# ---- what concerns one table alone


def _nothing(_row: Row) -> Iterator[Problem]:
    return iter(())


def _account(row: Row) -> Iterator[Problem]:
    if row["time_zone"] not in zone_names():
        yield "time_zone", "It is no name of the tz database."
    if not row["name"].strip():
        yield "name", "It is empty."
    if (row["mode"] is None) != (row["connection_id"] is None):
        yield "connection_id", "An account has a mode and a connection, or neither."


def _cash(row: Row) -> Iterator[Problem]:
    if row["amount"] < ZERO and row["kind"] not in (CashKind.INTEREST, CashKind.DIVIDEND):
        yield "amount", "Its kind says which way it went, so it must not be below 0."


def _goal(row: Row) -> Iterator[Problem]:
    yield from check_goal(row["kind"], row["period"], row["target"]).items()


def _trade(row: Row) -> Iterator[Problem]:
    if row["bound_by"] and row["bound_by"] not in set(Cap):
        yield "bound_by", "It is none of the limits."
    if row["setup_quality"] is not None and not 1 <= row["setup_quality"] <= 5:
        yield "setup_quality", "It must be from 1 to 5."


def _event(row: Row) -> Iterator[Problem]:
    """What the timeline reads of a change: texts and figures by field, before and after."""
    before, after = row["detail"].get("before"), row["detail"].get("after")
    for state in (before, after):
        if isinstance(state, dict) and not all(_is_moment(value) for name, value in state.items() if _says_when(name)):
            yield "detail", "A time in it is none."
    if row["kind"] == "note_edited" and not (isinstance(before, dict) and isinstance(before.get("body"), str)):
        yield "detail", "It does not say how the note read."
    if row["kind"] == "fill_deleted" and not _is_id(row["detail"].get("fill")):
        yield "detail", "It does not say which fill."


def _order_event(row: Row) -> Iterator[Problem]:
    told = row["evidence"]
    if row["kind"] in ("denied", "replace_denied") and "denials" not in told:
        yield "evidence", "It does not say why."
    if not _are_denials(told.get("denials", [])):
        yield "evidence", "A denial has no rule, or no sentence."
    if not _is_moment(told.get("updated_at")):
        yield "evidence", "A time in it is none."


def _attempt(row: Row) -> Iterator[Problem]:
    if not all(value is None or isinstance(value, str) for value in row["changes"].values()):
        yield "changes", "A change is no text."


def _attachment(row: Row) -> Iterator[Problem]:
    if (row["trade_id"] is None) == (row["on"] is None):
        yield "trade_id", "A picture is of a trade or of a day."
    if not _SHA256.fullmatch(row["sha256"]):
        yield "sha256", "It is no SHA-256 in hex."


def _rate(row: Row) -> Iterator[Problem]:
    expected = ECB if row["account_id"] is None else source_of(row["account_id"])
    if row["source"] != expected:
        yield "source", "It does not go with the account."
    if row["base_currency"] == row["quote_currency"]:
        yield "quote_currency", "It is the same currency."


def _bar(row: Row) -> Iterator[Problem]:
    if not row["low"] <= min(row["open"], row["close"]) <= max(row["open"], row["close"]) <= row["high"]:
        yield "high", "Its prices are out of order."
    if row["volume"] is not None and row["volume"] < 0:
        yield "volume", "It must not be below 0."


def _says_when(name: str) -> bool:
    return name == "at" or name.endswith("_at")


def _is_moment(value: Any) -> bool:
    try:
        return not value or datetime.fromisoformat(value).tzinfo is not None
    except (ValueError, TypeError):
        return False


def _is_id(value: Any) -> bool:
    try:
        return UUID(value) is not None
    except (ValueError, TypeError, AttributeError):
        return False


def _are_denials(told: Any) -> bool:
    return isinstance(told, list) and all(isinstance(one, dict) and {"rule", "sentence"} <= one.keys() for one in told)


_TABLES: Mapping[str, Callable[[Row], Iterator[Problem]]] = {
    "accounts": _account,
    "cash_movements": _cash,
    "goals": _goal,
    "trades": _trade,
    "trade_events": _event,
    "order_events": _order_event,
    "order_attempts": _attempt,
    "attachments": _attachment,
    "exchange_rates": _rate,
    "bars": _bar,
}
