"""The list of what was brought in, as the page shows it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from trenddojo.domain.terms import ImportStatus
from trenddojo.services.imports import broker, jottings
from trenddojo.services.imports.listing import Listed
from trenddojo.statements import registry
from trenddojo.store.models import Import
from trenddojo.store.seats import Seat

_S = ImportStatus
WORDS = {
    _S.RECEIVED: "needs an answer",
    _S.READING: "reading",
    _S.READY: "ready to import",
    _S.BOOKING: "importing",
    _S.DONE: "imported",
    _S.FAILED: "failed",
    _S.UNDOING: "being undone",
    _S.UNDONE: "undone",
}
_CHIPS = {_S.RECEIVED: "warn", _S.FAILED: "warn", _S.READY: "open", _S.UNDONE: "line"}
AT_WORK = (_S.READING, _S.BOOKING, _S.UNDOING)


@dataclass(frozen=True, slots=True)
class Sent:
    """A file that was just sent: where it is looked at, or why it was not kept."""

    name: str
    href: str = ""
    is_known: bool = False
    problem: str = ""


@dataclass(frozen=True, slots=True)
class ImportRow:
    """One import in the list."""

    id: str
    name: str
    account: str
    format: str
    state: str
    chip: str
    at: datetime
    by: str
    figures: str
    may_undo: bool
    is_at_work: bool


def rows(found: Listed, seats: Sequence[Seat]) -> list[ImportRow]:
    """A page of imports."""
    by_account = {seat.account.id: seat for seat in seats}
    return [_row(row, by_account[row.account_id], by) for row, by in found.rows]


def _row(row: Import, seat: Seat, by: str) -> ImportRow:
    return ImportRow(
        id=str(row.id),
        name=row.name,
        account=seat.account.name,
        format=title_of(row.format),
        state=words_of(row),
        chip=_CHIPS.get(row.status, ""),
        at=row.created_at,
        by=by,
        figures=figures(row),
        may_undo=seat.may_trade and row.status is _S.DONE,
        is_at_work=row.status in AT_WORK,
    )


def words_of(row: Import) -> str:
    """What an import's state is called."""
    return "assuming stops" if row.status is _S.BOOKING and jottings.is_assuming(row.counts) else WORDS[row.status]


def title_of(name: str) -> str:
    """What a format is called; empty for none."""
    titles = {one.name: one.title for one in (*registry.FORMATS, broker.FORMAT)}
    return titles.get(name, name)


def figures(row: Import) -> str:
    """What is in it in a line, as far as it is known."""
    counts = row.counts
    if "fills_new" not in counts:
        return ""
    parts = [counted(counts["fills_new"], "new fill")]
    parts += [f"{counts['fills_known']:,} here already"] if counts["fills_known"] else []
    parts += [counted(counts["cash_new"], "movement") + " of cash"] if counts["cash_new"] else []
    refused = counts.get(jottings.REFUSED, 0)
    parts += [f"{refused:,} refused"] if refused else []
    return ", ".join(parts)


def counted(number: Any, noun: str) -> str:
    """A number with its noun: 1 fill, 2 fills."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def told(taken: Iterable[Sent]) -> str:
    """What became of the files that were sent, in a sentence."""
    sent = list(taken)
    known = sum(one.is_known for one in sent)
    if known == len(sent):
        return "This file is here already: nothing was added." if known == 1 else "All of them are here already."
    text = f"{counted(len(sent) - known, 'file')} received."
    return f"{text} {known:,} {'was' if known == 1 else 'were'} here already." if known else text


def may_ask(seat: Seat) -> bool:
    """Whether the account's broker can be asked for its past by this person."""
    return seat.may_trade and broker.can_tell(seat.account)
