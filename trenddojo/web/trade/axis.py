"""Where moments stand on a trade's chart: on days, or on the hours of its bars."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

from trenddojo.domain.bars import LONGEST_GAP, Bar
from trenddojo.domain.coverage import date_of_daily
from trenddojo.domain.equity import local_date
from trenddojo.domain.terms import Timeframe

_HOUR = 3600
_BEFORE = {Timeframe.DAY: timedelta(days=60), Timeframe.HOUR: timedelta(days=4)}
"""The least of what came before a trade that is drawn with it."""


@dataclass(frozen=True, slots=True)
class Axis:
    """The bars of a chart in order, of one length; without any its days are those of `zone`, the account's."""

    zone: tzinfo
    timeframe: Timeframe = Timeframe.DAY
    bars: Sequence[Bar] = ()

    def at(self, moment: datetime) -> str | int:
        """The bar that a moment lies in or follows: its date, of an hour its start in seconds since 1970.

        A moment far from any bar stands on its own day or hour.
        """
        index = bisect_right(self.bars, moment, key=_start) - 1
        is_last = index == len(self.bars) - 1
        if index < 0 or moment - self.bars[index].start > LONGEST_GAP or (is_last and moment >= self.bars[index].end):
            return self._own(moment)
        return self.of(self.bars[index])

    def of(self, bar: Bar) -> str | int:
        """Where a bar stands."""
        if self.timeframe is Timeframe.DAY:
            return date_of_daily(bar.start).isoformat()
        return int(bar.start.timestamp())

    def _own(self, moment: datetime) -> str | int:
        if self.timeframe is Timeframe.DAY:
            return local_date(moment, self.zone).isoformat()
        return int(moment.timestamp()) // _HOUR * _HOUR


def drawn(timeframe: Timeframe, start: datetime, end: datetime) -> tuple[datetime, datetime]:
    """From when to when bars are drawn of a trade that ran from `start` to `end`: a third more, most of it before."""
    before = max(_BEFORE[timeframe], (end - start) / 3)
    return start - before, end + before / 4


def _start(bar: Bar) -> datetime:
    return bar.start
