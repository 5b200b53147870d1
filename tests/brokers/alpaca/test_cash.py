"""What moved cash at Alpaca apart from fills, page by page."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import responses

from tests.brokers.alpaca.test_documents import PAPER
from trenddojo.brokers.base import BrokerClient
from trenddojo.brokers.errors import BrokerError
from trenddojo.domain.terms import CashKind

START = datetime(2026, 1, 5, 5, tzinfo=UTC)


def activity(kind: str, amount: str, on: str = "2026-03-04", number: int = 1, **more: Any) -> dict[str, Any]:
    return {
        "id": f"20260304000000000::{number:04}",
        "activity_type": kind,
        "date": on,
        "net_amount": amount,
        "status": "executed",
        **more,
    }


@pytest.mark.parametrize(
    ("kind", "amount", "expected"),
    [
        ("CSD", "2500.00", CashKind.DEPOSIT),
        ("CSW", "-100.5", CashKind.WITHDRAWAL),
        ("CSD", "-2500.00", CashKind.WITHDRAWAL),
        ("JNLC", "1", CashKind.DEPOSIT),
        ("DIV", "12.34", CashKind.DIVIDEND),
        ("DIVNRA", "-1.85", CashKind.DIVIDEND),
        ("INT", "-0.42", CashKind.INTEREST),
        ("FEE", "-0.02", CashKind.FEE),
        ("FEE", "0.02", None),
        ("REORG", "17", None),
    ],
)
def test_each_kind(
    client: BrokerClient, alpaca: responses.RequestsMock, kind: str, amount: str, expected: CashKind | None
) -> None:
    alpaca.get(f"{PAPER}/account/activities", json=[activity(kind, amount, symbol="AAPL", description="why")])
    (found,) = client.get_cash_since(START)
    assert (found.kind, found.amount, found.on) == (expected, Decimal(amount), date(2026, 3, 4))
    assert (found.key, found.note) == ("20260304000000000::0001", f"{kind} AAPL why")


def test_what_moved_no_cash_is_left_out(client: BrokerClient, alpaca: responses.RequestsMock) -> None:
    split = activity("SPLIT", "0", qty="10")
    del split["net_amount"]
    alpaca.get(f"{PAPER}/account/activities", json=[split, activity("JNLS", "0", number=2)])
    assert client.get_cash_since(START) == []


def test_page_after_page_oldest_first(client: BrokerClient, alpaca: responses.RequestsMock) -> None:
    first = [activity("INT", "1", number=number) for number in range(100)]
    alpaca.get(f"{PAPER}/account/activities", json=first)
    alpaca.get(f"{PAPER}/account/activities", json=[activity("CSD", "5", "2026-02-01", 100)])
    found = client.get_cash_since(START)
    assert (len(found), found[0].kind) == (101, CashKind.DEPOSIT)
    asked = [parse_qs(urlsplit(str(call.request.url)).query) for call in alpaca.calls][-2:]
    assert [one.get("page_token") for one in asked] == [None, [first[-1]["id"]]]
    assert {one["category"][0] for one in asked} == {"non_trade_activity"}


def test_an_amount_that_is_none_is_refused(client: BrokerClient, alpaca: responses.RequestsMock) -> None:
    alpaca.get(f"{PAPER}/account/activities", json=[activity("INT", "NaN")])
    with pytest.raises(BrokerError):
        client.get_cash_since(START)
