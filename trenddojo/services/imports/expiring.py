"""Options that were held to their expiry and never heard of again: they expired worthless (rule 14 of docs/NUMBERS.md).

That exit follows from the other fills: it is made with their trade, and gone as soon as a statement tells another end.
"""

from collections.abc import Iterable
from datetime import date, datetime, time
from uuid import UUID

from trenddojo.domain.equity import local_date
from trenddojo.domain.fills import Fill
from trenddojo.domain.money import ZERO
from trenddojo.domain.round_trips import RoundTrip, signed
from trenddojo.services.imports.facts import Facts
from trenddojo.services.imports.ground import Ground

_KEY = "expired:"
_NOON = time(12)


def is_assumed(key: str) -> bool:
    """Whether a fill's key is that of an expiry that nobody told of."""
    return key.startswith(_KEY)


def expires(expiry: date | None, sources: Iterable[UUID | None], ground: Ground) -> UUID | None:
    """The import that lets a trip's options expire, once the expiry is over; None where none of its imports does."""
    if expiry is None or expiry >= local_date(ground.now, ground.zone):
        return None
    wishing = (one for one in sources if one is not None and ground.sources[one].expires)
    return max(wishing, default=None, key=str)


def expiry_of(trip: RoundTrip, expiry: date, facts: Facts, ground: Ground) -> Fill:
    """The exit at 0 of all that is held, at noon of the expiry (rule 5), or with the last fill of that day."""
    last = trip.fills[-1]
    noon = datetime.combine(expiry, _NOON, ground.zone)
    held = abs(sum(map(signed, trip.fills), ZERO))
    return Fill(
        key=f"{_KEY}{facts.identity}|{trip.fills[0].key}",
        at=max(noon, last.at),
        sequence=last.sequence + 2 if last.at >= noon else 0,
        side=trip.direction.exit_side,
        quantity=held,
        price=ZERO,
        fee=ZERO,
        fee_estimated=False,
        fx=last.fx,
    )
