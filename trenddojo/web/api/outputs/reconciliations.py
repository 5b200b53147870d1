"""How comparisons of books and broker are written."""

from datetime import date, datetime
from uuid import UUID

from trenddojo.domain.mends import Way, way_of
from trenddojo.domain.reconciling import Cause, Finding, Matter
from trenddojo.services.reconciling.comparing import findings_of
from trenddojo.services.reconciling.mending import standing_mend
from trenddojo.store.models import Reconciliation
from trenddojo.web.api.outputs.base import Exact, Output


class FindingOut(Output):
    """One figure on both sides: units of a position, named by its instrument, money of all else.

    `cause` is the likely one of a difference, null where both agree; `ratio` that of a likely split, new for old.
    `mend` is what could be booked about it, `reason` why somebody accepted it, `mended_by` the import that mended it.
    """

    place: int
    matter: Matter
    name: str
    ours: Exact
    theirs: Exact
    difference: Exact
    cause: Cause | None
    ratio: list[int] | None
    mend: Way | None
    reason: str | None
    mended_by: UUID | None


class ComparisonRow(Output):
    """A comparison in a list: beside what, over which span of local dates, and how many figures agree and differ."""

    id: UUID
    account_id: UUID
    import_id: UUID | None
    source: str
    since: date
    as_of: date
    matching: int
    differing: int
    created_at: datetime


class ComparisonOut(ComparisonRow):
    """A comparison with each of its figures."""

    findings: list[FindingOut]


class ComparisonPage(Output):
    """Comparisons, the latest first; `next` is the address of the page that follows, null at the end."""

    items: list[ComparisonRow]
    next: str | None


def comparison_out(row: Reconciliation) -> ComparisonOut:
    """A comparison whole."""
    fields = {name: getattr(row, name) for name in ComparisonRow.model_fields}
    return ComparisonOut(findings=[_out(row, place, one) for place, one in enumerate(findings_of(row))], **fields)


def _out(row: Reconciliation, place: int, one: Finding) -> FindingOut:
    mended = standing_mend(row, place)
    return FindingOut(
        place=place,
        matter=one.matter,
        name=one.name,
        ours=one.ours,
        theirs=one.theirs,
        difference=one.difference,
        cause=one.cause,
        ratio=list(one.ratio) if one.ratio else None,
        mend=way_of(one),
        reason=row.notes.get(str(place)),
        mended_by=mended.id if mended else None,
    )
