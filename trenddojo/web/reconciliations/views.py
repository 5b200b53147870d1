"""What the pages of comparisons show."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from flask import url_for

from trenddojo.domain.mends import Way, cash_kind, way_of
from trenddojo.domain.reconciling import Finding, Matter
from trenddojo.services.reconciling.comparing import findings_of
from trenddojo.services.reconciling.mending import standing_mend
from trenddojo.services.reconciling.words import CAUSES, MATTERS, told, why
from trenddojo.store.models import Reconciliation
from trenddojo.web.format import as_typed, signed, signed_quantity
from trenddojo.web.forms import Form


@dataclass(frozen=True, slots=True)
class Row:
    """One figure on both sides. `place` names it; `note` is why its difference stands, `mend_id` what mended it.

    `way` is what a mend books: units bought or sold (`side`) in a `currency` as far as the broker told it, a split, or
    cash of a `kind`; `look` leads to where what is wrong is corrected, for what no booking mends.
    """

    place: int
    matter: str
    name: str
    ours: str
    theirs: str
    difference: str
    cause: str
    why: str
    note: str
    mend_id: str
    way: str
    form: Form
    side: str
    currency: str
    kind: str
    look: str
    look_word: str

    @property
    def is_open(self) -> bool:
        """Whether its difference is neither accepted nor mended."""
        return bool(self.cause) and not self.note and not self.mend_id


@dataclass(frozen=True, slots=True)
class Shown:
    """A comparison: what differs, then what agrees."""

    id: str
    source: str
    since: date
    as_of: date
    made_at: datetime
    differing: Sequence[Row]
    matching: Sequence[Row]
    import_id: str

    @property
    def left(self) -> int:
        """How many differences are open."""
        return sum(one.is_open for one in self.differing)


@dataclass(frozen=True, slots=True)
class Listed:
    """A comparison in the list."""

    id: str
    source: str
    since: date
    as_of: date
    made_at: datetime
    matching: int
    differing: int
    open: int


def listed(row: Reconciliation) -> Listed:
    """A comparison's line in the list."""
    mended = {place for place in row.mends if standing_mend(row, int(place)) is not None}
    return Listed(
        id=str(row.id),
        source=row.source,
        since=row.since,
        as_of=row.as_of,
        made_at=row.created_at,
        matching=row.matching,
        differing=row.differing,
        open=row.differing - len(mended.union(row.notes)),
    )


def shown(row: Reconciliation, typed: Form | None = None, place: int | None = None) -> Shown:
    """A comparison whole; `typed` is the form that was sent about the finding at `place`, if one was."""
    rows = [_row(row, number, one, typed if number == place else None) for number, one in enumerate(findings_of(row))]
    return Shown(
        id=str(row.id),
        source=row.source,
        since=row.since,
        as_of=row.as_of,
        made_at=row.created_at,
        differing=[one for one in rows if one.cause],
        matching=[one for one in rows if not one.cause],
        import_id=str(row.import_id or ""),
    )


def _row(row: Reconciliation, place: int, one: Finding, typed: Form | None) -> Row:
    way, kind, mended = way_of(one), cash_kind(one), standing_mend(row, place)
    look, look_word = _look(row, one) if one.cause and way is None else ("", "")
    return Row(
        place=place,
        matter=MATTERS[one.matter],
        name=one.name,
        ours=told(one, one.ours),
        theirs=told(one, one.theirs),
        difference=_apart(one) if one.cause else "",
        cause=CAUSES[one.cause] if one.cause else "",
        why=why(one),
        note=row.notes.get(str(place), ""),
        mend_id=str(mended.id) if mended else "",
        way=way.value if way else "",
        form=typed or Form(_values(row, one, way)),
        side="bought" if one.difference > 0 else "sold",
        currency=(row.findings[place]["contract"] or {}).get("currency", ""),
        kind=kind.value if kind else "",
        look=look,
        look_word=look_word,
    )


def _apart(one: Finding) -> str:
    """How far their figure is from ours, with its sign."""
    return signed_quantity(one.difference) if one.matter is Matter.POSITION else signed(one.difference)


def _look(row: Reconciliation, one: Finding) -> tuple[str, str]:
    """Where a person looks at what is wrong in the books: the trades in a symbol, or the account's cash."""
    if one.matter is Matter.REALISED:
        return url_for("trades.index", q=one.name.partition(" ")[0], account=row.account_id), "Look at the trades"
    return url_for("cash.index"), "Look at the cash"


def _values(row: Reconciliation, one: Finding, way: Way | None) -> dict[str, str]:
    """What a mend would book, as far as the figures tell. The date of a split they do not."""
    on = row.as_of.isoformat()
    match way:
        case Way.SPLIT:
            new, old = one.ratio or ("", "")
            return {"numerator": str(new), "denominator": str(old)}
        case Way.FILL:
            return {"on": on, "quantity": as_typed(abs(one.difference))}
        case Way.CASH:
            is_signed = one.matter in (Matter.FEES, Matter.INTEREST, Matter.DIVIDENDS)
            return {"on": on, "amount": as_typed(one.difference if is_signed else abs(one.difference))}
        case None:
            return {}
