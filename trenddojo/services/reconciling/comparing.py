"""A comparison of an account's books with what its broker tells: made, kept, and looked back at."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from trenddojo.domain.reconciling import Cause, Finding, Matter, compare
from trenddojo.services.errors import Conflict, Forbidden, Invalid, NotFound
from trenddojo.services.imports import looking
from trenddojo.services.reconciling.contracts import contract_as_json
from trenddojo.services.reconciling.ours import our_figures
from trenddojo.services.reconciling.theirs import Told, of_broker, of_statement
from trenddojo.services.records import exact
from trenddojo.statements.lines import Contract
from trenddojo.statements.spool import Spool
from trenddojo.store import accounts, imports, reconciliations
from trenddojo.store.database import db
from trenddojo.store.models import Import, Reconciliation
from trenddojo.store.seats import Seat

PAGE = 30
_LATEST = 10
"""Statements that are looked through for figures."""
GONE = "What was read of this statement is not on this server any more. Bring it again."
_LONGEST_REASON = 500


@dataclass(frozen=True, slots=True)
class Listed:
    """One page of comparisons, the latest first; `older` is where the next page begins."""

    rows: tuple[Reconciliation, ...]
    older: UUID | None


@dataclass(frozen=True, slots=True)
class _Source:
    """Who told: the broker's API, or a statement."""

    name: str
    import_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Difference:
    """A difference that a comparison found, its `place` among the findings, and whoever asks about it."""

    seat: Seat
    row: Reconciliation
    place: int
    finding: Finding


def compare_statement(seat: Seat, statement: Import, now: datetime, key: UUID | None = None) -> Reconciliation:
    """Set the books beside a statement that was read. Sent a second time with the same `key`, it finds the first.

    Raises Forbidden, and Conflict where it tells no figures, or is not on this server any more.
    """
    may_reconcile(seat)
    path = looking.spool_of(statement)
    if path is None:
        raise Conflict(GONE)
    with Spool(path) as spool:
        told = of_statement(seat.account, spool, str(statement.options.get("account") or ""))
    return _kept(seat, told, _Source(statement.name, statement.id), now, key)


def compare_broker(seat: Seat, now: datetime, key: UUID | None = None) -> Reconciliation:
    """Set the books beside what the broker's API last told; `key` as in `compare_statement`.

    Raises Forbidden, and Conflict before it told anything.
    """
    may_reconcile(seat)
    return _kept(seat, of_broker(seat), _Source("API"), now, key)


def statements(seat: Seat) -> list[Import]:
    """The account's latest statements that tell figures, as far as they are on this server."""
    found = (row for row, _ in imports.listed([seat], None, _LATEST))
    return [row for row in found if looking.tells_figures(row)]


def _kept(seat: Seat, told: Told, source: _Source, now: datetime, key: UUID | None) -> Reconciliation:
    accounts.lock(seat.account)
    if key is not None and (before := reconciliations.by_id(key)) is not None:
        return before
    theirs = told.figures
    found = compare(our_figures(seat, theirs.since, theirs.as_of), theirs)
    differing = sum(not one.matches for one in found)
    row = Reconciliation(
        id=key or uuid4(),
        account_id=seat.account.id,
        import_id=source.import_id,
        source=source.name,
        since=theirs.since,
        as_of=theirs.as_of,
        findings=[_as_json(one, told.contracts) for one in found],
        notes={},
        mends={},
        matching=len(found) - differing,
        differing=differing,
        created_by=seat.user.id,
        created_at=now,
    )
    db.session.add(row)
    db.session.commit()
    return row


def comparison_of(seats: Sequence[Seat], reconciliation_id: UUID) -> tuple[Seat, Reconciliation]:
    """A comparison and the seat at its account. Raises NotFound where none of `seats` may see it."""
    row = reconciliations.by_id(reconciliation_id)
    seat = next((one for one in seats if row is not None and one.account.id == row.account_id), None)
    if row is None or seat is None:
        raise NotFound
    return seat, row


def comparisons(seats: Sequence[Seat], before: UUID | None = None, limit: int = PAGE) -> Listed:
    """The comparisons of these accounts from `before` (None: the latest) backwards. Raises NotFound."""
    last = comparison_of(seats, before)[1] if before else None
    found = reconciliations.listed([seat.account.id for seat in seats], last, limit + 1)
    page = found[:limit]
    return Listed(tuple(page), page[-1].id if len(found) > limit else None)


def accept(at: Difference, reason: str) -> None:
    """Let a difference stand, with the reason why. Raises Forbidden, and Invalid without a reason."""
    may_reconcile(at.seat)
    said = reason.strip()
    if not said or len(said) > _LONGEST_REASON:
        raise Invalid({"reason": f"Say why this difference may stand, in at most {_LONGEST_REASON} characters."})
    at.row.notes = {**at.row.notes, str(at.place): said}
    db.session.commit()


def difference_at(seat: Seat, row: Reconciliation, place: int) -> Difference:
    """The difference at a place. Raises NotFound where there is no figure, or both sides agree."""
    found = _finding(row.findings[place]) if 0 <= place < len(row.findings) else None
    if found is None or found.matches:
        raise NotFound
    return Difference(seat, row, place, found)


def may_reconcile(seat: Seat) -> None:
    """Raises Forbidden for somebody who may only look."""
    if not seat.may_trade:
        raise Forbidden(f"You may look at {seat.account.name}, but not reconcile it.")


def findings_of(row: Reconciliation) -> tuple[Finding, ...]:
    """What a comparison found, in its order; a finding's place in it names it."""
    return tuple(map(_finding, row.findings))


def _as_json(one: Finding, contracts: Mapping[str, Contract]) -> dict[str, Any]:
    contract = contracts.get(one.name) if one.matter is Matter.POSITION else None
    return {
        "matter": one.matter,
        "name": one.name,
        "ours": exact(one.ours),
        "theirs": exact(one.theirs),
        "cause": one.cause,
        "ratio": list(one.ratio) if one.ratio else None,
        "contract": contract_as_json(contract) if contract else None,
    }


def _finding(kept: dict[str, Any]) -> Finding:
    return Finding(
        matter=Matter(kept["matter"]),
        name=kept["name"],
        ours=Decimal(kept["ours"]),
        theirs=Decimal(kept["theirs"]),
        cause=Cause(kept["cause"]) if kept["cause"] else None,
        ratio=tuple(kept["ratio"]) if kept["ratio"] else None,
    )
