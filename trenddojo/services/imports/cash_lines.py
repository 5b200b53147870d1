"""Cash that a statement tells of: which of it is new, by its name or counted by date, kind and amount."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from hashlib import blake2b
from typing import Any
from uuid import uuid5

from trenddojo.domain.equity import local_date
from trenddojo.domain.money import cents
from trenddojo.domain.terms import CashKind
from trenddojo.services.imports.courses import KNOWN, NEW, REFUSED, SKIPPED
from trenddojo.services.imports.ground import Ground
from trenddojo.services.imports.told import CONTENT, Refused
from trenddojo.statements.lines import CashLine
from trenddojo.statements.spooled import Spooled, Verdict
from trenddojo.store import import_books
from trenddojo.store.models import CashMovement

CASH = "cash"
_MOST = Decimal(10) ** 12
_UNSIGNED = (CashKind.DEPOSIT, CashKind.WITHDRAWAL)
Content = tuple[date, CashKind, Decimal]


@dataclass(frozen=True, slots=True)
class Movement:
    """A movement as the books would keep it."""

    line: CashLine
    amount: Decimal
    key: str


class CashReader:
    """Judges the lines of a statement in portions, in its order; equal ones are counted over all of them."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground
        self._equals: Counter[Content] = Counter()
        self._names: set[str] = set()

    def judged(self, lines: Sequence[Spooled[CashLine]]) -> Iterator[tuple[Verdict, Movement | None]]:
        """A verdict on each line, and what is to be written of it; within the caller's transaction."""
        found = [(one, self._movement(one.said)) for one in lines]
        movements = [one for _, one in found if isinstance(one, Movement)]
        stored = _Stored(self._ground, movements)
        for one, movement in found:
            verdict, detail = stored.said(movement) if isinstance(movement, Movement) else movement
            new = movement if isinstance(movement, Movement) and verdict == NEW and not detail else None
            if detail == _OURS:
                detail = ""
            yield Verdict(one.said.line, CASH, one.row, verdict, detail), new

    def _movement(self, said: CashLine) -> Movement | tuple[str, str]:
        if self._ground.options.account not in ("", said.account):
            return SKIPPED, f"Of the account {said.account}."
        try:
            amount = self._amount(said)
        except Refused as why:
            return REFUSED, str(why)
        if said.key and said.key in self._names:
            return KNOWN, "The file tells of it twice."
        self._names |= {said.key} if said.key else set()
        return Movement(said, amount, self._key(said, amount))

    def _amount(self, said: CashLine) -> Decimal:
        """The amount in the account's currency, at the rate of its date. Raises Refused."""
        ground = self._ground
        if said.on > local_date(ground.now, ground.zone):
            raise Refused("This is in the future.")
        fx = ground.fx(said.currency or ground.currency, None, said.on)
        if fx is None:
            raise Refused(f"What 1 {said.currency} was worth in {ground.currency} on {said.on} is not known.")
        amount = cents(said.amount * fx)
        if not amount or abs(amount) >= _MOST:
            raise Refused("Its amount is nothing, or larger than the books can hold.")
        if amount < 0 and said.kind in _UNSIGNED:
            raise Refused(f"A {said.kind} below zero makes no sense.")
        return amount

    def _key(self, said: CashLine, amount: Decimal) -> str:
        if said.key:
            return self._ground.key(said.key)
        content = said.on, said.kind, amount
        self._equals[content] += 1
        words = f"{self._ground.source.family}|cash|{said.on}|{said.kind}|{amount:f}"
        return f"{CONTENT}{blake2b(words.encode(), digest_size=12).hexdigest()}.{self._equals[content] - 1}"


_OURS = "ours"


class _Stored:
    """The books' movements that may be the statement's, each taken once."""

    def __init__(self, ground: Ground, movements: Sequence[Movement]) -> None:
        self._ground = ground
        self._by_key = import_books.cash_with(ground.account_id, [one.key for one in movements])
        self._like: defaultdict[Content, list[str]] = defaultdict(list)
        mine = {one.key for one in movements}
        for row in import_books.cash_on(ground.account_id, {one.line.on for one in movements}):
            may_be = row.deleted_at is None and row.key not in mine and ground.may_tell_the_same(row.import_id)
            if may_be and (row.import_id is None or not self._is_named(row)):
                self._like[row.on, row.kind, row.amount].append(str(row.id))

    def _is_named(self, row: CashMovement) -> bool:
        own = row.import_id is not None and self._ground.sources[row.import_id].family == self._ground.source.family
        return own and not (row.key or "").startswith(CONTENT)

    def said(self, movement: Movement) -> tuple[str, str]:
        if movement.key in self._by_key:
            return (
                (NEW, _OURS) if self._by_key[movement.key] == self._ground.import_id else (KNOWN, "It is here already.")
            )
        like = self._like[movement.line.on, movement.line.kind, movement.amount]
        if like:
            like.pop(0)
            return KNOWN, "The same amount is recorded on that day already."
        return NEW, ""


def row_of(movement: Movement, ground: Ground) -> dict[str, Any]:
    """The row of a movement."""
    said = movement.line
    return {
        "id": uuid5(ground.account_id, f"cash:{ground.import_id}:{movement.key}"),
        "account_id": ground.account_id,
        "on": said.on,
        "kind": said.kind,
        "amount": movement.amount,
        "note": said.note,
        "import_id": ground.import_id,
        "key": movement.key,
        "created_by": ground.source.created_by,
        "created_at": ground.now,
        "deleted_at": None,
    }
