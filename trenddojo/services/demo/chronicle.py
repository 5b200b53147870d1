"""The demo year from its first session to now."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from random import Random
from typing import Final

from trenddojo.domain.terms import TradeStatus
from trenddojo.services.demo import cash
from trenddojo.services.demo.desk import Desk
from trenddojo.services.demo.journal import Journal
from trenddojo.services.demo.market import sessions_until
from trenddojo.services.demo.prices import told
from trenddojo.services.demo.story import Story, Year
from trenddojo.services.demo.telling import Telling
from trenddojo.services.demo.trader import Trader

SESSIONS: Final = 250
_MOST_PLANS = 3


def year(seed: int, now: datetime) -> Year:
    """The last 250 sessions before `now`, UTC-aware: the same for the same seed and time, and never beyond `now`."""
    desk = Desk(seed, sessions_until(now, SESSIONS), now, Random(f"{seed}:clock"), Telling(seed))
    trader, journal = Trader(desk), Journal(seed, desk.telling.words)
    for number, today in enumerate(desk.sessions):
        cash.pay(desk.ledger, number, today, desk.sessions[number - 1] if number else None)
        trader.trade(number)
        evening = today.closes_at + timedelta(hours=5, minutes=number % 50)
        if evening <= now:
            journal.evening(desk.ledger, number, today, evening)
    for holding in desk.ledger.holdings:
        if not holding.is_open:
            desk.telling.review(holding, now)
    traded = (holding.story() for holding in desk.ledger.holdings)
    stories = (*traded, *trader.cancelled, *_planned(desk, trader))
    prices = {listing: told(desk, listing) for listing in dict.fromkeys(one.plan.signal.listing for one in stories)}
    return Year(desk.sessions[0].day, stories, tuple(desk.ledger.cash), tuple(journal.entries), prices)


def _planned(desk: Desk, trader: Trader) -> Iterator[Story]:
    """The orders that wait now, as far as the account has room for them."""
    plans = [desk.planned(order, SESSIONS - 1, order.signal.entry) for order in trader.orders]
    for plan in [plan for plan in plans if plan.sizing.quantity][:_MOST_PLANS]:
        yield desk.telling.unfilled(plan, TradeStatus.PLANNING)
