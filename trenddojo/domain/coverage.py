"""Which dates of an instrument's prices are known to be whole, and which are still to be asked."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from trenddojo.domain import nyse
from trenddojo.domain.terms import AssetType

_DAY = timedelta(days=1)
_SETTLES = timedelta(minutes=30)
"""After the close until what a day brought is told everywhere, by sources that are delayed too."""
_BEGINS = timedelta(minutes=15)
"""After the open until there is something to be told of a day."""
_ROUND_THE_CLOCK = timedelta(hours=6)
"""How long after midnight UTC a day ends for the last of those who count days of a market that never closes."""
_MIDDAY = timedelta(hours=12)
_THAT_DATE = time(8, tzinfo=UTC)
"""When every exchange of `domain.zones` has the date that it is in UTC."""


@dataclass(frozen=True, slots=True, order=True)
class Stretch:
    """Dates from `first` to `last`, both included."""

    first: date
    last: date

    def __contains__(self, day: date) -> bool:
        return self.first <= day <= self.last


def trading_days(asset_type: AssetType, since: date, until: date) -> list[date]:
    """The dates on which an instrument trades: every one of a cryptocurrency's, weekdays of a currency's, else the
    sessions of the NYSE."""
    if asset_type is AssetType.CRYPTO:
        return [since + n * _DAY for n in range((until - since).days + 1)]
    return nyse.weekdays(since, until) if asset_type is AssetType.FOREX else nyse.trading_days(since, until)


def days_back(asset_type: AssetType, until: date, count: int) -> date:
    """The date that lies `count` trading days before another."""
    if asset_type is AssetType.CRYPTO:
        return until - count * _DAY
    days = trading_days(asset_type, until - _DAY * (count * 3 // 2 + 10), until - _DAY)
    return days[-count]


def settled_at(asset_type: AssetType, day: date) -> datetime:
    """When all that a trading day brought is told."""
    return _ends(asset_type, day) + _SETTLES


def has_begun(asset_type: AssetType, day: date, now: datetime) -> bool:
    """Whether there may be something to tell of a trading day."""
    if asset_type in (AssetType.CRYPTO, AssetType.FOREX):
        return now >= datetime.combine(day, time(), UTC)
    return any(now >= session.open + _BEGINS for session in nyse.sessions(day, day))


def _ends(asset_type: AssetType, day: date) -> datetime:
    sessions = [] if asset_type in (AssetType.CRYPTO, AssetType.FOREX) else list(nyse.sessions(day, day))
    midnight = datetime.combine(day + _DAY, time(), UTC)
    return sessions[0].close if sessions else midnight + _ROUND_THE_CLOCK


def date_of_daily(start: datetime) -> date:
    """The date of a bar of a day, which starts at midnight of its exchange, wherever that is."""
    return (start.astimezone(UTC) + _MIDDAY).date()


def told_in(start: datetime) -> datetime:
    """A moment in whose shares a bar of a day was traded: of its date, and of no other from New York to Auckland."""
    return datetime.combine(date_of_daily(start), _THAT_DATE)


def joined(spans: Iterable[Stretch], asset_type: AssetType) -> list[Stretch]:
    """Stretches in order, those in one that overlap or have no trading day between them."""
    found: list[Stretch] = []
    for one in sorted(spans):
        if found and not trading_days(asset_type, found[-1].last + _DAY, one.first - _DAY):
            found[-1] = Stretch(found[-1].first, max(found[-1].last, one.last))
        else:
            found.append(one)
    return found


def missing(days: Iterable[date], known: Sequence[Stretch]) -> list[date]:
    """The days that lie in none of the known stretches."""
    return [day for day in days if not any(day in span for span in known)]


def stretches(days: Sequence[date], asset_type: AssetType, longest: timedelta) -> list[Stretch]:
    """Days in order as stretches of neighbouring trading days, none longer than `longest`, the newest first."""
    found: list[Stretch] = []
    for day in reversed(days):
        grown = Stretch(day, found[-1].last) if found else Stretch(day, day)
        are_neighbours = bool(found) and not trading_days(asset_type, day + _DAY, found[-1].first - _DAY)
        if are_neighbours and found[-1].last - day <= longest:
            found[-1] = grown
        else:
            found.append(Stretch(day, day))
    return found
