"""The checklist scored by outcome: trades whose plan had an item ticked beside those whose had it not."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from trenddojo.domain.samples import Difference, difference
from trenddojo.domain.statistics import Tally
from trenddojo.services.breakdowns import FEW
from trenddojo.services.discipline.cases import Case
from trenddojo.store.models import Trade


@dataclass(frozen=True, slots=True)
class Scored:
    """One item, as it read last: the closed trades with and without it, and by how much their mean R differs."""

    item_id: UUID
    text: str
    required: bool
    ticked: Tally
    unticked: Tally
    difference: Difference | None

    @property
    def is_few(self) -> bool:
        """Whether nothing can be concluded: under 30 trades with R on a side, or an interval that contains 0."""
        few = min(self.ticked.with_r, self.unticked.with_r) < FEW
        return few or self.difference is None or self.difference.spans_zero


@dataclass(frozen=True, slots=True)
class Scores:
    """The items that closed trades answered; `unanswered` trades had no checklist."""

    items: tuple[Scored, ...]
    unanswered: int


def scores(cases: Sequence[Case], band: Decimal) -> Scores:
    """Score every item by the trades that answered it; breakevens lie within `band`. Most answers first."""
    answered: defaultdict[UUID, list[tuple[Trade, bool]]] = defaultdict(list)
    words: dict[UUID, tuple[str, bool]] = {}
    for case in cases:
        for answer in case.answers:
            answered[answer.item_id].append((case.trade, answer.checked))
            words[answer.item_id] = answer.text, answer.required
    items = [_scored(item_id, *words[item_id], trades, band) for item_id, trades in answered.items()]
    items.sort(key=lambda item: (-item.unticked.trades, -item.ticked.trades, item.text))
    return Scores(tuple(items), sum(not case.answers for case in cases))


def _scored(item_id: UUID, text: str, required: bool, trades: Iterable[tuple[Trade, bool]], band: Decimal) -> Scored:
    sides: dict[bool, list[tuple[Decimal, Decimal | None]]] = {True: [], False: []}
    for trade, is_ticked in trades:
        sides[is_ticked].append((trade.realised, trade.r))
    ticked, unticked = ([r for _, r in sides[side] if r is not None] for side in (True, False))
    tallies = Tally.over(sides[True], band), Tally.over(sides[False], band)
    return Scored(item_id, text, required, *tallies, difference(ticked, unticked))
