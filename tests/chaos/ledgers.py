"""The exchange's ledger beside our books: what has to be the same once all is over."""

from __future__ import annotations

import sqlite3
from collections import Counter, defaultdict
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from tests.chaos.exchanges import Exchange, Told
from tests.chaos.processes import Server
from trenddojo.domain.order_states import OrderState

UNITS = 10**9
"""SQLite keeps quantities in billionths."""
MILLIONTHS = 10**6
"""And prices, among them what a fill cost, in millionths."""
_ORDERS = "SELECT client_order_id, broker_order_id, state, filled_quantity FROM orders"
_HELD = "SELECT symbol, iif(direction = 'short', -quantity, quantity), id FROM trades WHERE status = 'active'"
_FILLS = "SELECT key, fee, fee_estimated FROM executions WHERE deleted_at IS NULL"
_ALERTS = "SELECT key FROM alerts WHERE resolved_at IS NULL AND key LIKE 'unprotected:%'"


@dataclass(frozen=True)
class Ledgers:
    """Both, read at one time. `costs` is what the exchange took for each fill, None where that is nothing, and `fees`
    what our books say of it, without estimates."""

    theirs: dict[str, Told]
    positions: dict[str, Decimal]
    ours: list[tuple[str, str | None, OrderState, Decimal]]
    held: dict[str, Decimal]
    trades: dict[str, str]
    fills: list[str]
    costs: dict[str, Decimal] | None
    fees: dict[str, Decimal]
    alerts: set[str]

    @property
    def differences(self) -> list[str]:
        """What is not as it has to be, in words."""
        return [*self._orders(), *self._doubled(), *self._positions(), *self._naked(), *self._costs()]

    def _orders(self) -> list[str]:
        booked = {there: (state, filled) for _, there, state, filled in self.ours if there is not None}
        found = [f"{one}: only one of us has it" for one in booked.keys() ^ self.theirs.keys()]
        for one in booked.keys() & self.theirs.keys():
            state, filled = booked[one]
            told = self.theirs[one]
            if state is not told.state or filled != told.filled:
                found.append(f"{one}: {state}, {filled} filled, and there {told.state}, {told.filled}")
        return found

    def _doubled(self) -> list[str]:
        """Ids of ours that stand for two orders, fills that are kept twice, and doubts about what is there."""
        ids = Counter(told.client_order_id for told in self.theirs.values())
        doubtful = [ours for ours, _, state, _ in self.ours if state.is_unresolved and ours in ids]
        kept = Counter(self.fills)
        return [
            *(f"{one}: {count} orders at the exchange" for one, count in ids.items() if count > 1),
            *(f"{one}: booked {count} times" for one, count in kept.items() if count > 1),
            *(f"{one}: in doubt, and at the exchange" for one in doubtful),
        ]

    def _positions(self) -> list[str]:
        symbols = self.held.keys() | self.positions.keys()
        pairs = {one: (self.held.get(one, Decimal(0)), self.positions.get(one, Decimal(0))) for one in symbols}
        return [f"{one}: {ours} held, and there {theirs}" for one, (ours, theirs) in pairs.items() if ours != theirs]

    def _naked(self) -> list[str]:
        guarded: defaultdict[str, Decimal] = defaultdict(Decimal)
        for told in self.theirs.values():
            guarded[told.symbol] += told.guards
        return [
            f"{symbol}: {quantity} held, {guarded[symbol]} guarded, and nobody was told"
            for symbol, quantity in self.positions.items()
            if guarded[symbol] < quantity and f"unprotected:{self.trades.get(symbol)}" not in self.alerts
        ]

    def _costs(self) -> list[str]:
        costs = {} if self.costs is None else self.costs
        return [
            f"{one}: cost {costs.get(one)}, and {self.fees.get(one)} is booked"
            for one in costs.keys() | (self.fees.keys() if self.costs is not None else set())
            if costs.get(one) != self.fees.get(one)
        ]


def read(server: Server, exchange: Exchange) -> Ledgers:
    """Both as they are now."""
    theirs = {one.order_id: one for one in exchange.orders()}
    positions, costs = exchange.positions(), exchange.fees()
    with closing(sqlite3.connect(server.database)) as database:
        held, fills = list(database.execute(_HELD)), list(database.execute(_FILLS))
        return Ledgers(
            theirs=theirs,
            positions=positions,
            ours=[
                (ours, there, OrderState(state), Decimal(filled) / UNITS)
                for ours, there, state, filled in database.execute(_ORDERS)
            ],
            held={symbol: Decimal(quantity) / UNITS for symbol, quantity, _ in held},
            trades={symbol: str(UUID(trade_id)) for symbol, _, trade_id in held},
            fills=[key for key, _, _ in fills],
            costs=costs,
            fees=_by_fill((key, Decimal(fee) / MILLIONTHS) for key, fee, is_estimated in fills if not is_estimated),
            alerts={key for (key,) in database.execute(_ALERTS)},
        )


def _by_fill(fees: Iterable[tuple[str, Decimal]]) -> dict[str, Decimal]:
    """What each fill cost: one that was booked in two parts has a key for each, the fill's own and more."""
    found: dict[str, Decimal] = {}
    for key, fee in fees:
        fill = key.partition("#")[0]
        found[fill] = found.get(fill, Decimal(0)) + fee
    return found
