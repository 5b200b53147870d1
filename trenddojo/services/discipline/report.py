"""The whole discipline report of an account over a period: every figure of its page and of the API, computed here."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID

from trenddojo.services.discipline.cases import Prices, cases_of, first_moment
from trenddojo.services.discipline.checklists import Scores, scores
from trenddojo.services.discipline.pyramids import Pyramids, pyramids
from trenddojo.services.discipline.sizing_drift import Drifts, drifts
from trenddojo.services.discipline.skipped import Skipped, skipped_between
from trenddojo.services.discipline.slipped import Slipped, slipped
from trenddojo.services.discipline.stop_moves import Moves, Overrides, moves_of, overrides_of
from trenddojo.services.reports import within
from trenddojo.store.seats import Seat

_BEFORE = timedelta(days=7)
"""Prices are read from a last close before everything."""


@dataclass(frozen=True, slots=True)
class Discipline:
    """The report. Money is in cents of `currency`, but for effects of stops, which are in the instrument's.

    `trades` were closed in the period, of which the last `counted` are in every figure.
    """

    account_id: UUID
    currency: str
    since: date
    until: date
    trades: int
    counted: int
    moves: Moves
    overrides: Overrides
    skipped: Skipped
    slipped: Slipped
    scores: Scores
    drifts: Drifts
    pyramids: Pyramids

    @property
    def is_cut(self) -> bool:
        """Whether there are more trades than one report reads."""
        return self.counted < self.trades


def discipline(seat: Seat, since: date | None, until: date | None, now: datetime) -> Discipline:
    """The report on an account from `since` (None: its beginning) to `until` (None: today), both included.

    Raises Invalid for a first day in the future.
    """
    first, last = within(seat, since, until, now)
    cases, count = cases_of(seat, first, last)
    begins = datetime.combine(first, time(), seat.zone)
    prices = Prices(seat.account, first_moment(cases, begins) - _BEFORE, now)
    return Discipline(
        account_id=seat.account.id,
        currency=seat.account.base_currency,
        since=first,
        until=last,
        trades=count,
        counted=len(cases),
        moves=moves_of(cases, prices),
        overrides=overrides_of(cases, prices),
        skipped=skipped_between(seat, first, last, cases, prices),
        slipped=slipped(cases),
        scores=scores(cases, seat.account.breakeven_band),
        drifts=drifts(cases),
        pyramids=pyramids(cases),
    )
