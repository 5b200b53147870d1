"""What each of Alpaca's refusals means, and that a page of a proxy's means nothing."""

from __future__ import annotations

import re

import pytest
import responses

from tests.brokers.alpaca import told
from tests.brokers.alpaca.told import DATA, PAPER
from tests.brokers.orders import an_order
from trenddojo.brokers.base import BrokerClient
from trenddojo.brokers.errors import BrokerError, BrokerErrorCode, NotSent, OutcomeUnknown, is_not_sent, is_unknown

CODE = BrokerErrorCode
_AUTH = CODE.AUTHENTICATION_FAILED
HTML = "<html><head><title>403 Forbidden</title></head><body>nginx</body></html>"

REFUSALS: list[tuple[int, int | None, str, BrokerErrorCode, str]] = [
    (400, 40010000, "request body format is invalid", CODE.ORDER_REJECTED, ""),
    (401, 40110000, "request is not authorized", CODE.AUTHENTICATION_FAILED, ""),
    (403, None, "forbidden.", CODE.AUTHENTICATION_FAILED, ""),
    (403, 40310000, "insufficient buying power", CODE.INSUFFICIENT_FUNDS, ""),
    (403, 40310000, "insufficient qty available for order (requested: 10, available: 3)", CODE.ORDER_REJECTED,
     "insufficient_quantity"),
    (403, 40310000, "insufficient balance for BTC (requested: 1, available: 0)", CODE.INSUFFICIENT_FUNDS, ""),
    (403, 40310000, "potential wash trade detected. use complex orders", CODE.ORDER_REJECTED, "wash_trade"),
    (422, 42210000, "potential wash trade detected. use complex orders", CODE.ORDER_REJECTED, "wash_trade"),
    (403, 40310000, "account is not allowed to short", CODE.ORDER_REJECTED, "not_shortable"),
    (403, 40310000, "asset GME cannot be sold short", CODE.ORDER_REJECTED, "not_shortable"),
    (403, 40310000, "cost basis must be >= minimal amount of order 1", CODE.ORDER_REJECTED, "too_small"),
    (403, 40310000, "requested asset is not fractionable", CODE.ORDER_REJECTED, "not_fractionable"),
    (422, 42210000, "fractional orders must be DAY orders", CODE.ORDER_REJECTED, "not_fractionable"),
    (403, 40310000, "new orders are rejected by user request", CODE.ORDER_REJECTED, "suspended"),
    (403, 40310100, "trade denied due to pattern day trading protection", CODE.ORDER_REJECTED, "pattern_day_trader"),
    (404, 40410000, "order not found", CODE.ORDER_REJECTED, "not_found"),
    (404, 40410000, "position does not exist", CODE.ORDER_REJECTED, "no_position"),
    (404, 40410000, "asset not found for NOSUCH", CODE.SYMBOL_NOT_FOUND, ""),
    (422, 40010001, "client_order_id must be unique", CODE.ORDER_REJECTED, "duplicate_client_order_id"),
    (422, 40010001, "order_id is missing", CODE.ORDER_REJECTED, "not_found"),
    (422, 40010001, "limit orders require a limit price", CODE.ORDER_REJECTED, ""),
    (422, 42210000, "invalid limit_price 290.123. sub-penny increment does not fulfill minimum pricing criteria",
     CODE.ORDER_REJECTED, "price_increment"),
    (422, 42210000, 'order is already in "filled" state', CODE.ORDER_REJECTED, "already_final"),
    (422, 42210000, "stop price must be less than current price", CODE.ORDER_REJECTED, "stop_price"),
    (422, 42210000, "bracket orders must be entry orders", CODE.ORDER_REJECTED, ""),
    (422, 42210000, "unable to replace order, order isn't sent to exchange yet", CODE.ORDER_REJECTED,
     "not_replaceable"),
    (422, 42210000, 'asset "NOSUCH" not found', CODE.SYMBOL_NOT_FOUND, ""),
    (422, 42210000, 'asset "OLD" is not active', CODE.SYMBOL_NOT_FOUND, ""),
    (422, 42210000, 'asset "OLD" is not tradable', CODE.SYMBOL_NOT_FOUND, ""),
    (422, 42210000, "market is closed, ioc orders are not accepted", CODE.MARKET_CLOSED, ""),
    (422, 42210000, "something that was invented tomorrow", CODE.ORDER_REJECTED, ""),
]  # fmt: skip


@pytest.mark.parametrize(("status", "code", "message", "ours", "reason"), REFUSALS)
def test_every_documented_refusal_of_an_order(
    client: BrokerClient,
    alpaca: responses.RequestsMock,
    status: int,
    code: int | None,
    message: str,
    ours: BrokerErrorCode,
    reason: str,
) -> None:
    body = {"message": message} | ({} if code is None else {"code": code})
    alpaca.post(f"{PAPER}/orders", json=body, status=status)
    with pytest.raises(BrokerError) as met:
        client.place_order(an_order())
    assert (met.value.code, met.value.details.get("reason", "")) == (ours, reason)
    assert not is_unknown(met.value)
    assert not is_not_sent(met.value)
    if ours is not CODE.AUTHENTICATION_FAILED:
        assert re.sub(r"\W", "", message[1:]) in re.sub(r"\W", "", met.value.message)


def test_the_facts_of_a_refusal_are_kept(client: BrokerClient, alpaca: responses.RequestsMock) -> None:
    body = {
        "code": 40310000, "message": "insufficient buying power", "buying_power": "10.5", "cost_basis": "1885.1",
        "account_number": told.ACCOUNT_NUMBER,
    }  # fmt: skip
    alpaca.post(f"{PAPER}/orders", json=body, status=403, headers={"X-Request-ID": "r-77"})
    with pytest.raises(BrokerError) as met:
        client.place_order(an_order())
    details = met.value.details
    assert (details["buying_power"], details["cost_basis"], details["broker_code"]) == ("10.5", "1885.1", "40310000")
    assert details["request_id"] == "r-77"
    assert told.ACCOUNT_NUMBER not in f"{met.value} {dict(details)}"


@pytest.mark.parametrize("status", [400, 401, 403, 404, 422])
def test_a_proxys_page_leaves_a_write_open(client: BrokerClient, alpaca: responses.RequestsMock, status: int) -> None:
    alpaca.post(f"{PAPER}/orders", body=HTML, status=status)
    alpaca.delete(f"{PAPER}/orders/{told.ORDER_ID}", body=HTML, status=status)
    for act in (lambda: client.place_order(an_order()), lambda: client.cancel_order(told.ORDER_ID)):
        with pytest.raises(OutcomeUnknown):
            act()


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (401, CODE.AUTHENTICATION_FAILED),
        (403, CODE.AUTHENTICATION_FAILED),
        (404, CODE.API_ERROR),
        (400, CODE.API_ERROR),
    ],
)
def test_a_proxys_page_to_a_read(
    client: BrokerClient, alpaca: responses.RequestsMock, status: int, code: BrokerErrorCode
) -> None:
    alpaca.get(f"{PAPER}/orders:by_client_order_id", body=HTML, status=status)
    with pytest.raises(BrokerError) as met:
        client.find_order("ours")
    assert met.value.code is code


def test_only_alpacas_own_word_is_an_absence(client: BrokerClient, alpaca: responses.RequestsMock) -> None:
    found = {"code": 40410000, "message": "order not found"}
    alpaca.get(f"{PAPER}/orders:by_client_order_id", json=found, status=404)
    assert client.find_order("ours") is None


def test_too_many_requests_were_not_sent(client: BrokerClient, alpaca: responses.RequestsMock) -> None:
    body, headers = {"code": 42910000, "message": "rate limit exceeded"}, {"Retry-After": "7"}
    alpaca.post(f"{PAPER}/orders", json=body, status=429, headers=headers)
    with pytest.raises(NotSent) as met:
        client.place_order(an_order())
    assert (met.value.code, met.value.details["retry_after"]) == (CODE.RATE_LIMIT_EXCEEDED, "7")


def test_a_cancel_that_is_under_way_is_enough(client: BrokerClient, alpaca: responses.RequestsMock) -> None:
    body = {"code": 42210000, "message": "order pending cancel"}
    alpaca.delete(f"{PAPER}/orders/{told.ORDER_ID}", json=body, status=422)
    client.cancel_order(told.ORDER_ID)


@pytest.mark.parametrize(
    ("status", "message", "code"),
    [
        (403, "subscription does not permit querying recent SIP data", CODE.API_ERROR),
        (403, "forbidden.", CODE.AUTHENTICATION_FAILED),
        (400, "invalid symbol: NOSUCH", CODE.SYMBOL_NOT_FOUND),
        (422, "unknown parameter", CODE.API_ERROR),
    ],
)
def test_the_data_hosts_refusals(
    client: BrokerClient, alpaca: responses.RequestsMock, status: int, message: str, code: BrokerErrorCode
) -> None:
    alpaca.get(f"{DATA}/v2/stocks/snapshots", json={"message": message}, status=status)
    with pytest.raises(BrokerError) as met:
        client.get_market_data("NOSUCH")
    assert met.value.code is code


def test_prices_off_the_grid_are_told_by_their_field(client: BrokerClient) -> None:
    from decimal import Decimal

    from trenddojo.domain.orders import OrderType

    with pytest.raises(BrokerError) as met:
        client.place_order(an_order(order_type=OrderType.LIMIT, limit_price=Decimal("290.123")))
    assert met.value.details["field"] == "limit_price"
