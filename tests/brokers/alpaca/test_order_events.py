"""Alpaca's order events: every one of them knocks, and a refused key is the end."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from queue import Queue
from random import Random
from typing import Any

import pytest

from tests.brokers.fakes import SECRET
from tests.brokers.sockets import LONG, Peer, Server, a_server
from trenddojo.brokers.adapters.alpaca.order_events import OrderEvents, order_stream
from trenddojo.brokers.streams import Stream, StreamEnded
from trenddojo.brokers.types import StreamState

KEY = "PKTEST"
AT = datetime(2026, 11, 19, 14, 30, tzinfo=UTC)
AUTHORIZED = {"stream": "authorization", "data": {"status": "authorized", "action": "authenticate"}}
UNAUTHORIZED = {"stream": "authorization", "data": {"status": "unauthorized", "action": "authenticate"}}
LISTENING = {"stream": "listening", "data": {"streams": ["trade_updates"]}}
FILL = {
    "stream": "trade_updates",
    "data": {
        "event": "fill",
        "timestamp": "2026-11-19T14:30:00.123456789Z",
        "execution_id": "7ad1c2ab-3f1a-4f0d-9a2f-6b1f4f9b8d11",
        "price": "189.5",
        "qty": "10",
        "position_qty": "10",
        "order": {"id": "f67b51fb-b14c-4cbf-a793-f9e5b0014d26", "client_order_id": "mine", "legs": None},
    },
}
SIGN_IN = {"action": "auth", "key": KEY, "secret": SECRET}
LISTEN = {"action": "listen", "data": {"streams": ["trade_updates"]}}


class Knocks:
    """Counts."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self) -> None:
        self.count += 1


@pytest.fixture
def knocks() -> Knocks:
    return Knocks()


@pytest.fixture
def talk(knocks: Knocks) -> OrderEvents:
    return OrderEvents(KEY, SECRET, knocks)


def said(texts: Any) -> list[Any]:
    return [json.loads(text) for text in texts]


def as_text(message: object) -> str | bytes:
    return json.dumps(message)


def as_bytes(message: object) -> str | bytes:
    return json.dumps(message).encode()


# ---- what is said


@pytest.mark.parametrize("framed", [as_text, as_bytes])
def test_it_signs_in_and_listens(talk: OrderEvents, knocks: Knocks, framed: Callable[[object], str | bytes]) -> None:
    assert said(talk.opening()) == [SIGN_IN]
    assert not talk.is_ready
    assert said(talk.hear(framed(AUTHORIZED))) == [LISTEN]
    assert not talk.is_ready
    assert talk.hear(framed(LISTENING)) == ()
    assert talk.is_ready
    assert knocks.count == 0
    assert talk.hear(framed(FILL)) == ()
    assert knocks.count == 1
    assert talk.more() == ()
    assert talk.shortfall is None


@pytest.mark.parametrize(
    "data",
    [
        *({"event": event} for event in ("new", "partial_fill", "canceled", "replaced", "trade_bust", "trade_correct")),
        {"event": "of_next_year", "order": {"status": "nobody knows"}, "price": 1.5},
        {"event": None},
        {},
        [],
        None,
        "a word",
    ],
)
def test_every_other_event_knocks_whatever_it_is(talk: OrderEvents, knocks: Knocks, data: object) -> None:
    assert talk.hear(as_bytes({"stream": "trade_updates", "data": data, "of_next_year": 1})) == ()
    assert knocks.count == 1


@pytest.mark.parametrize(
    "event", ["pending_new", "accepted", "held", "pending_cancel", "pending_replace", "calculated"]
)
def test_an_event_from_which_nothing_follows_does_not_knock(talk: OrderEvents, knocks: Knocks, event: str) -> None:
    assert talk.hear(as_text({"stream": "trade_updates", "data": {"event": event}})) == ()
    assert knocks.count == 0


def test_that_an_order_of_ours_works_is_no_news(knocks: Knocks) -> None:
    talk = OrderEvents(KEY, SECRET, knocks, {"ours"})
    for order in ("ours", "another"):
        talk.hear(as_text({"stream": "trade_updates", "data": {"event": "new", "order": {"id": order}}}))
    assert knocks.count == 1
    talk.hear(as_text({"stream": "trade_updates", "data": {"event": "fill", "order": {"id": "ours"}}}))
    assert knocks.count == 2


def test_the_same_event_twice_knocks_twice(talk: OrderEvents, knocks: Knocks) -> None:
    talk.hear(as_text(FILL))
    talk.hear(as_text(FILL))
    assert knocks.count == 2


@pytest.mark.parametrize("message", [{"stream": "account_updates", "data": {"status": 7}}, {"stream": "x"}, {}])
def test_what_is_no_order_event_is_passed_over(talk: OrderEvents, knocks: Knocks, message: object) -> None:
    assert talk.hear(as_text(message)) == ()
    assert not talk.is_ready
    assert knocks.count == 0


def test_refused_keys_are_the_end(talk: OrderEvents) -> None:
    with pytest.raises(StreamEnded) as met:
        talk.hear(as_text(UNAUTHORIZED))
    assert met.value.is_over
    assert met.value.message == "Alpaca does not accept these keys for its stream of orders."


@pytest.mark.parametrize(
    "message",
    [
        {"stream": "authorization", "data": {"status": "unauthorized", "action": "listen"}},
        {"stream": "listening", "data": {"streams": []}},
        {"stream": "listening", "data": {"error": "busy"}},
        {"stream": "listening", "data": None},
        {"stream": 7},
        [],
    ],
)
def test_what_may_pass_is_tried_again(talk: OrderEvents, message: object) -> None:
    with pytest.raises(StreamEnded) as met:
        talk.hear(as_text(message))
    assert not met.value.is_over
    assert not talk.is_ready


@pytest.mark.parametrize("message", ["", "{", b"\x81\xa6stream", b'{"stream": "\xff\xfe"}', "<html>"])
def test_what_cannot_be_read_is_tried_again(talk: OrderEvents, message: str | bytes) -> None:
    with pytest.raises(StreamEnded) as met:
        talk.hear(message)
    assert not met.value.is_over
    assert met.value.message == "Alpaca's stream of orders brought what cannot be read."


def test_keys_are_sent_as_they_are_and_told_to_nobody(knocks: Knocks) -> None:
    odd = 'a"b\\c\n€'
    talk = OrderEvents(odd, SECRET, knocks)
    assert said(talk.opening()) == [{"action": "auth", "key": odd, "secret": SECRET}]
    assert SECRET not in repr(talk)


# ---- on a socket


@pytest.fixture
def server() -> Iterator[Server]:
    with a_server() as made:
        yield made


@pytest.fixture
def told() -> Queue[None]:
    return Queue()


@pytest.fixture
def stream(server: Server, told: Queue[None]) -> Iterator[Stream]:
    made = order_stream(
        server.url, {"127.0.0.1"}, KEY, SECRET, lambda: told.put(None), clock=lambda: AT, random=Random(3)
    )
    yield made
    made.stop()


def signed_in(server: Server, told: Queue[None]) -> Peer:
    """A connection that tells of orders, with which come those that may have been missed."""
    peer = server.peer()
    assert peer.hear() == SIGN_IN
    peer.say(AUTHORIZED, is_binary=True)
    assert peer.hear() == LISTEN
    peer.say(LISTENING, is_binary=True)
    told.get(timeout=LONG)
    return peer


def test_it_knocks_for_each_event_and_for_those_that_were_missed(
    stream: Stream, server: Server, told: Queue[None], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    stream.start()
    peer = signed_in(server, told)
    assert stream.state == StreamState(is_live=True, error=None, since=AT)
    for is_binary in (True, False):
        peer.say(FILL, is_binary=is_binary)
        told.get(timeout=LONG)
    assert told.empty()
    assert SECRET not in caplog.text + repr(stream) + str(stream.state)


def test_after_a_drop_it_signs_in_anew(stream: Stream, server: Server, told: Queue[None]) -> None:
    server.refused.append(503)
    stream._backoff = stream._backoff.__class__(base=0.001, cap=0.001)
    stream.start()
    signed_in(server, told).close()
    signed_in(server, told)
    assert server.upgrades == 3


def test_refused_keys_end_it_for_good(stream: Stream, server: Server) -> None:
    stream.start()
    peer = server.peer()
    assert peer.hear() == SIGN_IN
    peer.say(UNAUTHORIZED, is_binary=True)
    assert peer.is_closed()
    thread = stream._thread
    assert thread is not None
    thread.join(LONG)
    assert stream.state == StreamState(
        is_live=False, error="Alpaca does not accept these keys for its stream of orders.", since=AT, is_over=True
    )
    assert not server.has_more()
