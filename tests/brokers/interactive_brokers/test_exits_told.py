"""When exits count as awake: fills are told before the status of what they filled, and before that of its exits."""

from __future__ import annotations

import pytest

from tests.brokers.interactive_brokers.test_orders_told import NOW, fill, terms, told
from trenddojo.brokers.adapters.interactive_brokers.families import Families
from trenddojo.brokers.adapters.interactive_brokers.mapping import Seen


@pytest.mark.parametrize(("filled", "is_held"), [(4, True), (10, False)])
def test_exits_are_awake_once_the_fills_of_their_entry_are_told(filled: int, is_held: bool) -> None:
    entry = told()
    stop = told(terms(orderType="STP", orderRef="ours-1-S", parentId=5), number=6, perm_id=1002, status="PreSubmitted")
    families = Families(
        [entry, stop], [fill(filled, 189.5)], lambda _: "AAPL", lambda *_: Seen(NOW, NOW), lambda _: False
    )
    (order,) = families.orders()
    assert [leg.is_held for leg in order.legs] == [is_held]
