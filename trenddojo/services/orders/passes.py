"""One pass over an account: what its broker says against what we know, in a bounded number of calls.

First the broker is asked, with no transaction open; what cannot be asked leaves everything as it was. Then the answers
are set against plain rows, and only what is news is written, all of it in one transaction under the lease of broker
I/O. A second pass over the same facts writes nothing.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from trenddojo.brokers.base import BrokerClient
from trenddojo.brokers.manager import BrokerManager
from trenddojo.brokers.types import Execution, Executions, Order, Position
from trenddojo.domain.money import QUANTITY_PLACES, ZERO, rounded
from trenddojo.domain.order_states import OrderState
from trenddojo.domain.orders import OrderClass
from trenddojo.services import leases
from trenddojo.services.errors import Conflict
from trenddojo.services.orders import asking, facts, writing
from trenddojo.services.orders.asking import Answers, Need, Question
from trenddojo.services.orders.desk import ELSEWHERE, Desk
from trenddojo.services.orders.posting import posting
from trenddojo.store import orders
from trenddojo.store.database import discard
from trenddojo.store.models import AccountSync

SUBMIT_DEADLINE = timedelta(seconds=30)
"""How long an order may be on its way before nobody waits for its answer any more."""
_MARGIN = timedelta(days=1)
"""How much earlier than our oldest question the broker's list begins: its clock is another one than ours."""


@dataclass(frozen=True, slots=True)
class Known:
    """What we knew before the broker was asked, as plain values."""

    rows: Sequence[Mapping[str, Any]]
    cursor: str | None
    is_first: bool
    is_open: bool
    ledger: Mapping[str, Decimal]
    checks: Mapping[str, tuple[Decimal, Decimal, int]]
    """(outside, difference, passes) by symbol."""

    @property
    def has_unresolved(self) -> bool:
        """Whether an order may be at the broker, or have exits there, without our knowing which."""
        return any(row["state"].is_unresolved or row["needs_legs"] for row in self.rows)


@dataclass(frozen=True, slots=True)
class Heard:
    """What the broker said: complete lists, and answers to single questions. `open_orders` and `held` are two of the
    lists as they came."""

    orders: Mapping[str, Order]
    executions: Executions
    positions: Mapping[str, Decimal]
    answers: Answers
    open_orders: Sequence[Order]
    held: Sequence[Position]


@dataclass(slots=True)
class News:
    """What the broker said that we did not know."""

    changed: list[Order] = field(default_factory=list)
    new: list[Order] = field(default_factory=list)
    fills: list[Execution] = field(default_factory=list)
    absent: list[UUID] = field(default_factory=list)
    late: list[UUID] = field(default_factory=list)
    resolved: list[UUID] = field(default_factory=list)
    positions: bool = False
    cursor: bool = False
    opening: bool = False

    @property
    def is_nothing(self) -> bool:
        """Whether all is as it was."""
        lists = (self.changed, self.new, self.fills, self.absent, self.late, self.resolved)
        return not (any(lists) or self.positions or self.cursor or self.opening)


@dataclass(frozen=True, slots=True)
class Passed:
    """What a pass did: how many calls it took, whether it wrote anything, and whether orders wait to be sent.

    `is_whole`: the broker has told all its fills; otherwise follow again at once. `open_orders` and `held` are what it
    listed.
    """

    calls: int
    wrote: bool
    waits: bool
    is_whole: bool
    open_orders: Sequence[Order]
    held: Sequence[Position]


def run(manager: BrokerManager, desk: Desk, now: datetime) -> Passed:
    """Follow an account at its broker once; ends the caller's transaction.

    Raises BrokerError where the broker could not be asked, with nothing changed, and Conflict where another process has
    taken over the brokers.
    """
    discard()
    known = _known(desk)
    discard()
    if any(_is_late(row, desk, now) for row in known.rows):
        expire(desk, now)
        known = _known(desk)
        discard()
    counted = _Counted(desk.client(manager))
    heard = _asked(counted, desk, known, now)
    news = _news(known, heard, now, desk)
    if not news.is_nothing:
        _write(desk, known, heard, news, now)
    waits = any(row["state"] is OrderState.CREATED for row in known.rows)
    is_whole = heard.executions.is_whole
    return Passed(counted.calls, not news.is_nothing, waits, is_whole, heard.open_orders, heard.held)


def expire(desk: Desk, now: datetime) -> None:
    """The watchdog: whatever was on its way for too long, or when an earlier process died, is unknown from now on."""
    post = posting(desk.account_id, now)
    for order in orders.in_states(desk.account_id, OrderState.SUBMITTING):
        if _is_late(
            {"state": order.state, "claimed_at": order.claimed_at, "claimed_token": order.claimed_token}, desk, now
        ):
            writing.lose(post, order)
    post.keep()


def _is_late(row: Mapping[str, Any], desk: Desk, now: datetime) -> bool:
    """Whether an order is on its way, and nobody waits for the answer any more."""
    if row["state"] is not OrderState.SUBMITTING:
        return False
    return row["claimed_token"] != desk.token or row["claimed_at"] is None or now - row["claimed_at"] > SUBMIT_DEADLINE


def _known(desk: Desk) -> Known:
    sync = orders.sync_of(desk.account_id)
    checks = {
        symbol: (row.outside, row.difference, row.passes) for symbol, row in orders.checks_of(desk.account_id).items()
    }
    return Known(
        rows=orders.tracked(desk.account_id),
        cursor=None if sync is None else sync.cursor,
        is_first=sync is None,
        is_open=sync is not None and sync.opened_token == desk.token,
        ledger=orders.ledger(desk.account_id),
        checks=checks,
    )


# ---- asking


class _Counted:
    """A client that counts what it is asked."""

    def __init__(self, client: BrokerClient) -> None:
        self.client, self.calls = client, 0

    def __call__(self) -> BrokerClient:
        self.calls += 1
        return self.client


def _asked(ask: _Counted, desk: Desk, known: Known, now: datetime) -> Heard:
    """Open orders first, past ones after them, so that one that ends in between is in the second list; then fills, so
    that whatever a status tells of has its fill; then positions."""
    open_orders = ask().get_open_orders()
    found = _by_id(open_orders)
    resting = frozenset() if desk.spec.capabilities.lists_every_exit else _beside_family(known, found)
    if (since := _oldest_absent(known, found, resting)) is not None:
        days = (now - since + _MARGIN).days + 1
        found = {**_by_id(ask().get_order_history(days)), **found}
    executions = ask().get_executions(known.cursor)
    held = ask().get_positions()
    asked = _questions(known, found, resting)
    if executions.is_whole:
        fresh = [] if known.is_first else _fresh(desk, executions.fills)
        asked += _about_fills(desk, known, found, fresh)
    questions = asking.turns().chosen(desk.account_id, asked)
    ask.calls += len(questions)
    answers = asking.ask(ask.client, questions)
    every = {**found, **_by_id(answers.orders)}
    return Heard(every, executions, _quantities(held), answers, open_orders, held)


def _beside_family(known: Known, found: Mapping[str, Order]) -> frozenset[UUID]:
    """The exits that the broker need not list, because one that came with them works: its entry or the other exit."""
    shown = {row["id"] for row in known.rows if row["broker_order_id"] in found}
    families = {row["parent_id"] or row["id"] for row in known.rows if row["id"] in shown}
    return frozenset(row["id"] for row in known.rows if row["parent_id"] in families and row["id"] not in shown)


def _fresh(desk: Desk, told: Sequence[Execution]) -> list[Execution]:
    """The fills that are not kept yet, or whose commission was not known."""
    if not told:
        return []
    kept = {
        row.key: row.fee_estimated for row in orders.fills_with(desk.account_id, [one.execution_id for one in told], [])
    }
    discard()
    unique = {fill.execution_id: fill for fill in told}
    return [fill for key, fill in unique.items() if key not in kept or (kept[key] and fill.commission is not None)]


def _by_id(told: Iterable[Order]) -> dict[str, Order]:
    return {one.order_id: one for order in told for one in facts.flat(order)}


def _quantities(positions: Iterable[Position]) -> dict[str, Decimal]:
    return {one.symbol: rounded(one.quantity, QUANTITY_PLACES) for one in positions if one.quantity}


def _oldest_absent(known: Known, found: Mapping[str, Order], resting: frozenset[UUID]) -> datetime | None:
    """When the oldest order that should be among the open ones and is not was sent; None where all are there."""
    ours = {order.client_order_id for order in found.values()}
    absent = [
        row["submitted_at"] or row["created_at"]
        for row in known.rows
        if row["state"] is not OrderState.CREATED
        and row["id"] not in resting
        and row["broker_order_id"] not in found
        and row["client_order_id"] not in ours
    ]
    return min(absent, default=None)


def _questions(known: Known, found: Mapping[str, Order], resting: frozenset[UUID]) -> list[Question]:
    ours = {order.client_order_id for order in found.values()}
    asked: list[Question] = []
    for row in known.rows:
        there, mine = row["broker_order_id"], row["client_order_id"]
        is_found = there in found or (there is None and mine in ours)
        if row["state"] is OrderState.UNKNOWN and not is_found:
            asked.append(Question(Need.UNKNOWN, there, mine, cost=1 if _is_simple(row) else 2))
        elif there is None:
            continue
        elif row["id"] in resting:
            asked.append(Question(Need.SLEEPING, there))
        elif row["needs_legs"] and not _has_legs(found, there):
            asked.append(Question(Need.LEGS, there))
        elif not is_found:
            asked.append(Question(Need.REVIEW if row["state"] is OrderState.NEEDS_REVIEW else Need.VANISHED, there))
    return asked


def _is_simple(row: Mapping[str, Any]) -> bool:
    """Whether an order is found with one request: exits that came with it may take another."""
    return bool(row["order_class"] is OrderClass.SIMPLE)


def _has_legs(found: Mapping[str, Order], parent: str) -> bool:
    return any(order.parent_id == parent for order in found.values())


def _about_fills(desk: Desk, known: Known, found: Mapping[str, Order], fresh: Sequence[Execution]) -> list[Question]:
    """Orders of which the broker tells more fills than it shows, and fills of orders that nobody knows."""
    told: dict[str, Decimal] = {}
    for fill in fresh:
        told[fill.order_id] = told.get(fill.order_id, ZERO) + fill.quantity
    ours = {row["broker_order_id"]: row for row in known.rows if row["broker_order_id"]}
    asked = []
    for order_id, row in ours.items():
        says = found[order_id].filled_quantity if order_id in found else row["broker_filled"]
        if says > row["filled_quantity"] + row["filled_before"] + told.get(order_id, ZERO):
            asked.append(Question(Need.MISSING_FILLS, order_id, cost=2))
    strange = told.keys() - found.keys() - ours.keys()
    if strange:
        strange -= orders.known_ids(desk.account_id, strange)
        discard()
    return [*asked, *(Question(Need.FILLS_OF_NOBODY, order_id) for order_id in sorted(strange))]


# ---- what is news


def _news(known: Known, heard: Heard, now: datetime, desk: Desk) -> News:
    news = News(opening=not known.is_open)
    by_id = {row["broker_order_id"]: row for row in known.rows if row["broker_order_id"]}
    by_ours = {row["client_order_id"]: row for row in known.rows if row["client_order_id"]}
    for order_id, order in heard.orders.items():
        row = by_id.get(order_id) or by_ours.get(order.client_order_id)
        if row is None:
            news.new.append(order)
        elif row["state"] is not OrderState.SUBMITTING and _is_news(row, order, heard):
            news.changed.append(order)
    news.new = _unknown_to_us(desk, news.new, heard) if news.new else []
    news.fills = [] if known.is_first else _fresh(desk, [*heard.executions.fills, *heard.answers.fills])
    _notice_absent(known, heard, news, now)
    news.cursor = heard.executions.cursor != known.cursor
    news.positions = known.is_first or (heard.executions.is_whole and _positions_differ(known, heard))
    return news


def _is_news(row: Mapping[str, Any], order: Order, heard: Heard) -> bool:
    if row["broker_order_id"] is None or row["missing_since"] is not None or row["pending_op"] is not None:
        return True
    if row["needs_legs"] and (order.legs or _has_legs(heard.orders, order.order_id)):
        return True
    is_older = row["broker_updated_at"] is not None and order.updated_at < row["broker_updated_at"]
    return not is_older and not facts.is_stale(row, order)


def _unknown_to_us(desk: Desk, told: Sequence[Order], heard: Heard) -> list[Order]:
    """Those of which there is no row at all; ended ones that we know need no second look."""
    known = orders.known_ids(desk.account_id, [order.order_id for order in told])
    late = orders.under_our_id(desk.account_id, [one.client_order_id for one in told if one.client_order_id])
    adoptable = {ours for ours, row in late.items() if row.broker_order_id is None}
    discard()
    return [one for one in told if one.order_id not in known or one.client_order_id in adoptable]


def _notice_absent(known: Known, heard: Heard, news: News, now: datetime) -> None:
    """Orders that the broker confirmed not to have, the first time and once a minute has passed."""
    for row in known.rows:
        asked = row["broker_order_id"] or row["client_order_id"]
        if asked in heard.answers.absent and row["state"] is not OrderState.NEEDS_REVIEW:
            since = row["missing_since"]
            if since is None:
                news.absent.append(row["id"])
            elif now - since >= writing.ABSENT_FOR:
                news.late.append(row["id"])


def _positions_differ(known: Known, heard: Heard) -> bool:
    return any(
        writing.is_position_news(_difference(known, heard, symbol), known.checks.get(symbol))
        for symbol in {*known.ledger, *heard.positions, *known.checks}
    )


def _difference(known: Known, heard: Heard, symbol: str) -> Decimal:
    outside = known.checks[symbol][0] if symbol in known.checks else ZERO
    return heard.positions.get(symbol, ZERO) - known.ledger.get(symbol, ZERO) - outside


# ---- writing


def _write(desk: Desk, known: Known, heard: Heard, news: News, now: datetime) -> None:
    discard()
    if not leases.owns(leases.BROKERS, desk.token):
        discard()
        raise Conflict(ELSEWHERE)
    post = posting(desk.account_id, now)
    sync = orders.sync_of(desk.account_id)
    versions = {row["id"]: row["version"] for row in known.rows}
    writer = writing.Writer(post, desk, versions)
    if sync is None:
        sync = writer.first(heard.positions, heard.executions.cursor)
    writer.match(news.changed)
    filled = {fill.order_id for fill in news.fills}
    writer.welcome(news.new, filled, is_first=known.is_first, waits=known.has_unresolved)
    is_whole = writer.book(news.fills, heard.answers.absent)
    writer.follow(news.changed)
    writer.miss(news.absent, news.late)
    if heard.executions.is_whole or known.is_first:
        writer.compare(sync, heard.positions, had_fills=bool(news.fills))
    _advance(sync, heard.executions.cursor if is_whole else sync.cursor, desk)
    post.keep()


def _advance(sync: AccountSync, cursor: str | None, desk: Desk) -> None:
    if sync.cursor != cursor:
        sync.cursor = cursor
    if sync.opened_token != desk.token:
        sync.opened_token = desk.token
