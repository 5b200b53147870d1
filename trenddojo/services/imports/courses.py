"""One instrument of a statement, compared with the books: what each of its lines is, and what has to be written."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from trenddojo.domain.fills import Fill
from trenddojo.domain.money import ZERO
from trenddojo.domain.splits import Split
from trenddojo.services.imports import labelling
from trenddojo.services.imports.arranging import Arrangement, Cluster, arranged, held_then
from trenddojo.services.imports.contracts import Group, instrument_of, terms_of
from trenddojo.services.imports.cutting import WHOLE, Part, is_enough, parts, require_bearable
from trenddojo.services.imports.facts import Facts, facts_of, facts_of_new
from trenddojo.services.imports.ground import Ground
from trenddojo.services.imports.labelling import Label
from trenddojo.services.imports.match import Match
from trenddojo.services.imports.matching import matched
from trenddojo.services.imports.told import CONTENT, Reader, Refused, Told
from trenddojo.statements import spooled
from trenddojo.statements.lines import LabelLine
from trenddojo.statements.spool import Spool
from trenddojo.statements.spooled import Spooled, Verdict
from trenddojo.store import import_books
from trenddojo.store.database import discard, reading
from trenddojo.store.import_books import StoredFill
from trenddojo.store.seats import Seat

NEW, KNOWN, REFUSED, SKIPPED = "new", "known", "refused", "skipped"
FILL = "fill"
"""The kind of a verdict on a fill."""


@dataclass(frozen=True, slots=True)
class Course:
    """What becomes of one instrument's lines, of those before `until` and after the stretch that came before, if any.

    `elsewhere` are symbols by the names of fills, `refused` says why lines are, by their row. `others` are the verdicts
    on lines that are no fills of it; those on its fills, of which there may be very many, are told when asked for.
    """

    group: Group
    facts: Facts
    ground: Ground
    clusters: Sequence[Cluster]
    found: Sequence[Match]
    elsewhere: Mapping[str, str]
    refused: Mapping[int, str]
    others: Sequence[Verdict]
    labels: Sequence[Label]
    until: datetime | None

    @property
    def size(self) -> int:
        """How many verdicts there are."""
        return len(self.others) + len(self.found)

    @property
    def verdicts(self) -> Iterator[Verdict]:
        """What each line is."""
        yield from self.others
        yield from map(self.verdict_on, self.found)

    def verdict_on(self, one: Match) -> Verdict:
        """What one of its fills is."""
        verdict, detail = _said(one, self.elsewhere, self.refused, self.ground)
        return Verdict(one.told.line, FILL, one.told.row, verdict, detail)


class _Stretch:
    """One instrument's lines and what the books have of it, from where nothing is held to where that is so again."""

    def __init__(self, spool: Spool, group: Group, ground: Ground, seat: Seat, splits: Sequence[Split]) -> None:
        self._spool, self._group, self._ground, self._seat, self._splits = spool, group, ground, seat, splits
        self.facts: Facts | None = None
        self.found: list[Match] = []
        self.others: list[Verdict] = []
        self.elsewhere: dict[str, str] = {}
        self.held = ZERO

    def read(self, part: Part) -> Facts:
        """Compare one more part with the books, and return the facts of all so far. Leaves no transaction open."""
        ground = self._ground
        with reading():
            facts = _with_splits(_facts(self._group, ground, self._seat, part), self._splits)
            told = lines_of(self._spool, self._group, ground, facts, self.others, part=part)
            found = matched(told, facts.fills, ground, facts.identity)
            self.elsewhere |= _elsewhere(found, facts, ground)
            discard()
        self.held = held_then(facts, self._fresh(found), part, self.held, begun=_begun(found, ground))
        self.found += found
        self.facts = facts if self.facts is None else self.facts.with_later(facts)
        return self.facts

    def arranged(self, facts: Facts) -> Arrangement:
        """All of it as trades."""
        return arranged(facts, list(self._fresh(self.found)), self._ground, _begun(self.found, self._ground))

    def _fresh(self, found: Iterable[Match]) -> Iterator[Told]:
        return (one.told for one in found if one.is_open and one.told.fill.key not in self.elsewhere)


def course_of(
    spool: Spool,
    group: Group,
    ground: Ground,
    seat: Seat,
    *,
    splits: Sequence[Split] = (),
    cuts: Sequence[datetime] = (),
    since: datetime | None = None,
) -> Course:
    """Compare one instrument's lines with the books, holding no transaction when it returns.

    `splits` are those that the statement tells of, while the books do not have them yet. Where it may be cut, that is
    from one of the `cuts` or the beginning to the next one at which nothing is held. Raises Conflict where it may not
    be cut there any more, or is too long from there on.
    """
    stretch = _Stretch(spool, group, ground, seat, splits)
    for part in parts(cuts, since):
        facts, until = stretch.read(part), part[1]
        require_bearable(len(stretch.found), len(facts.fills), facts.symbol)
        if until is not None and (stretch.held or not is_enough(len(stretch.found), len(facts.fills))):
            continue
        arrangement = stretch.arranged(facts)
        if until is None or arrangement.is_flat:
            break
    others, labels = stretch.others, list[Label]()
    for verdict, label in _labels(spool, stretch.found, ground):
        others.append(verdict)
        labels += [label] if verdict.verdict == NEW else []
    return Course(
        group=group,
        facts=facts,
        ground=ground,
        clusters=arrangement.clusters,
        found=stretch.found,
        elsewhere=stretch.elsewhere,
        refused=arrangement.refused,
        others=others,
        labels=labels,
        until=until,
    )


def _facts(group: Group, ground: Ground, seat: Seat, part: Part) -> Facts:
    instrument = instrument_of(group, ground)
    if instrument is None:
        return replace(facts_of_new(seat.account, terms_of(group, ground)), is_part=part != WHOLE)
    return facts_of(seat.account, instrument, part)


def _with_splits(facts: Facts, told: Sequence[Split]) -> Facts:
    known = {split.at for split in facts.splits}
    return replace(facts, splits=(*facts.splits, *(split for split in told if split.at not in known)))


def lines_of(
    spool: Spool, group: Group, ground: Ground, facts: Facts, verdicts: list[Verdict], *, part: Part = WHOLE
) -> Iterator[Told]:
    """The lines of an instrument as fills; verdicts on those that are none are added to `verdicts`."""
    reader = Reader(ground, facts.currency, facts.multiplier, facts.commission)
    for one in spooled.fills(spool, group.numbered, *part):
        if ground.options.account not in ("", one.said.account):
            verdicts.append(Verdict(one.said.line, FILL, one.row, SKIPPED, f"Of the account {one.said.account}."))
            continue
        try:
            yield reader.told(one)
        except Refused as why:
            verdicts.append(Verdict(one.said.line, FILL, one.row, REFUSED, str(why)))


def _elsewhere(found: Sequence[Match], facts: Facts, ground: Ground) -> dict[str, str]:
    """Names that fills of other instruments of the account have, with their symbols."""
    keys = (one.told.fill.key for one in found if one.same is None)
    names = {key for key in keys if not key.startswith(CONTENT)} - {row.key for row in facts.fills}
    return import_books.kept_keys(ground.account_id, names)


def _begun(found: Sequence[Match], ground: Ground) -> dict[str, Fill]:
    """What this import has booked already."""
    mine = ((one.same, one.told.fill) for one in found)
    return {row.key: fill for row, fill in mine if row is not None and row.import_id == ground.import_id}


def _labels(spool: Spool, found: Sequence[Match], ground: Ground) -> list[tuple[Verdict, Label]]:
    """What the statement says about the trades of these fills."""
    keys = {
        one.told.line: one.same.key if one.same else one.told.fill.key
        for one in found
        if not (one.why_not or one.within)
    }
    labels = spooled.labels_at(spool, list(keys))
    if not labels:
        return []
    with reading():
        judged = [_label(one, keys[one.said.line], ground) for one in labels]
        discard()
    return judged


def _label(one: Spooled[LabelLine], key: str, ground: Ground) -> tuple[Verdict, Label]:
    label = Label(ground.import_id, key, one.said.note, one.said.tags)
    is_there = labelling.is_there(ground.account_id, label)
    return Verdict(one.said.line, "label", one.row, KNOWN if is_there else NEW), label


def _said(one: Match, elsewhere: Mapping[str, str], refused: Mapping[int, str], ground: Ground) -> tuple[str, str]:
    if one.why_not:
        return REFUSED, one.why_not
    if one.twice:
        return KNOWN, f"The same as line {one.twice}."
    if one.within:
        return KNOWN, one.within
    if one.same is not None:
        return _known(one.same, ground)
    if symbol := elsewhere.get(one.told.fill.key):
        return KNOWN, f"Recorded as a fill of {symbol}."
    why = refused.get(one.told.row)
    return (REFUSED, why) if why else (NEW, "")


def _known(row: StoredFill, ground: Ground) -> tuple[str, str]:
    """What this very import booked before it was stopped is as new as the rest."""
    if row.import_id == ground.import_id:
        return NEW, ""
    if not row.counts:
        return KNOWN, "It was deleted since."
    if row.import_id is not None:
        return KNOWN, "Brought by an earlier import."
    return KNOWN, "Recorded by hand." if row.order_id is None and row.root_id is None else "Told by the broker."
