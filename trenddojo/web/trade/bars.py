"""The bars under a trade's chart in words and rows, for whoever does not see it drawn."""

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from trenddojo.domain.bars import Bar
from trenddojo.domain.coverage import date_of_daily
from trenddojo.domain.equity import local_date
from trenddojo.domain.terms import Timeframe
from trenddojo.store.bars import Series

LENGTHS = ((Timeframe.DAY, "Days"), (Timeframe.HOUR, "Hours"))
_ROWS = 60


@dataclass(frozen=True, slots=True)
class BarRow:
    """One bar, and the date it belongs to."""

    day: date
    bar: Bar


@dataclass(frozen=True, slots=True)
class ShownBars:
    """What is drawn: of which length, told by whom and when, and the newest as rows, newest first, of so many.

    Hours are written in `zone`, the viewer's.
    """

    zone: ZoneInfo
    today: date
    timeframe: Timeframe
    choices: tuple[tuple[Timeframe, str], ...]
    told_by: str
    fetched_at: datetime | None
    rows: list[BarRow]
    count: int


def shown_bars(timeframe: Timeframe, found: Series, zone: ZoneInfo, now: datetime) -> ShownBars:
    """The bars that are drawn."""
    rows = [BarRow(_date_of(bar, zone), bar) for bar in reversed(found.bars[-_ROWS:])]
    told_by = " and ".join(one if "." in one else one.replace("_", " ").title() for one in found.sources)
    today = local_date(now, zone)
    return ShownBars(zone, today, timeframe, LENGTHS, told_by, found.fetched_at, rows, len(found.bars))


def _date_of(bar: Bar, zone: ZoneInfo) -> date:
    return date_of_daily(bar.start) if bar.timeframe is Timeframe.DAY else local_date(bar.start, zone)
