"""Every execution that ever was, and what it does to the accounts."""

from datetime import datetime
from decimal import Decimal

from tests.brokers.interactive_brokers.gateway.account import Account
from tests.brokers.interactive_brokers.gateway.commissions import commission
from tests.brokers.interactive_brokers.gateway.orders import ZERO, Fill, Order

_FIRST = 0x6736F1C2


class Executions:
    """`fills` has them oldest first, corrected ones included."""

    def __init__(self, accounts: dict[str, Account]) -> None:
        self.fills: list[Fill] = []
        self._accounts = accounts

    def execute(self, order: Order, quantity: Decimal, price: Decimal, at: datetime) -> Fill:
        """Book an execution. The order's first carries the minimum of the commission, later ones what exceeds it."""
        fill = self._made(order, quantity, price, at, f"0000e0d5.{_FIRST + len(self.fills):08x}.01.01")
        self._add(fill)
        fill.realized = self._accounts[order.account].book(fill)
        return fill

    def correct(self, fill: Fill, quantity: Decimal, price: Decimal) -> Fill:
        """Book another execution instead, whose id has a higher last part."""
        order = fill.order
        fill.is_replaced = True
        order.fills.remove(fill)
        order.filled -= fill.quantity
        order.filled_value -= fill.quantity * fill.price
        order.commission -= fill.commission
        revision = int(fill.exec_id.rpartition(".")[2]) + 1
        new = self._made(order, quantity, price, fill.at, f"{fill.root}.{revision:02d}")
        self._add(new)
        self._rebuild(order.account)
        return new

    def valid(self, account: str) -> list[Fill]:
        """The executions that stand, oldest first."""
        return [fill for fill in self.fills if fill.order.account == account and not fill.is_replaced]

    def _made(self, order: Order, quantity: Decimal, price: Decimal, at: datetime, exec_id: str) -> Fill:
        filled, value = order.filled + quantity, order.filled_value + quantity * price
        due = commission(order.instrument, filled, value * order.instrument.multiplier)
        return Fill(
            exec_id=exec_id,
            order=order,
            at=at,
            quantity=quantity,
            price=price,
            cumulative=filled,
            average=round(value / filled, 8),
            commission=max(ZERO, due - order.commission),
            realized=None,
        )

    def _add(self, fill: Fill) -> None:
        order = fill.order
        self.fills.append(fill)
        order.fills.append(fill)
        order.filled += fill.quantity
        order.filled_value += fill.quantity * fill.price
        order.commission += fill.commission
        order.last_price = fill.price

    def _rebuild(self, account_id: str) -> None:
        """Book all executions anew."""
        account = self._accounts[account_id]
        account.reset()
        for fill in sorted(self.valid(account_id), key=lambda one: one.exec_id):
            fill.realized = account.book(fill)
