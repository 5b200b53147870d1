"""The demo market's prices as daily bars that are kept, the weeks before its year included."""

from datetime import datetime, time

from trenddojo.domain import bars as kept
from trenddojo.domain.terms import Timeframe
from trenddojo.services.demo.desk import WARM_UP, Desk
from trenddojo.services.demo.market import NEW_YORK, Listing, sessions_until


def told(desk: Desk, listing: Listing) -> tuple[kept.Bar, ...]:
    """A listing's bars of the sessions that were over by now, oldest first."""
    sessions = sessions_until(desk.now, WARM_UP + len(desk.sessions))
    return tuple(
        kept.Bar(
            Timeframe.DAY,
            datetime.combine(session.day, time(), NEW_YORK),
            *((bar := desk.bar(listing, number)).open, bar.high, bar.low, bar.close),
        )
        for number, session in enumerate(sessions, -WARM_UP)
        if session.closes_at <= desk.now
    )
