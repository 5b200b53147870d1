"""One import as its page shows it: how far it is, what is in it, and what can be done next."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from trenddojo.domain.terms import ImportStatus
from trenddojo.services.imports import acts, jottings, looking
from trenddojo.services.imports.asking import Reading, Wanted
from trenddojo.services.imports.columns import Field
from trenddojo.statements.format import DateOrder
from trenddojo.statements.lines import Refusal
from trenddojo.store.models import Import
from trenddojo.store.seats import Seat
from trenddojo.web.format import full_day
from trenddojo.web.imports import choices, views
from trenddojo.web.imports.line_view import LineView

_S = ImportStatus
_SHOWN_SYMBOLS = 40
_ORDERS = {
    DateOrder.MONTH_FIRST: "Month first",
    DateOrder.DAY_FIRST: "Day first",
    DateOrder.YEAR_FIRST: "Year first",
}


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the work is: `done` of `total` in `units`; a total of 0 is not known yet."""

    what: str
    done: int
    total: int
    units: str


@dataclass(frozen=True, slots=True)
class Figures:
    """What the survey found, or what was booked; `is_booked` tells which.

    `opens_on` is the day to which the account's opening moves, None where that stays.
    """

    counts: Mapping[str, Any]
    first_on: date | None
    last_on: date | None
    opens_on: date | None
    symbols: Sequence[str]
    more_symbols: int
    is_booked: bool


@dataclass(frozen=True, slots=True)
class StopsView:
    """Trades of an import by whose stop theirs is, and of how many the rule knows too few bars; `error` says why it
    could not be followed."""

    assumed: int
    none: int
    placed: int
    without_bars: int
    error: str

    @property
    def open(self) -> int:
        """How many a rule is for."""
        return self.assumed + self.none


@dataclass(frozen=True, slots=True)
class Questions:
    """What can be said of the file before it is read; `wanted` are those that have to be."""

    wanted: frozenset[Wanted]
    accounts: Sequence[str]
    columns: Sequence[str]
    fields: Sequence[Field]
    readings: Sequence[Reading]
    sample: Sequence[Sequence[str]]
    why: str

    @property
    def account_choices(self) -> list[tuple[str, str]]:
        """The accounts as choices of a field."""
        return [(name, name) for name in self.accounts]

    @property
    def column_choices(self) -> list[tuple[str, str]]:
        """The columns as choices of a field."""
        return [(name, name) for name in self.columns]

    @property
    def date_choices(self) -> list[tuple[str, str]]:
        """The orders of dates as choices of a field, each with how the file's first date would read."""
        found = [(one.order.value, f"{_ORDERS[one.order]}: {full_day(one.on)}") for one in self.readings]
        return found or [(order.value, words) for order, words in _ORDERS.items()]


@dataclass(frozen=True, slots=True)
class Page:
    """The lines that are looked at, and the pages around them."""

    lines: Sequence[LineView]
    newer: str
    older: str
    first: int


@dataclass(frozen=True, slots=True)
class ImportView:
    """An import. `state` is its status as a word of the database, `progress` is None while nobody works on it."""

    id: str
    name: str
    size: str
    state: str
    words: str
    account: str
    account_id: str
    currency: str
    opened_on: date
    starting_balance: Decimal
    format: str
    format_name: str
    is_file: bool
    by: str
    at: datetime
    finished_at: datetime | None
    undone_at: datetime | None
    error: str
    may_act: bool
    may_undo: bool
    may_discard: bool
    may_compare: bool
    has_brought: bool
    progress: Progress | None
    figures: Figures | None
    options: Mapping[str, Any]
    rule: str
    has_refused: bool
    stops: StopsView | None = None
    refused: Sequence[Refusal] = ()
    questions: Questions | None = None
    page: Page | None = None
    errors: Mapping[str, str] = field(default_factory=dict)


def facts(
    row: Import, seat: Seat, by: str, *, has_brought: bool, has_refused: bool, tells_figures: bool
) -> dict[str, Any]:
    """What stands on the page whatever the import's state."""
    return {
        "id": str(row.id),
        "name": row.name,
        "size": _size(row.size),
        "state": row.status.value,
        "words": views.words_of(row),
        "account": seat.account.name,
        "account_id": str(seat.account.id),
        "currency": seat.account.base_currency,
        "opened_on": seat.account.opened_on,
        "starting_balance": seat.account.starting_balance,
        "format": views.title_of(row.format),
        "format_name": row.format,
        "is_file": bool(row.sha256),
        "by": by,
        "at": row.created_at,
        "finished_at": row.finished_at,
        "undone_at": row.undone_at,
        "error": "" if jottings.is_assuming(row.counts) else row.error,
        "may_act": seat.may_trade,
        "may_undo": seat.may_trade and row.status in acts.UNDONE_IN and (has_brought or row.status is _S.DONE),
        "may_discard": seat.may_trade and row.status in acts.DISCARDED_IN and not has_brought,
        "may_compare": seat.may_trade and tells_figures and row.status in (_S.READY, _S.DONE),
        "has_brought": has_brought,
        "progress": progress(row),
        "figures": figures(row),
        "options": row.options,
        "rule": choices.rule_words(row.options.get("stop_rule"), seat.account.base_currency),
        "has_refused": has_refused,
    }


def _size(octets: int) -> str:
    """A file's size as people say it; empty for none."""
    if octets >= 1_000_000:
        return f"{octets / 1_000_000:,.1f} MB"
    return f"{octets / 1000:,.1f} KB" if octets else ""


def progress(row: Import) -> Progress | None:
    """How far the work on it is."""
    match row.status:
        case _S.READING if row.counts.get(jottings.PHASE) == jottings.COMPARING:
            return Progress("Comparing with your books", row.done, row.total, "fills")
        case _S.READING:
            return Progress("Reading", row.done, row.total, "lines")
        case _S.BOOKING if jottings.is_assuming(row.counts):
            return Progress("Assuming stops", row.done, row.total, "trades")
        case _S.BOOKING:
            return Progress("Writing to your books", row.done, row.total, "fills")
        case _S.UNDOING:
            return Progress("Taking it out of your books", row.done, row.total, "records")
        case _:
            return None


def figures(row: Import) -> Figures | None:
    """What is in it, as far as it is known."""
    counts = row.counts
    if "fills_new" not in counts:
        return None
    symbols = counts.get("symbols") or []
    return Figures(
        counts=counts,
        first_on=_day(counts.get("first_on")),
        last_on=_day(counts.get("last_on")),
        opens_on=_day(counts.get("opens_on")),
        symbols=symbols[:_SHOWN_SYMBOLS],
        more_symbols=max(0, len(symbols) - _SHOWN_SYMBOLS),
        is_booked=row.status in (_S.DONE, _S.UNDOING, _S.UNDONE) or jottings.is_assuming(counts),
    )


def stops(row: Import) -> StopsView | None:
    """Whose the stops of its trades are; None where it made no trade."""
    found = looking.stops_of(row)
    if not any(found):
        return None
    error = row.error if jottings.is_assuming(row.counts) else ""
    return StopsView(*found, without_bars=row.counts.get("stops_without_bars", 0), error=error)


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
