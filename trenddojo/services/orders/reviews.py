"""Orders that the broker does not explain: a person looks at the evidence, decides, and says why."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from trenddojo.domain.money import ZERO
from trenddojo.domain.order_states import OrderState
from trenddojo.domain.splits import Split
from trenddojo.services import alerts, audit, topics
from trenddojo.services.errors import Conflict, Forbidden, Invalid
from trenddojo.services.inputs.orders import ReviewInput, Verdict
from trenddojo.services.orders.facts import MISMATCH
from trenddojo.services.orders.journal import move, tell
from trenddojo.services.orders.posting import posting
from trenddojo.services.orders.writing import held_key, review_key
from trenddojo.store import orders
from trenddojo.store.areas import Area
from trenddojo.store.database import db
from trenddojo.store.models import Order, PositionCheck
from trenddojo.store.seats import Seat


def decide(seat: Seat, order: Order, review: ReviewInput, now: datetime) -> Order:
    """End a doubt. An order that has ended stays open to late fills, as every one does.

    Raises Forbidden, Conflict for an order that is in no doubt, Invalid where the verdict makes no sense.
    """
    if not seat.may_trade:
        raise Forbidden(f"You may look at {seat.account.name}, but not trade it.")
    post = posting(seat.account.id, now)
    found = orders.by_id(order.id)
    if found is None or found.state is not OrderState.NEEDS_REVIEW:
        raise Conflict("This order needs no review any more.")
    evidence = {"verdict": review.verdict.value, "reason": review.reason}
    if review.verdict is Verdict.ENDED:
        found.reason = review.reason
        move(found, OrderState.CANCELLED, now, "reviewed", evidence=evidence, by=seat.user.id)
    else:
        if found.error_code != MISMATCH:
            raise Invalid({"verdict": "The broker tells of no order here that could be this one."})
        found.error_code, found.reason, found.broker_updated_at = None, "", None
        tell(found, now, "reviewed", evidence=evidence, by=seat.user.id)
    subject = f"{found.symbol} {found.role.label} order"
    audit.note(
        "order_reviewed",
        Area.TRADING,
        subject,
        account_id=seat.account.id,
        verdict=review.verdict,
        reason=review.reason,
    )
    alerts.resolve([review_key(found.id)], now)
    post.of(found)
    post.keep()
    return found


def accept_position(seat: Seat, symbol: str, now: datetime) -> None:
    """Take what the broker holds of a symbol as right, beside our books; its hold ends. Audited with the person.

    Raises Forbidden, Conflict where nothing differs.
    """
    if not seat.may_trade:
        raise Forbidden(f"You may look at {seat.account.name}, but not trade it.")
    post = posting(seat.account.id, now)
    row = orders.checks_of(seat.account.id).get(symbol)
    if row is None or not row.difference:
        raise Conflict(f"{symbol} does not differ any more.")
    row.outside += row.difference
    _differ_no_more(seat.account.id, row, now)
    post.touch(None)
    post.keep()


def expect_split(seat: Seat, symbol: str, split: Split, now: datetime) -> None:
    """A split is about to count in our books: what differs from the broker's position differs by that much less.

    What is held outside of them was split too, where that alone explains the rest. Where nothing differs, nobody knows
    yet whether the broker has split it: the next pass compares. The caller settles the trades and commits.
    """
    row = orders.checks_of(seat.account.id).get(symbol)
    if row is None or not row.difference:
        return
    ours = orders.ledger(seat.account.id).get(symbol, ZERO)
    theirs, after = ours + row.outside + row.difference, _split_of(ours, split)
    outside = _split_of(row.outside, split)
    if theirs == after + outside:
        row.outside = outside
    row.difference = theirs - after - row.outside
    if not row.difference:
        _differ_no_more(seat.account.id, row, now)
    topics.bump(topics.account(seat.account.id))


def _split_of(held: Decimal, split: Split) -> Decimal:
    return split.held(abs(held)).copy_sign(held) if held else held


def _differ_no_more(account_id: UUID, row: PositionCheck, now: datetime) -> None:
    row.difference, row.passes, row.since = ZERO, 0, None
    db.session.flush()
    sync = orders.sync_of(account_id)
    if sync is not None and not any(one.difference for one in orders.checks_of(account_id).values()):
        sync.held_at, sync.held_reason = None, ""
    alerts.resolve([held_key(account_id, row.symbol)], now)
