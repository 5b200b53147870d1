"""The counts of a stage, gathered instrument by instrument."""

from collections import Counter
from collections.abc import Iterable
from datetime import date

from trenddojo.domain.equity import local_date
from trenddojo.services.imports.cash_lines import Movement
from trenddojo.services.imports.counts import Counts
from trenddojo.services.imports.courses import KNOWN, NEW, REFUSED, SKIPPED, Course
from trenddojo.services.imports.ground import Ground
from trenddojo.statements.spooled import Verdict

MOST_SYMBOLS = 2_000
"""Symbols that are named; a statement of more says that of the first."""


class Tally:
    """What was found so far."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground
        self._of: Counter[tuple[str, str]] = Counter()
        self._symbols: set[str] = set()
        self._first: date | None = None
        self._last: date | None = None
        self._begins: date | None = None
        self.trades_made = self.trades_joined = self.fees_estimated = 0

    def add(self, course: Course) -> None:
        """One instrument."""
        self.judge(course.others)
        if len(self._symbols) < MOST_SYMBOLS:
            self._symbols.add(course.facts.symbol)
        for one in course.found:
            on, said = local_date(one.told.fill.at, self._ground.zone), course.verdict_on(one)
            self.judge([said])
            self.reach(on)
            if said.verdict == NEW:
                self.bring(on)
                self.fees_estimated += one.told.fill.fee_estimated
        for piece in (piece for cluster in course.clusters for piece in cluster.pieces):
            if not piece.kept and piece.entry(piece.trip.fills[0]).told is not None:
                self.trades_made += 1
            elif piece.new:
                self.trades_joined += 1

    def judge(self, verdicts: Iterable[Verdict]) -> None:
        """Verdicts of any kind."""
        for one in verdicts:
            self._of[one.kind, one.verdict] += 1

    def cash(self, judged: Iterable[tuple[Verdict, Movement | None]]) -> None:
        """Lines of cash, with what is new of them."""
        for verdict, movement in judged:
            self.judge([verdict])
            if movement is not None:
                self.bring(movement.line.on)

    def reach(self, on: date) -> None:
        """A fill's date."""
        self._first = on if self._first is None else min(self._first, on)
        self._last = on if self._last is None else max(self._last, on)

    def bring(self, on: date) -> None:
        """The date of something new."""
        self._begins = on if self._begins is None else min(self._begins, on)

    @property
    def _opens_on(self) -> date | None:
        """The first day of what is new, where the account opened later."""
        begins = self._begins
        return begins if begins is not None and begins < self._ground.opened_on else None

    def counts(self, skipped: int) -> Counts:
        """All of it; `skipped` lines said nothing for the books."""
        of = self._of
        return Counts(
            fills_new=of["fill", NEW],
            fills_known=of["fill", KNOWN],
            fills_refused=of["fill", REFUSED],
            lines_skipped=skipped + sum(count for (_, verdict), count in of.items() if verdict == SKIPPED),
            trades_made=self.trades_made,
            trades_joined=self.trades_joined,
            cash_new=of["cash", NEW],
            cash_known=of["cash", KNOWN],
            splits_new=of["split", NEW],
            splits_known=of["split", KNOWN],
            labels=of["label", NEW],
            fees_estimated=self.fees_estimated,
            first_on=self._first,
            last_on=self._last,
            opens_on=self._opens_on,
            symbols=tuple(sorted(self._symbols)),
        )
