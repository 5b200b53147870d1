"""Alpaca's quotes: what is said for them, what is told of them, and that all who want them share one connection."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from queue import Queue
from random import Random
from typing import Any

import pytest

from tests.brokers.fakes import SECRET
from tests.brokers.orders import D
from tests.brokers.sockets import LONG, Peer, Server, a_server
from trenddojo.brokers.adapters.alpaca.quote_events import Quote, QuoteEvents, Tick, Trade
from trenddojo.brokers.adapters.alpaca.quote_feed import QuoteFeed, _Subscriber
from trenddojo.brokers.streams import StreamEnded
from trenddojo.brokers.types import MarketData, StreamState

KEY = "PKTEST"
AT = datetime(2026, 11, 19, 19, 30, tzinfo=UTC)
CONNECTED = [{"T": "success", "msg": "connected"}]
AUTHENTICATED = [{"T": "success", "msg": "authenticated"}]
SIGN_IN = {"action": "auth", "key": KEY, "secret": SECRET}


def subscribe(*symbols: str) -> dict[str, Any]:
    return {"action": "subscribe", "trades": list(symbols), "quotes": list(symbols)}


def unsubscribe(*symbols: str) -> dict[str, Any]:
    return {"action": "unsubscribe", "trades": list(symbols), "quotes": list(symbols)}


def coming(*symbols: str) -> list[dict[str, Any]]:
    return [{"T": "subscription", "trades": list(symbols), "quotes": list(symbols), "bars": [], "of_next_year": 1}]


def refusal(code: int) -> list[dict[str, Any]]:
    return [{"T": "error", "code": code, "msg": "no"}]


def at(seconds: float) -> datetime:
    return AT + timedelta(seconds=seconds)


def trade(price: float, seconds: float = 0, symbol: str = "AAPL") -> dict[str, Any]:
    told = at(seconds).isoformat().replace("+00:00", "Z")
    return {"T": "t", "S": symbol, "i": 5, "x": "V", "p": price, "s": 100, "c": ["@"], "z": "C", "t": told}


def quote(bid: float, ask: float, seconds: float = 0, symbol: str = "AAPL") -> dict[str, Any]:
    told = at(seconds).isoformat().replace("+00:00", "Z")
    return {"T": "q", "S": symbol, "bx": "V", "bp": bid, "bs": 1, "ax": "V", "ap": ask, "as": 2, "t": told, "z": "C"}


class Desk:
    """A talk with what is wanted of it, and the ticks that it told."""

    def __init__(self, *wanted: str) -> None:
        self.wanted = list(wanted)
        self.ticks: list[Sequence[Tick]] = []
        self.talk = QuoteEvents(KEY, SECRET, lambda: self.wanted, self.ticks.append)

    def hear(self, message: object) -> list[Any]:
        return [json.loads(text) for text in self.talk.hear(json.dumps(message))]

    def more(self) -> list[Any]:
        return [json.loads(text) for text in self.talk.more()]

    def signed_in(self) -> list[Any]:
        assert self.hear(CONNECTED) == [SIGN_IN]
        return self.hear(AUTHENTICATED)


def streaming(*symbols: str) -> Desk:
    desk = Desk(*symbols)
    assert desk.signed_in() == [subscribe(*sorted(symbols))]
    assert desk.hear(coming(*symbols)) == []
    return desk


# ---- what is said


def test_it_signs_in_when_it_was_greeted_and_asks_for_all_at_once() -> None:
    desk = Desk("MSFT", "AAPL")
    assert desk.talk.opening() == ()
    assert desk.more() == []
    assert desk.hear(CONNECTED) == [SIGN_IN]
    assert not desk.talk.is_ready
    assert desk.more() == []
    assert desk.hear(AUTHENTICATED) == [subscribe("AAPL", "MSFT")]
    assert desk.talk.is_ready
    assert desk.hear(coming("AAPL", "MSFT")) == []
    assert desk.talk.shortfall is None


def test_where_nothing_is_wanted_nothing_is_asked() -> None:
    assert Desk().signed_in() == []


def test_a_further_symbol_is_asked_for_and_one_that_nobody_wants_is_let_go() -> None:
    desk = streaming("AAPL")
    desk.wanted = ["AAPL", "MSFT"]
    assert desk.more() == [subscribe("MSFT")]
    assert desk.hear(coming("AAPL", "MSFT")) == []
    desk.wanted = ["MSFT"]
    assert desk.more() == [unsubscribe("AAPL")]
    assert desk.hear(coming("MSFT")) == []
    assert desk.more() == []


def test_one_request_is_under_way_at_a_time() -> None:
    desk = Desk("AAPL")
    assert desk.signed_in() == [subscribe("AAPL")]
    desk.wanted = ["AAPL", "MSFT"]
    assert desk.more() == []
    desk.wanted = ["MSFT"]
    assert desk.more() == []
    assert desk.hear(coming("AAPL")) == [unsubscribe("AAPL")]
    assert desk.hear(coming()) == [subscribe("MSFT")]
    assert desk.hear(coming("MSFT")) == []


def test_a_request_is_short_enough_for_alpaca() -> None:
    symbols = [f"S{number:03}" for number in range(500)]
    desk = Desk(*symbols)
    assert desk.signed_in() == [subscribe(*symbols[:400])]
    assert desk.hear(coming(*symbols[:400])) == [subscribe(*symbols[400:])]
    assert desk.hear(coming(*symbols)) == []


def test_more_symbols_than_the_plan_allows_are_left_out_and_come_when_there_is_room() -> None:
    desk = Desk("A", "B", "C", "D", "E", "F")
    limit = 3
    talk, heard = desk.signed_in(), list[str]()
    requests = 0
    while talk:
        (request,) = talk
        requests += 1
        more = [*heard, *request["trades"]]
        heard = more if len(more) <= limit else heard
        talk = desk.hear(coming(*heard) if len(more) <= limit else refusal(405))
    assert (heard, requests) == (["A", "B", "C"], 4)
    assert desk.talk.left_out == {"D", "E", "F"}
    assert desk.talk.shortfall == "Alpaca's stream of quotes does not take D, E, F: too many, or unknown."
    desk.wanted = ["A", "C", "D"]
    assert desk.more() == [unsubscribe("B")]
    assert desk.hear(coming("A", "C")) == [subscribe("D")]
    assert desk.hear(coming("A", "C", "D")) == []
    assert desk.talk.shortfall is None


def test_a_symbol_that_is_none_does_no_harm_to_the_others() -> None:
    desk = Desk("A", "B?", "C")
    assert desk.signed_in() == [subscribe("A", "B?", "C")]
    assert desk.hear(refusal(400)) == [subscribe("A")]
    assert desk.hear(coming("A")) == [subscribe("B?")]
    assert desk.hear(refusal(400)) == [subscribe("C")]
    assert desk.hear(coming("A", "C")) == []
    assert desk.talk.left_out == {"B?"}


def test_a_symbol_that_alpaca_passes_over_is_not_asked_for_for_ever() -> None:
    desk = Desk("A", "b", "c", "d", "e")
    assert desk.signed_in() == [subscribe("A", "b", "c", "d", "e")]
    assert desk.hear(coming("A")) == []
    assert desk.talk.shortfall == "Alpaca's stream of quotes does not take b, c, d and 1 more: too many, or unknown."
    desk.wanted = ["A"]
    assert desk.talk.shortfall is None


def test_a_symbol_that_alpaca_keeps_is_not_let_go_for_ever() -> None:
    desk = streaming("A", "B")
    desk.wanted = ["A"]
    assert desk.more() == [unsubscribe("B")]
    assert desk.hear(coming("A", "B")) == []
    assert desk.more() == []


@pytest.mark.parametrize("code", [402, 409, 410])
def test_a_refusal_that_is_the_same_the_next_time_is_the_end(code: int) -> None:
    desk = Desk("A")
    desk.hear(CONNECTED)
    with pytest.raises(StreamEnded) as met:
        desk.hear(refusal(code))
    assert met.value.is_over
    assert "Alpaca" in met.value.message


@pytest.mark.parametrize("code", [0, 400, 401, 403, 404, 405, 406, 407, 500, 999])
def test_any_other_refusal_is_tried_again(code: int) -> None:
    desk = Desk("A")
    desk.hear(CONNECTED)
    with pytest.raises(StreamEnded) as met:
        desk.hear(refusal(code))
    assert not met.value.is_over
    assert "Alpaca" in met.value.message


@pytest.mark.parametrize("code", [400, 405])
def test_a_refusal_to_let_a_symbol_go_is_tried_again(code: int) -> None:
    desk = streaming("A")
    desk.wanted = []
    assert desk.more() == [unsubscribe("A")]
    with pytest.raises(StreamEnded) as met:
        desk.hear(refusal(code))
    assert not met.value.is_over


@pytest.mark.parametrize(
    "message",
    [
        "",
        "{}",
        "[{",
        "[7]",
        b'[{"T": "\xff\xfe"}]',
        '[{"T": "t", "S": "AAPL"}]',
        '[{"T": "t", "S": "AAPL", "p": "much", "t": "2026-11-19T14:30:00Z"}]',
        '[{"T": "t", "S": "AAPL", "p": 1, "t": "2026-11-19T14:30:00"}]',
        '[{"T": "error", "code": "x"}]',
    ],
)
def test_what_cannot_be_read_is_tried_again(message: str | bytes) -> None:
    with pytest.raises(StreamEnded) as met:
        Desk("AAPL").talk.hear(message)
    assert (met.value.message, met.value.is_over) == ("Alpaca's stream of quotes brought what cannot be read.", False)


def test_ticks_are_exact_in_order_and_told_once_a_message() -> None:
    desk = streaming("AAPL")
    message = (
        '[{"T":"q","S":"AAPL","bp":189.10,"ap":189.123456789012345678,"t":"2026-11-19T19:30:00.123456789Z"},'
        '{"T":"b","S":"AAPL","o":"not read","c":1},{"T":"c","S":"AAPL","op":1},{"of":"next year"},'
        '{"T":"t","S":"BTC/USD","p":5e-5,"t":"2026-11-19T14:30:01-05:00","tks":"B"}]'
    )
    assert desk.talk.hear(message) == []
    first = AT.replace(microsecond=123457)
    assert desk.ticks == [
        [Quote("AAPL", D("189.10"), D("189.123456789012345678"), first), Trade("BTC/USD", D("0.00005"), at(1))]
    ]
    assert [str(tick.bid) for tick in desk.ticks[0] if isinstance(tick, Quote)] == ["189.10"]


def test_it_tells_its_keys_to_nobody() -> None:
    assert SECRET not in repr(Desk("A").talk)


# ---- what is told


class Callbacks:
    """What subscribers were told, one after the other."""

    def __init__(self) -> None:
        self.told: Queue[MarketData] = Queue()

    def __call__(self, quote: MarketData) -> None:
        self.told.put(quote)

    def next(self) -> MarketData:
        return self.told.get(timeout=LONG)

    def all(self) -> list[MarketData]:
        return [self.told.get_nowait() for _ in range(self.told.qsize())]


class Floor:
    """A feed whose stream is not there: its ticks come by hand."""

    def __init__(self, *, is_delayed: bool = False) -> None:
        self.feed = a_feed("ws://elsewhere.example.com/", is_delayed=is_delayed)

    def __call__(self, *items: dict[str, Any]) -> None:
        talk = QuoteEvents(KEY, SECRET, list, self.feed._take)
        talk.hear(json.dumps(items))


def a_feed(url: str, **more: Any) -> QuoteFeed:
    return QuoteFeed(url, {"127.0.0.1"}, KEY, SECRET, clock=lambda: AT, random=Random(5), **more)


def known(**but: Any) -> MarketData:
    told = MarketData(
        symbol="AAPL", bid=D("189"), ask=D("190"), last=D("189.5"), previous_close=D("180"), volume=1000, at=AT
    )
    return replace(told, **but)


@pytest.fixture
def floor() -> Iterator[Floor]:
    made = Floor()
    yield made
    made.feed.stop()


@pytest.fixture
def one() -> Callbacks:
    return Callbacks()


def test_nothing_is_told_before_there_was_a_trade(floor: Floor, one: Callbacks) -> None:
    floor.feed.subscribe("AAPL", one)
    floor(quote(189, 190))
    assert one.all() == []
    floor(trade(189.5, 1))
    assert one.all() == [known(previous_close=None, volume=None, at=at(1))]


def test_what_is_known_is_told_at_once_and_completes_the_stream(floor: Floor, one: Callbacks) -> None:
    floor.feed.subscribe("AAPL", one, known())
    assert one.all() == [known()]
    floor(trade(191.25, 1))
    floor(quote(191, 191.5, 2))
    assert one.all() == [
        known(last=D("191.25"), at=at(1)),
        known(last=D("191.25"), bid=D("191"), ask=D("191.5"), at=at(2)),
    ]


def test_a_price_of_nothing_is_no_quote_and_no_trade(floor: Floor, one: Callbacks) -> None:
    floor.feed.subscribe("AAPL", one, known())
    floor(quote(0, 190, 1), trade(0, 2))
    assert one.all() == [known(), known(bid=None, at=at(1))]


@pytest.mark.parametrize("word", ["NaN", "Infinity", "-1"])
def test_what_is_no_price_is_none(floor: Floor, one: Callbacks, word: str) -> None:
    floor.feed.subscribe("AAPL", one, known())
    floor({**trade(1, 1), "p": word}, {**quote(1, 2, 1), "bp": word, "ap": word})
    assert one.all() == [known(), known(bid=None, ask=None, at=at(1))]


def test_what_is_older_than_what_is_known_is_passed_over(floor: Floor, one: Callbacks) -> None:
    floor.feed.subscribe("AAPL", one, known(at=at(10)))
    floor(trade(150, 9), quote(150, 151, 9.5))
    assert one.all() == [known(at=at(10))]
    floor(trade(191, 12))
    floor(quote(190, 192, 11))  # late, but the newest quote
    assert one.all() == [
        known(last=D("191"), at=at(12)),
        known(last=D("191"), bid=D("190"), ask=D("192"), at=at(12)),
    ]


def test_the_ticks_of_one_message_are_told_together(floor: Floor, one: Callbacks) -> None:
    floor.feed.subscribe("AAPL", one, known())
    floor(trade(190, 1), quote(1, 2, 1), trade(191, 2), quote(190, 192, 2), trade(1, 1))
    assert one.all() == [known(), known(last=D("191"), bid=D("190"), ask=D("192"), at=at(2))]


def test_prices_that_stay_are_told_again_after_a_second(floor: Floor, one: Callbacks) -> None:
    floor.feed.subscribe("AAPL", one, known())
    floor(trade(189.5, 0.4))
    floor(quote(189, 190, 0.9))
    assert one.all() == [known()]
    floor(trade(189.5, 1))
    floor(trade(189.5, 1.9))
    assert one.all() == [known(at=at(1))]


def test_another_days_close_is_not_the_previous_one(floor: Floor, one: Callbacks) -> None:
    floor.feed.subscribe("AAPL", one, known())
    evening, morning = 4 * 3600, 19 * 3600
    floor(trade(190, evening))
    floor(trade(191, morning))
    assert one.all()[1:] == [
        known(last=D("190"), at=at(evening)),
        known(last=D("191"), previous_close=None, volume=None, at=at(morning)),
    ]
    floor.feed.subscribe("AAPL", Callbacks(), known(previous_close=D("190"), at=at(morning + 1)))
    floor(trade(192, morning + 2))
    assert [quote.previous_close for quote in one.all()] == [D("190")]


def test_a_late_first_quote_takes_nothing_back(floor: Floor, one: Callbacks) -> None:
    floor.feed.subscribe("AAPL", one)
    floor(trade(195, 5), quote(194, 196, 5))
    another = Callbacks()
    floor.feed.subscribe("AAPL", another, known())
    assert another.all() == [known(last=D("195"), bid=D("194"), ask=D("196"), at=at(5))]
    third = Callbacks()
    floor.feed.subscribe("AAPL", third)
    assert len(third.all()) == 1


def test_a_delayed_feed_says_so(one: Callbacks) -> None:
    floor = Floor(is_delayed=True)
    floor.feed.subscribe("AAPL", one, known(is_delayed=True))
    floor(trade(190, 1))
    assert [quote.is_delayed for quote in one.all()] == [True, True]
    floor.feed.stop()


def test_a_delayed_quote_is_followed_by_a_live_one(floor: Floor, one: Callbacks) -> None:
    floor.feed.subscribe("AAPL", one, known(is_delayed=True))
    floor(quote(189, 191, 1))
    floor(trade(190, 2))
    assert [quote.is_delayed for quote in one.all()] == [True, True, False]


def test_each_is_told_of_its_symbol_until_its_end(floor: Floor, one: Callbacks) -> None:
    other = Callbacks()
    leave = floor.feed.subscribe("AAPL", one)
    floor.feed.subscribe("MSFT", other)
    floor(trade(1, 1), trade(2, 1, "MSFT"), trade(3, 1, "NVDA"))
    leave()
    leave()
    floor(trade(4, 2), trade(5, 2, "MSFT"))
    assert [quote.last for quote in one.all()] == [1]
    assert [quote.last for quote in other.all()] == [2, 5]
    floor.feed.stop()
    floor(trade(6, 3, "MSFT"))
    assert other.all() == []


def test_one_can_leave_from_within(floor: Floor) -> None:
    told: list[Decimal] = []

    def take(quote: MarketData) -> None:
        told.append(quote.last)
        leave()

    leave = floor.feed.subscribe("AAPL", take)
    floor(trade(1, 1))
    floor(trade(2, 2))
    assert told == [1]


def test_one_whom_another_has_let_go_is_not_told(floor: Floor, one: Callbacks) -> None:
    floor.feed.subscribe("AAPL", lambda _quote: leave())
    leave = floor.feed.subscribe("AAPL", one)
    floor(trade(1, 1))
    assert one.all() == []


def test_a_quote_that_comes_late_takes_nothing_back(one: Callbacks) -> None:
    subscriber = _Subscriber("AAPL", one)
    subscriber.tell(known(at=at(1)))
    subscriber.tell(known(last=D("1"), at=at(0)))
    assert one.all() == [known(at=at(1))]


# ---- on a socket


@pytest.fixture
def server() -> Iterator[Server]:
    with a_server() as made:
        yield made


@pytest.fixture
def feed(server: Server) -> Iterator[QuoteFeed]:
    made = a_feed(server.url)
    yield made
    made.stop()


def signed_in(server: Server) -> Peer:
    peer = server.peer()
    peer.say(CONNECTED)
    assert peer.hear() == SIGN_IN
    peer.say(AUTHENTICATED)
    return peer


def test_all_share_one_connection_which_goes_with_the_last(
    server: Server, feed: QuoteFeed, one: Callbacks, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    assert feed.state is None
    first = feed.subscribe("AAPL", one)
    peer = signed_in(server)
    assert peer.hear() == subscribe("AAPL")
    peer.say([*coming("AAPL"), trade(10, 1)])
    assert one.next().last == 10
    assert feed.state == StreamState(is_live=True, error=None, since=AT)

    two, three = Callbacks(), Callbacks()
    second = feed.subscribe("AAPL", two)
    third = feed.subscribe("BTC/USD", three, known(symbol="BTC/USD"))
    assert two.next().last == 10
    assert three.next().last == D("189.5")
    assert peer.hear() == subscribe("BTC/USD")
    peer.say([*coming("AAPL", "BTC/USD"), trade(11, 2), trade(12, 2, "BTC/USD")])
    assert [each.next().last for each in (one, two, three)] == [11, 11, 12]

    first()
    second()
    assert peer.hear() == unsubscribe("AAPL")
    peer.say(coming("BTC/USD"))
    third()
    third()
    assert peer.is_closed()
    assert feed.state is None
    assert server.upgrades == 1
    assert SECRET not in caplog.text + repr(feed)


def test_after_a_drop_everything_is_asked_for_again(server: Server, feed: QuoteFeed, one: Callbacks) -> None:
    feed._stream._backoff = type(feed._stream._backoff)(base=0.001, cap=0.001)
    feed.subscribe("AAPL", one)
    feed.subscribe("MSFT", one)
    peer = signed_in(server)
    assert peer.hear() == subscribe("AAPL", "MSFT")
    peer.close()
    again = signed_in(server)
    assert again.hear() == subscribe("AAPL", "MSFT")
    again.say([*coming("AAPL", "MSFT"), trade(10, 1)])
    assert one.next().last == 10


def test_who_comes_after_the_last_has_left_gets_a_new_connection(
    server: Server, feed: QuoteFeed, one: Callbacks
) -> None:
    leave = feed.subscribe("AAPL", one)
    before = signed_in(server)
    assert before.hear() == subscribe("AAPL")
    leave()
    feed.subscribe("MSFT", one)
    peer = signed_in(server)
    assert before.close_code == 1000
    assert peer.hear() == subscribe("MSFT")
    peer.say([*coming("MSFT"), trade(10, 1, "MSFT")])
    assert one.next().symbol == "MSFT"


def test_a_plan_without_the_stream_ends_it_until_the_feed_is_stopped(
    server: Server, feed: QuoteFeed, one: Callbacks
) -> None:
    leave = feed.subscribe("AAPL", one)
    peer = server.peer()
    peer.say(CONNECTED)
    peer.hear()
    peer.say(refusal(409))
    assert peer.is_closed()
    thread = feed._stream._thread
    assert thread is not None
    thread.join(LONG)
    assert feed.state == StreamState(
        is_live=False,
        error="Your plan at Alpaca does not include this stream of quotes. Choose another data feed.",
        since=AT,
        is_over=True,
    )
    leave()
    feed.subscribe("MSFT", one, known(symbol="MSFT"))
    assert one.next().symbol == "MSFT"
    state = feed.state
    assert state is not None
    assert state.is_over
    assert server.upgrades == 1
    feed.stop()
    feed.subscribe("MSFT", one)
    signed_in(server)


def test_what_is_left_out_is_told_while_the_stream_is_live(server: Server, feed: QuoteFeed, one: Callbacks) -> None:
    feed.subscribe("AAPL", one)
    peer = signed_in(server)
    assert peer.hear() == subscribe("AAPL")
    peer.say([*coming("AAPL"), trade(10, 1)])
    one.next()
    feed.subscribe("NOSUCH", one)
    assert peer.hear() == subscribe("NOSUCH")
    peer.say([*refusal(405), trade(11, 2)])
    one.next()
    state = feed.state
    assert state is not None
    assert state.is_live
    assert state.error == "Alpaca's stream of quotes does not take NOSUCH: too many, or unknown."
