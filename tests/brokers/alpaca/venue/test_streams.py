"""The websockets: order events and market data."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import msgpack
import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from tests.brokers.alpaca.venue.calls import Calls, a_bracket
from tests.brokers.alpaca.venue.venue import Venue

OLD_FORM = {"action": "authenticate", "data": {"key_id": "", "secret_key": ""}}


def say(socket: ClientConnection, **message: Any) -> Any:
    socket.send(json.dumps(message))
    return hear(socket)


def hear(socket: ClientConnection) -> Any:
    return json.loads(socket.recv(5))


@contextmanager
def listening(venue: Venue) -> Iterator[ClientConnection]:
    """A client that is told of orders."""
    with connect(venue.stream_url) as socket:
        say(socket, action="auth", key=venue.keys[0], secret=venue.keys[1])
        say(socket, action="listen", data={"streams": ["trade_updates"]})
        assert venue.streams.wait_for(lambda streams: bool(streams.listeners))
        yield socket


@contextmanager
def watching(venue: Venue, feed: str = "iex", **channels: list[str]) -> Iterator[ClientConnection]:
    """A client that is told of market data."""
    with connect(f"{venue.data_stream_url}/{feed}") as socket:
        assert hear(socket) == [{"T": "success", "msg": "connected"}]
        told = say(socket, action="auth", key=venue.keys[0], secret=venue.keys[1])
        assert told == [{"T": "success", "msg": "authenticated"}]
        if channels:
            say(socket, action="subscribe", **channels)
            channel, (symbol, *_) = next(iter(channels.items()))
            assert venue.streams.wait_for(lambda streams: bool(streams.subscribers(channel, symbol)))
        yield socket


def events(socket: ClientConnection, count: int) -> list[tuple[str, str]]:
    return [(told["data"]["event"], told["data"]["order"]["type"]) for told in (hear(socket) for _ in range(count))]


def test_both_forms_of_signing_in(venue: Venue) -> None:
    old = {"key_id": venue.keys[0], "secret_key": venue.keys[1]}
    for message in (
        {"action": "auth", "key": venue.keys[0], "secret": venue.keys[1]},
        {"action": "authenticate", "data": old},
    ):
        with connect(venue.stream_url) as socket:
            assert say(socket, **message) == {
                "stream": "authorization",
                "data": {"status": "authorized", "action": "authenticate"},
            }
            told = say(socket, action="listen", data={"streams": ["trade_updates"]})
            assert told == {"stream": "listening", "data": {"streams": ["trade_updates"]}}


def test_a_wrong_key_is_told(venue: Venue) -> None:
    with connect(venue.stream_url) as socket:
        assert say(socket, action="auth", key="PKNOBODY", secret="")["data"]["status"] == "unauthorized"
        venue.streams.refuse_auth = True
        told = say(socket, action="auth", key=venue.keys[0], secret=venue.keys[1])
        assert told["data"]["status"] == "unauthorized"


@pytest.mark.parametrize(("is_binary", "kind"), [(True, bytes), (False, str)])
def test_frames_are_binary_or_text(venue: Venue, is_binary: bool, kind: type) -> None:
    venue.streams.is_binary = is_binary
    with connect(venue.stream_url) as socket:
        socket.send(json.dumps(OLD_FORM))
        assert isinstance(socket.recv(5), kind)


def test_messagepack_where_it_is_asked_for(venue: Venue) -> None:
    with connect(venue.stream_url, additional_headers={"Content-Type": "application/msgpack"}) as socket:
        socket.send(msgpack.packb(OLD_FORM))
        told = socket.recv(5)
        assert isinstance(told, bytes)
        assert msgpack.unpackb(told)["data"]["status"] == "unauthorized"


def test_a_fill_is_told_with_the_whole_order(venue: Venue, calls: Calls) -> None:
    with listening(venue) as socket:
        placed = calls.place()
        told = [hear(socket)["data"] for _ in range(3)]
    assert [one["event"] for one in told] == ["pending_new", "new", "fill"]
    assert "execution_id" not in told[0]
    fill = told[-1]
    assert fill["order"] == calls.order(placed["id"])
    assert (fill["price"], fill["qty"], fill["position_qty"]) == ("190", "10", "10")
    assert fill["execution_id"] == venue.fills[0].execution_id
    assert calls.ask("/v2/account/activities/FILL")[0]["id"].endswith(fill["execution_id"]) is False


def test_the_same_execution_id_everywhere(venue: Venue, calls: Calls) -> None:
    venue.shares_execution_ids = True
    calls.place()
    assert calls.ask("/v2/account/activities/FILL")[0]["id"].endswith(venue.fills[0].execution_id)


def test_the_life_of_a_bracket(venue: Venue, calls: Calls) -> None:
    with listening(venue) as socket:
        placed = calls.place(**a_bracket())
        assert events(socket, 4) == [("pending_new", "limit"), ("held", "limit"), ("held", "stop"), ("new", "limit")]
        venue.fill(placed["id"], "4", "189")
        venue.fill(placed["id"])
        assert events(socket, 3) == [("partial_fill", "limit"), ("fill", "limit"), ("new", "limit")]
        profit = calls.change(placed["legs"][0]["id"], limit_price="201")
        replaced = hear(socket)["data"]
        assert (replaced["event"], replaced["order"]["replaced_by"]) == ("replaced", profit["id"])
        assert events(socket, 2) == [("pending_new", "limit"), ("new", "limit")]
        calls.cancel(profit["id"])
        venue.settle()
        assert events(socket, 3) == [("pending_cancel", "limit"), ("canceled", "limit"), ("canceled", "stop")]


def test_the_other_events(venue: Venue, calls: Calls) -> None:
    venue.hold_fills = True
    with listening(venue) as socket:
        first, second, third = calls.place(), calls.place(), calls.place()
        events(socket, 6)
        venue.cancel_silently(first["id"])
        venue.expire(second["id"])
        venue.reject(third["id"])
        assert events(socket, 2) == [("expired", "market"), ("rejected", "market")]


def test_no_longer_listening(venue: Venue, calls: Calls) -> None:
    with listening(venue) as socket:
        assert say(socket, action="listen", data={"streams": []})["data"]["streams"] == []
        assert venue.streams.wait_for(lambda streams: not streams.listeners)
        calls.place()
        with pytest.raises(TimeoutError):
            socket.recv(0)


@pytest.mark.parametrize("status", [401, 403, 429])
def test_a_refused_upgrade(venue: Venue, status: int) -> None:
    venue.streams.refuse_upgrade = status
    for url in (venue.stream_url, f"{venue.data_stream_url}/iex"):
        with pytest.raises(InvalidStatus) as met:
            connect(url)
        assert met.value.response.status_code == status


def test_dropped_sockets_replay_nothing(venue: Venue, calls: Calls) -> None:
    with listening(venue) as socket:
        venue.streams.drop()
        with pytest.raises(ConnectionClosed):
            socket.recv(5)
    assert venue.streams.wait_for(lambda streams: not streams.connected)
    calls.place()
    with listening(venue) as socket, pytest.raises(TimeoutError):
        socket.recv(0)


def test_a_silent_socket(venue: Venue, calls: Calls) -> None:
    with listening(venue) as socket:
        assert socket.ping().wait(5)
        venue.streams.go_silent()
        pong = socket.ping()
        calls.place()
        with pytest.raises(TimeoutError):
            socket.recv(0.05)
        assert not pong.is_set()


def test_market_data_is_subscribed_and_pushed(venue: Venue) -> None:
    with watching(venue) as socket:
        told = say(socket, action="subscribe", trades=["AAPL"], quotes=["AAPL", "MSFT"])
        assert told[0]["T"] == "subscription"
        assert (told[0]["trades"], told[0]["quotes"], told[0]["bars"]) == (["AAPL"], ["AAPL", "MSFT"], [])
        told = say(socket, action="unsubscribe", quotes=["MSFT"])
        assert (told[0]["trades"], told[0]["quotes"]) == (["AAPL"], ["AAPL"])
        assert venue.streams.wait_for(lambda streams: not streams.subscribers("quotes", "MSFT"))
        venue.push_quote("MSFT", "1", "2")
        venue.push_quote("AAPL", "189.5", "190.5")
        venue.push_trade("AAPL", "190.25", 7)
        (quote,), (trade,) = hear(socket), hear(socket)
    assert (quote["T"], quote["S"], quote["bp"], quote["ap"]) == ("q", "AAPL", 189.5, 190.5)
    assert (trade["T"], trade["S"], trade["p"], trade["s"]) == ("t", "AAPL", 190.25, 7)


def test_a_new_price_ticks(venue: Venue) -> None:
    with watching(venue, trades=["*"], quotes=["AAPL"], bars=["AAPL"]) as socket:
        venue.set_price("AAPL", "191.5")
        told = [hear(socket)[0] for _ in range(3)]
        venue.push_bar("AAPL", o=1, h=2, l=1, c=2, v=10)
        bar = hear(socket)[0]
    assert [one["T"] for one in told] == ["t", "q", "b"]
    assert (told[0]["p"], told[1]["bp"], told[2]["c"]) == (191.5, 191.49, 191.5)
    assert (bar["T"], bar["h"], bar["t"]) == ("b", 2, "2026-03-03T15:00:00Z")


def test_the_test_feed_always_ticks(venue: Venue) -> None:
    with watching(venue, "test", quotes=["FAKEPACA"]) as socket:
        assert hear(socket)[0]["S"] == "FAKEPACA"
    venue.streams.tick_on_subscribe = True
    assert venue.streams.wait_for(lambda streams: not streams.connected)
    with watching(venue, quotes=["AAPL"]) as socket:
        assert hear(socket)[0]["bp"] == 189.99


def failing(venue: Venue, prepare: Callable[[], object], **message: Any) -> Any:
    prepare()
    with connect(f"{venue.data_stream_url}/iex") as socket:
        hear(socket)
        return say(socket, **message)[0]


def test_the_errors_of_market_data(venue: Venue) -> None:
    sign_in = {"action": "auth", "key": venue.keys[0], "secret": venue.keys[1]}
    with watching(venue) as socket:
        assert say(socket, **sign_in)[0]["code"] == 403
        assert say(socket, action="dance")[0]["code"] == 400
        venue.streams.symbol_limit = 2
        assert say(socket, action="subscribe", trades=["A", "B", "C"])[0]["code"] == 405
        assert failing(venue, lambda: None, **sign_in)["code"] == 406
        venue.streams.push_error(404, "auth timeout")
        assert hear(socket) == [{"T": "error", "code": 404, "msg": "auth timeout"}]
    assert venue.streams.wait_for(lambda streams: not streams.connected)
    assert failing(venue, lambda: None, action="subscribe", trades=["AAPL"])["code"] == 401
    assert failing(venue, lambda: None, action="auth", key="x", secret="y")["code"] == 402
    insufficient = lambda: setattr(venue.streams, "insufficient_subscription", True)  # noqa: E731
    assert failing(venue, insufficient, **sign_in)["code"] == 409
