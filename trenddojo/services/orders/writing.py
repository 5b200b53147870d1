"""What a pass writes: orders matched and followed, fills booked, absences and positions noted, all in one transaction.

A row that somebody changed since the broker was asked is left alone until the next pass, which asks again.
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

from trenddojo.brokers.types import Execution
from trenddojo.brokers.types import Order as Told
from trenddojo.domain.money import QUANTITY_PLACES, ZERO, rounded
from trenddojo.domain.order_states import AttemptKind, AttemptOutcome, OrderRole, OrderState, PendingOp
from trenddojo.services import alerts
from trenddojo.services.orders import booking, facts
from trenddojo.services.orders.desk import Desk
from trenddojo.services.orders.journal import end_attempt, heard, move, tell
from trenddojo.services.orders.posting import Posting
from trenddojo.services.orders.sending import UNKNOWN
from trenddojo.store import orders
from trenddojo.store.database import db
from trenddojo.store.models import AccountSync, Order, PositionCheck

ABSENT_FOR = timedelta(seconds=60)
"""How far apart two passes have to be that both miss an order before a person is asked."""
PENDING_FOR = timedelta(seconds=60)
"""How long a cancel or replace that the broker does not show is waited for."""
PASSES = 2
"""How many passes without a fill a position has to differ in before new risk is held back."""


def lose(post: Posting, order: Order) -> None:
    """Nobody knows any more whether an order left."""
    end_attempt(order.id, AttemptOutcome.UNKNOWN, post.now)
    order.reason = UNKNOWN
    move(order, OrderState.UNKNOWN, post.now, "lost")
    post.of(order)


def is_position_news(difference: Decimal, noted: tuple[Decimal, Decimal, int] | None) -> bool:
    """Whether a symbol's difference is another one than noted, or has not been seen often enough yet."""
    if noted is None:
        return difference != ZERO
    return difference != noted[1] or (difference != ZERO and noted[2] < PASSES)


def held_key(account_id: UUID, symbol: str) -> str:
    """The key of the alert that a position is not what the books say."""
    return f"position:{account_id}:{symbol}"


def review_key(order_id: UUID) -> str:
    """The key of the alert that a person has to look at an order."""
    return f"review:{order_id}"


class Writer:
    """The writing part of one pass. `versions` are those of the rows before the broker was asked."""

    def __init__(self, post: Posting, desk: Desk, versions: Mapping[UUID, int]) -> None:
        self._post, self._desk, self._versions = post, desk, versions
        self._rows: dict[str, Order] = {}
        self._skipped: set[UUID] = set()

    def first(self, positions: Mapping[str, Decimal], cursor: str) -> AccountSync:
        """Begin to follow an account: what it holds already is outside of our books, and its past fills too."""
        for symbol, quantity in positions.items():
            outside = quantity - orders.ledger(self._desk.account_id).get(symbol, ZERO)
            if outside:
                db.session.add(PositionCheck(account_id=self._desk.account_id, symbol=symbol, outside=outside))
        sync = AccountSync(
            account_id=self._desk.account_id,
            first_pass_at=self._post.now,
            opened_token=self._desk.token,
            cursor=cursor,
            held_reason="",
        )
        db.session.add(sync)
        db.session.flush()
        self._post.touch(None)
        return sync

    # ---- orders

    def match(self, changed: Iterable[Told]) -> None:
        """Find the rows of orders that changed, by the broker's id and then by ours."""
        wanted, account = list(changed), self._desk.account_id
        there = orders.at_broker(account, [one.order_id for one in wanted])
        ours = orders.under_our_id(account, [one.client_order_id for one in wanted if one.client_order_id])
        for one in wanted:
            row = there.get(one.order_id) or ours.get(one.client_order_id or "")
            if row is not None and row.broker_order_id in (None, one.order_id):
                self._rows[one.order_id] = row
                if row.version != self._versions.get(row.id, row.version):
                    self._skipped.add(row.id)

    def welcome(self, new: Iterable[Told], filled: Collection[str], *, is_first: bool, waits: bool) -> None:
        """Find a place for orders of which there is no row: ours after all, a successor, an exit, or placed elsewhere.

        While a submit is unresolved an unknown order may be an exit of it, and is left for the next pass. `filled` are
        the orders of which fills were just told.
        """
        for one in sorted(new, key=lambda order: (order.submitted_at, order.parent_id is not None)):
            row = self._place_for(one)
            if row is None and waits and not is_first:
                continue
            if row is None:
                row = facts.external(self._post, one, self._row_of(one.parent_id))
                if is_first or (one.order_id not in filled and self._ended_before(one)):
                    row.filled_before = rounded(one.filled_quantity, QUANTITY_PLACES)
            if row.state is not OrderState.SUBMITTING:
                self._rows[one.order_id] = row
                facts.absorb(self._post, row, one)

    def _ended_before(self, told: Told) -> bool:
        """Whether an order had ended before the account was followed: what it filled is outside of our books.

        Such a one comes with the past orders, among which one of ours is looked for. The two clocks may differ, so one
        whose fills are only now told does not count, whatever its time says.
        """
        sync = orders.sync_of(self._desk.account_id)
        return sync is not None and told.status.is_final and told.updated_at <= sync.first_pass_at

    def _place_for(self, told: Told) -> Order | None:
        account = self._desk.account_id
        known = self._row_of(told.order_id)
        if known is None and told.client_order_id:
            known = orders.under_our_id(account, [told.client_order_id]).get(told.client_order_id)
        if known is None and told.replaces:
            known = facts.succeed(self._post, told)
        if known is not None:
            return known
        parent = self._row_of(told.parent_id)
        if parent is None or parent.role is OrderRole.EXTERNAL:
            return None
        return facts.attached(self._post, parent, told, 1 + len(orders.legs_of(parent.id)))

    def _row_of(self, broker_order_id: str | None) -> Order | None:
        if broker_order_id is None:
            return None
        db.session.flush()
        return orders.at_broker(self._desk.account_id, [broker_order_id]).get(broker_order_id)

    def follow(self, changed: Iterable[Told]) -> None:
        """Let the rows that nobody changed meanwhile follow what the broker says of them."""
        for one in changed:
            row = self._rows.get(one.order_id)
            if row is not None and row.id not in self._skipped and row.state is not OrderState.SUBMITTING:
                facts.absorb(self._post, row, one)
                self._settle_pending(row, one)

    def _settle_pending(self, row: Order, told: Told) -> None:
        """A cancel or replace that the broker does not show after a while has not been carried out."""
        if row.pending_op is None or row.state.is_final:
            return
        attempt = orders.open_attempt(row.id)
        if attempt is None:
            return
        if row.pending_op is PendingOp.REPLACE and attempt.kind is AttemptKind.REPLACE:
            wanted = {name: Decimal(value) for name, value in attempt.changes.items() if name in facts.CHANGEABLE}
            if wanted and all(getattr(row, name) == value for name, value in wanted.items()):
                end_attempt(row.id, AttemptOutcome.ACCEPTED, self._post.now)
                facts.settle_pending(row, self._post.now, "changed", heard(told))
                self._post.of(row)
                return
        if self._post.now - attempt.at >= PENDING_FOR:
            end_attempt(row.id, AttemptOutcome.REFUSED, self._post.now)
            facts.settle_pending(row, self._post.now, f"{row.pending_op}_without_effect", heard(told))
            self._post.of(row)

    def miss(self, absent: Iterable[UUID], late: Iterable[UUID]) -> None:
        """Note orders that the broker confirmed not to have; after a minute a person decides, never we."""
        for order_id in absent:
            order = orders.by_id(order_id)
            if order is not None and order.version == self._versions[order_id] and not order.state.is_final:
                order.missing_since = self._post.now
                tell(order, self._post.now, "missing")
                self._post.of(order)
        for order_id in late:
            order = orders.by_id(order_id)
            if order is not None and order.version == self._versions[order_id] and not order.state.is_final:
                order.pending_op = None
                order.reason = "The broker does not tell of this order any more. Look at its own page, then decide."
                move(order, OrderState.NEEDS_REVIEW, self._post.now, "vanished")
                self._post.of(order)

    # ---- fills and positions

    def book(self, fills: Iterable[Execution], absent: Collection[str]) -> bool:
        """Book new fills onto their orders; whether every one had its order. `absent` are orders of which the broker
        tells nothing but their fills."""
        told = list(fills)
        rows = orders.at_broker(self._desk.account_id, {fill.order_id for fill in told})
        for fill in told:
            if fill.order_id in absent and fill.order_id not in rows:
                rows[fill.order_id] = facts.nameless(self._post, fill)
        return booking.book(self._post, told, rows)

    def compare(self, sync: AccountSync, positions: Mapping[str, Decimal], *, had_fills: bool) -> None:
        """Set positions against the books: two passes with the same difference and without fills hold new risk."""
        db.session.flush()
        ledger, checks = orders.ledger(self._desk.account_id), orders.checks_of(self._desk.account_id)
        for symbol in sorted({*positions, *ledger, *checks}):
            row = checks.get(symbol)
            outside = row.outside if row is not None else ZERO
            difference = positions.get(symbol, ZERO) - ledger.get(symbol, ZERO) - outside
            noted = None if row is None else (row.outside, row.difference, row.passes)
            if is_position_news(difference, noted):
                row = checks[symbol] = row or self._check(symbol)
                self._note(row, difference, had_fills)
        self._hold(sync, checks)
        self._tell_of_reviews()

    def _tell_of_reviews(self) -> None:
        """Ring once for each order that a person has to look at."""
        account = self._post.seat.account
        for order in orders.in_states(account.id, OrderState.NEEDS_REVIEW):
            if not alerts.is_open(account.owner_id, review_key(order.id)):
                alerts.ring(
                    account.owner_id,
                    review_key(order.id),
                    "ORDER_NEEDS_REVIEW",
                    f"{account.name}: the {order.role.label} order for {order.symbol} needs your review.",
                    "Open the order: it shows all that the broker said. Decide what became of it.",
                    now=self._post.now,
                    account_id=account.id,
                    trade_id=order.trade_id,
                )

    def _check(self, symbol: str) -> PositionCheck:
        row = PositionCheck(account_id=self._desk.account_id, symbol=symbol, outside=ZERO, difference=ZERO, passes=0)
        db.session.add(row)
        return row

    def _note(self, row: PositionCheck, difference: Decimal, had_fills: bool) -> None:
        if row.difference == difference and not had_fills:
            row.passes += 1
        else:
            row.difference, row.passes = difference, int(not had_fills)
            row.since = self._post.now if difference else None
        self._post.touch(None)

    def _hold(self, sync: AccountSync, checks: Mapping[str, PositionCheck]) -> None:
        """Hold the account, and tell of it, while a position differs; let it go once none does."""
        differs = [row for row in checks.values() if row.difference and row.passes >= PASSES]
        if differs and sync.held_at is None:
            sync.held_at = self._post.now
            sync.held_reason = f"{', '.join(sorted(row.symbol for row in differs))}: not what the broker holds."
        elif sync.held_at is not None and not any(row.difference for row in checks.values()):
            sync.held_at, sync.held_reason = None, ""
        self._alert(differs, checks)

    def _alert(self, differs: Iterable[PositionCheck], checks: Mapping[str, PositionCheck]) -> None:
        account = self._post.seat.account
        over = [held_key(account.id, row.symbol) for row in checks.values() if not row.difference]
        if over:
            alerts.resolve(over, self._post.now)
        for row in differs:
            key = held_key(account.id, row.symbol)
            if not alerts.is_open(account.owner_id, key):
                alerts.ring(
                    account.owner_id,
                    key,
                    "POSITION_DIFFERS",
                    f"{account.name}: {row.symbol} at the broker differs by {row.difference.normalize():f}.",
                    "New risk on this account is held. Open the reconciliation to see why and to mend it.",
                    now=self._post.now,
                    account_id=account.id,
                )
