"""Orders with the exits that came with them, put together by their references, which every answer repeats."""

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from msgspec.structs import replace

from trenddojo.brokers.adapters.interactive_brokers import mapping
from trenddojo.brokers.adapters.interactive_brokers.heard import FillTold, OrderTold
from trenddojo.brokers.adapters.interactive_brokers.mapping import Seen
from trenddojo.brokers.errors import BrokerError
from trenddojo.brokers.types import Order
from trenddojo.domain.orders import OrderClass, OrderStatus

_log = logging.getLogger(__name__)


class Families:
    """What was told of orders, as orders of ours.

    `symbol` writes a contract, `seen` tells when an order was first seen and when its facts last changed, and `is_over`
    whether a contract's market has closed.
    """

    def __init__(
        self,
        told: Sequence[OrderTold],
        fills: Iterable[FillTold],
        symbol: Callable[[Any], str],
        seen: Callable[[str, object], Seen],
        is_over: Callable[[Any], bool],
    ) -> None:
        self._told, self._symbol, self._seen, self._is_over = told, symbol, seen, is_over
        self._fills: dict[int, list[FillTold]] = {}
        for one in fills:
            self._fills.setdefault(one.execution.permId, []).append(one)

    def orders(self) -> list[Order]:
        """Every order, exits within theirs where that was told too."""
        heads = {_key(one, _reference(one)): one for one in self._told}
        exits: dict[int, list[OrderTold]] = {}
        for one in self._told:
            head = heads.get(_key(one, mapping.base_reference(_reference(one))))
            if head is not None and head is not one:
                exits.setdefault(id(head), []).append(one)
        within = {id(one) for family in exits.values() for one in family}
        return list(self._formed((one, exits.get(id(one), [])) for one in self._told if id(one) not in within))

    def _formed(self, families: Iterable[tuple[OrderTold, Sequence[OrderTold]]]) -> Iterator[Order]:
        """Those that this house has a form for: one that somebody typed into TWS must not hide all others."""
        for head, exits in families:
            try:
                yield self._family(head, exits)
            except BrokerError as error:
                _log.warning("An order at Interactive Brokers is left out: %s", error.message)

    def _family(self, head: OrderTold, exits: Sequence[OrderTold]) -> Order:
        is_pair = bool(exits) and _group(head) != "" and _group(head) == _group(exits[0])
        if is_pair:
            kind = OrderClass.OCO
        else:
            kind = (OrderClass.SIMPLE, OrderClass.OTO, OrderClass.BRACKET)[min(len(exits), 2)]
        entry = self._order(head)
        is_awake = entry.status is OrderStatus.FILLED  # its fills are told before its status, and before its exits'
        legs = (self._order(one, None if is_pair else head) for one in exits)
        awake = tuple(replace(one, order_class=kind, is_held=one.is_held and not is_awake) for one in legs)
        return replace(entry, order_class=kind, legs=awake)

    def _order(self, told: OrderTold, parent: OrderTold | None = None) -> Order:
        terms = told.completed or told.order
        facts = (told.perm_id, told.status, told.filled, terms.totalQuantity, terms.lmtPrice, terms.auxPrice)
        return mapping.order(
            told,
            self._symbol(told.contract),
            self._fills.get(told.perm_id, ()) if told.perm_id else (),
            self._seen(_reference(told) or mapping.identity(told), facts),
            is_over=told.status == "Cancelled" and self._is_over(told.contract),
            parent=parent,
        )


def _reference(told: OrderTold) -> str:
    return str((told.completed or told.order).orderRef)


def _key(told: OrderTold, reference: str) -> tuple[str, str]:
    """Orders without a reference are of no family."""
    return told.order.account, reference or mapping.identity(told)


def _group(told: OrderTold) -> str:
    return str(told.order.ocaGroup)
