"""The library's protocol client without the rest of it, on a wrapper of one's own."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from tests.brokers.interactive_brokers.gateway.library import Loop
from tests.brokers.interactive_brokers.gateway.venue import Gateway


class Zone:
    TimezoneTWS = "UTC"


class Wrapper:
    """Takes down every message by its name."""

    ib = Zone()
    defaultTimezone = None  # noqa: N815 - ib_async's name

    def __init__(self) -> None:
        self.heard: list[tuple[str, tuple[Any, ...]]] = []
        self.moved = asyncio.Event()

    def __getattr__(self, name: str) -> Callable[..., None]:
        if name in ("priceSizeTick", "tcpDataArrived", "tcpDataProcessed"):
            raise AttributeError(name)

        def hear(*given: Any) -> None:
            self.heard.append((name, given))
            self.moved.set()

        return hear

    async def until(self, name: str) -> tuple[Any, ...]:
        while not (found := [given for told, given in self.heard if told == name]):
            self.moved.clear()
            await self.moved.wait()
        return found[-1]


@pytest.mark.parametrize("request_id", [1, 1_500_000_000])
def test_a_bare_client(loop: Loop, there: Gateway, request_id: int) -> None:
    """Request ids need not be the orders'."""

    async def talk() -> list[str]:
        wrapper = Wrapper()
        client = loop.lib.Client(wrapper)
        await client.connectAsync("127.0.0.1", there.port, 7, 5)
        contract = loop.lib.Stock("AAPL", "SMART", "USD")
        client.reqContractDetails(request_id, contract)
        assert (await wrapper.until("contractDetailsEnd"))[0] == request_id
        client.placeOrder(3, contract, loop.lib.Order(action="BUY", totalQuantity=10, orderType="MKT", orderRef="ours"))
        await wrapper.until("commissionReport")
        client.reqCompletedOrders(False)
        await wrapper.until("completedOrdersEnd")
        client.disconnect()
        return [name for name, _ in wrapper.heard]

    heard = loop.run(talk)
    assert heard[:3] == ["connectAck", "managedAccounts", "nextValidId"]
    assert {"openOrder", "orderStatus", "execDetails", "completedOrder"} <= set(heard)
    assert there.order("ours").order_id == 3
