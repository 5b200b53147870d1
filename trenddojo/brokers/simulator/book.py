"""The open orders of one symbol, brought forward through the market's minutes.

Symbols do not know each other, so each is brought forward alone. What happens depends on the orders and the market
only: a book may be asked to advance at any moments, and goes through the same acts at the same times.
"""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal

from trenddojo.brokers.simulator import families
from trenddojo.brokers.simulator.course import Course
from trenddojo.brokers.simulator.holdings import whole
from trenddojo.brokers.simulator.intervals import Minute
from trenddojo.brokers.simulator.ledger import Ledger
from trenddojo.brokers.simulator.market import Market
from trenddojo.brokers.simulator.matching import Act, may_act, next_act, taken
from trenddojo.brokers.simulator.orders import Ticket, direction, further
from trenddojo.brokers.simulator.sessions import Session
from trenddojo.brokers.simulator.splits import split_holding, split_ticket
from trenddojo.domain.money import ZERO
from trenddojo.domain.orders import OrderStatus

PARTICIPATION = Decimal("0.1")
"""How much of a minute's volume one account may have."""
SESSION_CLOSED = "Its session closed."
_MINUTE = timedelta(minutes=1)
_INSTANT = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Rules:
    """The ways of the broker that matching depends on (see Profile and Capabilities)."""

    fraction_places: int
    exits_wait_for_all: bool


@dataclass(frozen=True, slots=True)
class Spent:
    """How many units of one minute's volume the account has had."""

    minute: datetime
    quantity: Decimal


class Book:
    """The open orders of one symbol; everything up to `clock` has happened."""

    def __init__(self, symbol: str, market: Market, ledger: Ledger, rules: Rules, clock: datetime) -> None:
        self.symbol = symbol
        self.clock = clock
        self.spent: Spent | None = None
        self.open: dict[str, Ticket] = {}
        self._market = market
        self._ledger = ledger
        self._rules = rules

    def put(self, *tickets: Ticket) -> None:
        """Keep orders as they now are."""
        for ticket in tickets:
            self._ledger.put(ticket)
            if ticket.is_open:
                self.open[ticket.order_id] = ticket
            else:
                self.open.pop(ticket.order_id, None)

    def end(self, ticket: Ticket, status: OrderStatus, at: datetime, reason: str | None) -> None:
        """End an order that is not wholly filled, and with it the exits of what it will not fill any more."""
        after = families.ended(ticket, status, at, reason)
        others = families.relatives(ticket, self.open.values())
        self.put(after, *families.after_end(after, others, self._rules.exits_wait_for_all))

    def advance(self, now: datetime) -> None:
        """Let everything happen that is due up to and including `now`."""
        if now < self.clock:
            return
        splits = self._splits(now)
        if self.open or splits:
            for session in self._market.sessions().between(self.clock, now + _INSTANT):
                self._session(session, splits.get(session.day), now)
        self.clock = now

    def _splits(self, now: datetime) -> dict[date, Decimal]:
        if not self.open and not self._ledger.held(self.symbol).quantity:
            return {}
        return {split.day: split.ratio for split in self._market.splits(self.symbol, self.clock, now + _INSTANT)}

    def _session(self, session: Session, ratio: Decimal | None, now: datetime) -> None:
        """Bring a session forward to its close or to `now`."""
        is_whole = self.clock <= session.open and now >= session.close
        if self.clock < session.open:
            self.clock = session.open
            if ratio is not None:
                self._split(ratio, session.open)
        until = min(now, session.close)
        if self.open:
            self._trade(session, until, is_whole)
        self.clock = until
        self._expire(until)

    def _trade(self, session: Session, until: datetime, is_whole: bool) -> None:
        """Bring an open session forward: at one stride where its range touches no order."""
        day = self._market.day(self.symbol, session)
        working = [ticket for ticket in self.open.values() if ticket.working]
        if any(may_act(ticket, day) for ticket in working) or not (
            is_whole or all(one.best is None for one in working)
        ):
            return self._minutes(min(until + _INSTANT, session.close), until)
        for ticket in working:
            if ticket.best is not None:
                sign = direction(ticket.side)
                self._trail(ticket, further(sign, further(sign, ticket.best, day.high), day.low), session.close)
        return None

    def _minutes(self, end: datetime, until: datetime) -> None:
        start = self.clock.replace(second=0, microsecond=0)
        for minute in self._market.minutes(self.symbol, start, end):
            if not self.open:
                return
            self._minute(minute, until)

    def _minute(self, minute: Minute, until: datetime) -> None:
        """Let the acts of one minute happen, then move its trailing stops on."""
        start, end = max(self.clock, minute.at), minute.at + _MINUTE
        while act := next_act(self.open.values(), minute, start, until, self._room(minute)):
            start = self.clock = act.at
            self._do(act, minute)
        self.clock = min(until, end)
        if until >= end:
            self._trail_through(minute, end)

    def _trail_through(self, minute: Minute, end: datetime) -> None:
        """Let the trailing stops see the whole of a minute, from where they have seen it."""
        for ticket in list(self.open.values()):
            if ticket.best is not None and ticket.best_at is not None and ticket.sleeps:
                start = (max(minute.at, ticket.best_at) - minute.at) // _INSTANT
                self._trail(ticket, Course(minute).extreme(direction(ticket.side), ticket.best, start), end)

    def _trail(self, ticket: Ticket, best: Decimal, at: datetime) -> None:
        if best != ticket.best:
            self.put(replace(ticket, best=best, best_at=at))

    def _room(self, minute: Minute) -> Decimal:
        """What the account may still have of a minute's volume."""
        return whole(minute.volume * PARTICIPATION, self._rules.fraction_places) - self._had(minute)

    def _had(self, minute: Minute) -> Decimal:
        return self.spent.quantity if self.spent is not None and self.spent.minute == minute.at else ZERO

    def _do(self, act: Act, minute: Minute) -> None:
        if act.is_trigger:
            self.put(_triggered(act))
        else:
            self._fill(act, minute)

    def _fill(self, act: Act, minute: Minute) -> None:
        """Fill as much of an order as the minute and, for an exit, the position give."""
        ticket = act.ticket
        part = min(ticket.working, self._room(minute))
        if ticket.is_exit:
            part = min(part, self._ledger.held(self.symbol).closable_by(ticket.side))
        if part <= ZERO:  # it would come back for ever
            raise RuntimeError(f"{ticket.order_id} was chosen to fill and has nothing to fill")
        price = taken(ticket, self._market.quote(self.symbol, act.at), minute) if act.price is None else act.price
        others = families.relatives(ticket, self.open.values())
        after = self._ledger.fill(ticket, part, price, act.at)
        self.spent = Spent(minute.at, self._had(minute) + part)
        self.put(after, *families.after_fill(after, part, others, self._rules.exits_wait_for_all))
        self._end_idle_exits(act.at)

    def _end_idle_exits(self, at: datetime) -> None:
        self.put(*families.without_position(self.open.values(), self._ledger.held(self.symbol), at))

    def _split(self, ratio: Decimal, at: datetime) -> None:
        """Make a split's changes at the open, and pay the fraction of a unit that it leaves in cash at that price."""
        places = self._rules.fraction_places
        holding, fraction = split_holding(self._ledger.held(self.symbol), ratio, places)
        self._ledger.hold(self.symbol, holding, fraction * self._market.price(self.symbol, at))
        for ticket in list(self.open.values()):
            if (after := split_ticket(ticket, ratio, places, at)).is_open:
                self.put(after)
            else:
                self.end(ticket, after.status, at, after.reason)
        self._end_idle_exits(at)

    def _expire(self, until: datetime) -> None:
        """End the orders whose session or auction is over."""
        for ticket in list(self.open.values()):
            if ticket.expires_at is not None and ticket.expires_at <= until and ticket.order_id in self.open:
                self.end(self.open[ticket.order_id], OrderStatus.EXPIRED, ticket.expires_at, SESSION_CLOSED)


def _triggered(act: Act) -> Ticket:
    return replace(
        act.ticket,
        stop_price=act.level,
        triggered_at=act.at,
        trigger_price=act.price,
        since=act.at,
        updated_at=act.at,
    )
