"""The reconciliation: our books beside the broker's, item by item, as the last pass found them. Asks nobody."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from trenddojo.domain.money import ZERO
from trenddojo.domain.order_states import OrderState
from trenddojo.domain.splits import likely_ratio
from trenddojo.services.orders import exits
from trenddojo.store import orders, snapshots
from trenddojo.store.models import Order
from trenddojo.store.seats import Seat


@dataclass(frozen=True, slots=True)
class PositionLine:
    """A symbol: what our fills add up to, what is held outside of them, and what the broker holds, in units.

    Where a split alone explains the difference, `split` has its new and old units, and `split_of` the open trade in
    whose books it is not recorded.
    """

    symbol: str
    ours: Decimal
    outside: Decimal
    theirs: Decimal
    since: datetime | None
    cause: str
    split: tuple[int, int] | None = None
    split_of: UUID | None = None

    @property
    def difference(self) -> Decimal:
        """The broker's quantity less all that we know of."""
        return self.theirs - self.ours - self.outside

    @property
    def matches(self) -> bool:
        """Whether nothing is unexplained."""
        return not self.difference


@dataclass(frozen=True, slots=True)
class OrderLine:
    """An order and whether the broker and we agree on it; `cause` says what is open about it."""

    order: Order
    matches: bool
    cause: str


@dataclass(frozen=True, slots=True)
class ProtectionLine:
    """An open trade: units held, and units whose planned stop does not work at the broker."""

    trade_id: UUID
    symbol: str
    held: Decimal
    missing: Decimal

    @property
    def matches(self) -> bool:
        """Whether the promise of the stop is kept."""
        return not self.missing


@dataclass(frozen=True, slots=True)
class Report:
    """An account's reconciliation. `passed_at` is when the broker was last asked for figures; None: never."""

    account_id: UUID
    account: str
    passed_at: datetime | None
    first_pass_at: datetime | None
    held_reason: str
    positions: tuple[PositionLine, ...]
    orders: tuple[OrderLine, ...]
    protection: tuple[ProtectionLine, ...]

    @property
    def differences(self) -> int:
        """How many items do not match."""
        found = [line.matches for line in self.positions]
        found += [line.matches for line in self.orders]
        found += [line.matches for line in self.protection]
        return found.count(False)

    @property
    def matches(self) -> int:
        """How many do."""
        return len(self.positions) + len(self.orders) + len(self.protection) - self.differences


def report_of(seat: Seat) -> Report:
    """The account's reconciliation from what is stored."""
    account = seat.account
    seen = snapshots.of_accounts([account.id]).get(account.id)
    sync = orders.sync_of(account.id)
    return Report(
        account_id=account.id,
        account=account.name,
        passed_at=None if seen is None else seen.orders_taken_at,
        first_pass_at=None if sync is None else sync.first_pass_at,
        held_reason="" if sync is None else sync.held_reason,
        positions=tuple(_positions(account.id)),
        orders=tuple(_order(one) for one in orders.live(account.id)),
        protection=tuple(
            ProtectionLine(
                one.trade.id, one.trade.symbol, one.trade.quantity, ZERO if one.is_safe else one.now.unguarded
            )
            for one in exits.open_standings(account)
        ),
    )


def _positions(account_id: UUID) -> Iterator[PositionLine]:
    """Every symbol that somebody holds: the broker's quantity is ours and what was noted as outside or as different."""
    ledger, checks = orders.ledger(account_id), orders.checks_of(account_id)
    for symbol in sorted({*ledger, *checks}):
        ours, check = ledger.get(symbol, ZERO), checks.get(symbol)
        outside = check.outside if check else ZERO
        difference = check.difference if check else ZERO
        if ours or outside or difference:
            since = check.since if check else None
            line = PositionLine(symbol, ours, outside, ours + outside + difference, since, _UNEXPLAINED)
            yield _explained(account_id, line) if difference else replace(line, cause="")


_UNEXPLAINED = "A fill or a transfer that the broker has not told us of, or a fill recorded by hand."


def _explained(account_id: UUID, line: PositionLine) -> PositionLine:
    """A line that differs with its likely cause, as far as the figures alone tell."""
    split = likely_ratio(line.ours + line.outside, line.theirs) or likely_ratio(line.ours, line.ours + line.difference)
    if split is None or not line.ours:
        return line
    trade = orders.open_trade_named(account_id, line.symbol)
    numerator, denominator = split
    cause = f"A split of {numerator} for {denominator}?"
    return replace(line, cause=cause, split=split, split_of=trade.id if trade else None)


_OPEN = {
    OrderState.UNKNOWN: "We don't know whether the broker has it.",
    OrderState.SUBMITTING: "On its way to the broker.",
    OrderState.CREATED: "Written down, not sent yet.",
    OrderState.NEEDS_REVIEW: "The broker does not explain it: decide what became of it.",
}


def _order(order: Order) -> OrderLine:
    cause = _OPEN.get(order.state, "")
    if not cause and order.missing_since is not None:
        cause = "The broker did not tell of it at the last pass."
    if not cause and order.lacks_fills:
        cause = "The broker tells of more fills than it has shown."
    if not cause and order.needs_legs:
        cause = "Its exits are not known yet."
    if not cause and order.pending_op is not None:
        cause = f"A {order.pending_op} waits for the broker."
    return OrderLine(order, not cause, cause)
