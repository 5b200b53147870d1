"""Streams: one connection at a time, made anew when it is lost, never to a wrong host, telling no secret."""

from __future__ import annotations

import logging
import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from queue import Empty, Queue
from random import Random
from typing import Any, cast

import pytest

from tests.brokers.fakes import SECRET
from tests.brokers.sockets import LONG, Server, a_certificate, a_dead_server, a_server
from trenddojo.brokers.backoff import BackOff
from trenddojo.brokers.streams import RECONNECTING, Patience, Stream, StreamEnded, Talk
from trenddojo.brokers.types import StreamState
from trenddojo.brokers.websocket import Line

AT = datetime(2026, 11, 19, 14, 30, tzinfo=UTC)
SOON = BackOff(base=0.001, cap=0.002)
NEVER = BackOff(base=1e6, cap=1e6)
NAME = "Fake's stream"


class Greeting(Talk):
    """Says a secret, is ready when it is welcomed, and answers every other word with it."""

    def __init__(self, heard: Queue[str], leave: Callable[[], None]) -> None:
        self._heard, self.leave = heard, leave
        self._is_ready = False
        self.unsaid: list[str] = []

    @property
    def is_ready(self) -> bool:
        return self._is_ready

    @property
    def shortfall(self) -> str | None:
        return "One thing is missing." if self.unsaid else None

    def opening(self) -> Sequence[str]:
        return (f'"{SECRET}"',)

    def hear(self, message: str | bytes) -> Sequence[str]:
        text = message if isinstance(message, str) else message.decode()
        word = text.strip('"')
        if word == "welcome":
            self._is_ready = True
            return ()
        if word == "never":
            raise StreamEnded("Fake does not want us.", is_over=True)
        if word == "not now":
            raise StreamEnded("Fake has no time.")
        if word == "welcome and farewell":
            self._is_ready = True
            self.leave()
            return ()
        if word.startswith("a long story"):
            self._heard.put(word)
            return ()
        if word == "stumble":
            raise KeyError(word)
        self._heard.put(word)
        return (text,)

    def more(self) -> Sequence[str]:
        return self.unsaid if self._is_ready else ()


class Waits(BackOff):
    """A back-off that does not wait, and notes after how many failures it was asked to."""

    def __init__(self) -> None:
        super().__init__()
        object.__setattr__(self, "_asked", Queue())

    def wait(self, failures: int, random: Random) -> float:
        self._asked.put(failures)  # type: ignore[attr-defined]
        return 0.0

    def next(self) -> int:
        asked: int = self._asked.get(timeout=LONG)  # type: ignore[attr-defined]
        return asked


class Rig:
    """A stream, and what came of it."""

    def __init__(self, url: str, **more: Any) -> None:
        self.heard: Queue[str] = Queue()
        self.ready: Queue[datetime] = Queue()
        self.talks: list[Greeting] = []
        self.now = AT
        self.stream = Stream(
            NAME,
            url,
            more.pop("hosts", {"127.0.0.1"}),
            more.pop("talk", self._talk),
            clock=lambda: self.now,
            on_ready=more.pop("on_ready", lambda: self.ready.put(self.now)),
            random=Random(1),
            backoff=more.pop("backoff", SOON),
            patience=more.pop("patience", None),
            **more,
        )

    def _talk(self) -> Greeting:
        self.talks.append(Greeting(self.heard, self.stream.stop))
        return self.talks[-1]

    def thread(self) -> threading.Thread:
        """The stream's thread, as long as there is one."""
        found = self.stream._thread
        assert found is not None
        return found

    def ended(self) -> StreamState:
        """The state once the stream has given up by itself."""
        self.thread().join(LONG)
        assert not self.thread().is_alive()
        return self.stream.state


@pytest.fixture
def server() -> Iterator[Server]:
    with a_server() as made:
        yield made


@pytest.fixture
def rig(server: Server) -> Iterator[Rig]:
    made = Rig(server.url)
    yield made
    made.stream.stop()
    made.stream.stop()


def welcomed(rig: Rig, server: Server) -> Any:
    """The server's end of a connection that has become ready."""
    peer = server.peer()
    assert peer.hear() == SECRET
    peer.say("welcome")
    rig.ready.get(timeout=LONG)
    return peer


# ---- the course of things


def test_it_signs_in_hears_and_answers(rig: Rig, server: Server) -> None:
    assert rig.stream.state == StreamState(is_live=False, error=None, since=AT)
    rig.stream.start()
    rig.stream.start()
    peer = welcomed(rig, server)
    assert rig.stream.state == StreamState(is_live=True, error=None, since=AT)
    peer.say("news")
    assert peer.hear() == "news"
    peer.say("more news", is_binary=True)
    assert peer.hear() == "more news"
    assert [rig.heard.get_nowait(), rig.heard.get_nowait()] == ["news", "more news"]
    assert server.upgrades == 1


def test_it_is_not_live_before_the_server_says_so(rig: Rig, server: Server) -> None:
    rig.stream.start()
    peer = server.peer()
    assert peer.hear() == SECRET
    peer.say("news")
    assert peer.hear() == "news"
    assert not rig.stream.state.is_live
    assert rig.ready.empty()


def test_what_the_talk_has_to_say_is_sent_when_prompted(rig: Rig, server: Server) -> None:
    rig.stream.prompt()  # to nobody
    rig.stream.start()
    peer = welcomed(rig, server)
    rig.talks[0].unsaid = ['"by the way"', '"and"']
    rig.stream.prompt()
    assert [peer.hear(), peer.hear()] == ["by the way", "and"]
    assert rig.stream.state == StreamState(is_live=True, error="One thing is missing.", since=AT)


def test_a_lost_connection_is_made_anew_with_a_talk_of_its_own(rig: Rig, server: Server) -> None:
    rig.stream.start()
    for talks in (1, 2, 3):
        welcomed(rig, server).close()
        assert len(rig.talks) == talks
    peer = welcomed(rig, server)
    rig.stream.stop()
    assert peer.is_closed()


def test_the_state_tells_what_was_lost_and_since_when(server: Server) -> None:
    rig = Rig(server.url, backoff=NEVER)
    rig.stream.start()
    peer = welcomed(rig, server)
    rig.now = datetime(2026, 11, 19, 14, 31, tzinfo=UTC)
    peer.close()
    fell(rig)
    assert rig.stream.state == StreamState(
        is_live=False, error="The connection to Fake's stream was lost.", since=rig.now
    )
    rig.stream.stop()
    assert rig.stream.state == StreamState(is_live=False, error=None, since=rig.now)


def test_the_time_since_it_is_down_is_that_of_the_first_fall(server: Server) -> None:
    waits = Waits()
    rig = Rig(server.url, backoff=waits)
    minutes = iter(range(31, 60))

    def turn() -> None:
        rig.now = AT.replace(minute=next(minutes))

    server.on_upgrade = turn
    rig.stream.start()
    peer = welcomed(rig, server)
    assert rig.stream.state.since == AT.replace(minute=31)
    server.refused += [503, 500]
    peer.close()
    again = server.peer()
    assert [waits.next() for _ in range(3)] == [1, 2, 3]
    assert rig.stream.state == StreamState(
        is_live=False,
        error="Fake's stream does not open at the moment (500).",
        since=AT.replace(minute=31),
    )
    again.say("welcome")
    assert rig.ready.get(timeout=LONG) == AT.replace(minute=34)
    rig.stream.stop()


def fell(rig: Rig) -> None:
    """Wait until the stream rests between two connections."""
    tries = threading.Event()
    for _ in range(1000):
        if rig.stream.state.error is not None:
            return
        tries.wait(0.005)
    raise AssertionError("it does not fall")


# ---- refusals


@pytest.mark.parametrize("status", [401, 402, 403])
def test_an_upgrade_refused_for_good_is_not_tried_again(rig: Rig, server: Server, status: int) -> None:
    server.refused.append(status)
    rig.stream.start()
    state = rig.ended()
    assert state == StreamState(
        is_live=False, error=f"Fake's stream is not open to these keys ({status}).", since=AT, is_over=True
    )
    rig.stream.start()
    assert server.upgrades == 1


@pytest.mark.parametrize("status", [404, 408, 429, 500, 502, 503])
def test_any_other_refusal_is_tried_again(rig: Rig, server: Server, status: int) -> None:
    server.refused += [status, status]
    rig.stream.start()
    welcomed(rig, server)
    assert server.upgrades == 3


def test_the_servers_word_can_end_it_for_good(rig: Rig, server: Server) -> None:
    rig.stream.start()
    peer = welcomed(rig, server)
    peer.say("never")
    assert rig.ended() == StreamState(is_live=False, error="Fake does not want us.", since=AT, is_over=True)
    assert peer.is_closed()
    assert peer.close_code == 1000
    rig.stream.start()
    assert not rig.thread().is_alive()


def test_stopped_after_its_end_it_can_begin_again(rig: Rig, server: Server) -> None:
    server.refused.append(401)
    rig.stream.start()
    assert rig.ended().is_over
    rig.stream.stop()
    assert rig.stream.state == StreamState(is_live=False, error=None, since=AT)
    rig.stream.start()
    welcomed(rig, server)


def test_the_servers_word_can_end_the_connection_only(rig: Rig, server: Server) -> None:
    rig.stream.start()
    peer = server.peer()
    peer.say("not now")
    assert peer.is_closed()
    welcomed(rig, server)


def test_a_server_that_is_not_there_is_tried_again() -> None:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    rig = Rig(f"ws://127.0.0.1:{port}/", backoff=NEVER)
    rig.stream.start()
    fell(rig)
    assert rig.stream.state == StreamState(is_live=False, error="Fake's stream cannot be reached.", since=AT)
    rig.stream.stop()


def test_a_server_that_speaks_something_else_is_tried_again(server: Server) -> None:
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"
    with socket.create_server(("127.0.0.1", 0)) as listener:
        rig = Rig(f"ws://127.0.0.1:{listener.getsockname()[1]}/", backoff=NEVER)
        rig.stream.start()
        connection, _address = listener.accept()
        with connection:
            assert SECRET.encode() not in connection.recv(65536)
            connection.sendall(answer)
            fell(rig)
    assert rig.stream.state.error == "Fake's stream does not open at the moment (200)."
    rig.stream.stop()


def test_a_server_that_hangs_up_is_tried_again() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        rig = Rig(f"ws://127.0.0.1:{listener.getsockname()[1]}/", backoff=NEVER)
        rig.stream.start()
        connection, _address = listener.accept()
        connection.recv(65536)
        connection.close()
        fell(rig)
    assert rig.stream.state.error == "Fake's stream did not open as a websocket does."
    rig.stream.stop()


def test_a_server_that_never_answers_is_given_up() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"ws://127.0.0.1:{listener.getsockname()[1]}/"
        rig = Rig(url, backoff=NEVER, patience=Patience(opening=0.05))
        rig.stream.start()
        fell(rig)
    assert rig.stream.state.error == "Fake's stream did not answer in time."
    rig.stream.stop()


# ---- silence


def test_a_connection_without_a_sign_of_life_is_made_anew() -> None:
    with a_dead_server() as (url, upgraded):
        rig = Rig(url, patience=Patience(stale=0.06, closing=0.01))
        rig.stream.start()
        upgraded.get(timeout=LONG)
        upgraded.get(timeout=LONG)
        fell(rig)
        assert rig.stream.state.error == "Fake's stream has been silent for 0.06 seconds."
        rig.stream.stop()


class Quiet:
    """A connection on which nothing comes but what is laid down, and pongs when they are let through."""

    def __init__(self) -> None:
        self.messages: list[str] = []
        self.pings: list[threading.Event] = []

    def recv(self, timeout: float) -> str:
        assert timeout == 15.0
        if not self.messages:
            raise TimeoutError
        return self.messages.pop()

    def ping(self) -> threading.Event:
        self.pings.append(threading.Event())
        return self.pings[-1]


def quiet() -> tuple[Quiet, Line]:
    connection = Quiet()
    return connection, Line(NAME, cast(Any, connection), stale=45.0)


def test_a_silence_is_asked_about_once_and_is_too_long_the_third_time() -> None:
    connection, line = quiet()
    assert line.next() is None
    assert len(connection.pings) == 1
    assert line.next() is None
    assert len(connection.pings) == 1
    with pytest.raises(StreamEnded, match=r"^Fake's stream has been silent for 45 seconds\.$") as met:
        line.next()
    assert not met.value.is_over


def test_a_pong_is_a_sign_of_life() -> None:
    connection, line = quiet()
    for silences in range(1, 10):
        assert line.next() is None
        assert line.next() is None
        assert len(connection.pings) == silences
        connection.pings[-1].set()


def test_a_message_is_a_sign_of_life_also_without_a_pong() -> None:
    connection, line = quiet()
    for _ in range(5):
        assert line.next() is None
        assert line.next() is None
        connection.messages.append("news")
        assert line.next() == "news"
    assert len(connection.pings) == 1


def test_a_server_that_does_not_let_us_in_is_asked_again(server: Server) -> None:
    rig = Rig(server.url, patience=Patience(ready=0.02, stale=0.06))
    rig.stream.start()
    assert server.peer().is_closed()
    server.peer()
    assert rig.stream.state.error == "Fake's stream did not let us in within 0.02 seconds."
    rig.stream.stop()


def test_a_server_that_talks_and_does_not_let_us_in_is_asked_again(server: Server) -> None:
    now = iter(range(0, 100, 10))
    rig = Rig(server.url, monotonic=lambda: float(next(now)), backoff=NEVER)
    rig.stream.start()
    peer = server.peer()
    peer.say("news")
    peer.say("news")
    assert peer.is_closed()
    fell(rig)
    assert rig.stream.state.error == "Fake's stream did not let us in within 15 seconds."
    rig.stream.stop()


# ---- back-off


def test_the_waits_grow_until_a_connection_has_proven_good(server: Server) -> None:
    waits = Waits()
    now = [0.0]
    rig = Rig(server.url, backoff=waits, monotonic=lambda: now[0])
    server.refused += [503, 503]
    rig.stream.start()
    welcomed(rig, server).close()  # too soon to count
    peer = welcomed(rig, server)
    assert [waits.next() for _ in range(3)] == [1, 2, 3]
    now[0] += 60.0
    peer.close()
    welcomed(rig, server)
    assert waits.next() == 1
    rig.stream.stop()


def test_the_waits_are_from_one_second_to_a_minute() -> None:
    assert [RECONNECTING.ceiling(failures) for failures in (1, 2, 6, 7, 1000)] == [1.0, 2.0, 32.0, 60.0, 60.0]


# ---- the end


def test_stopped_during_a_wait_it_ends_at_once(server: Server) -> None:
    rig = Rig(server.url, backoff=NEVER)
    server.refused.append(503)
    rig.stream.start()
    fell(rig)
    rig.stream.stop()
    rig.thread().join(LONG)
    assert not rig.thread().is_alive()


def test_stopped_while_it_connects_it_says_nothing() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        rig = Rig(f"ws://127.0.0.1:{listener.getsockname()[1]}/", patience=Patience(opening=0.1))
        rig.stream.start()
        connection, _address = listener.accept()
        with connection:
            rig.stream.stop()
            rig.thread().join(LONG)
            assert SECRET.encode() not in connection.recv(65536)
    assert rig.talks == []
    assert rig.stream.state == StreamState(is_live=False, error=None, since=AT)


def test_stopped_just_before_it_is_connected_it_says_nothing(rig: Rig, server: Server) -> None:
    server.on_upgrade = rig.stream.stop
    rig.stream.start()
    assert server.peer().hears_nothing()
    rig.thread().join(LONG)
    assert rig.ready.empty()


def test_stopped_in_the_middle_of_a_message_it_is_not_live_by_it(rig: Rig, server: Server) -> None:
    rig.stream.start()
    peer = server.peer()
    assert peer.hear() == SECRET
    peer.say("welcome and farewell")
    assert peer.hears_nothing()
    rig.thread().join(LONG)
    assert rig.ready.empty()
    assert not rig.stream.state.is_live


def test_a_stop_takes_leave_of_the_server(rig: Rig, server: Server) -> None:
    rig.stream.start()
    peer = welcomed(rig, server)
    rig.stream.stop()
    assert not rig.stream.state.is_live
    assert peer.is_closed()
    assert peer.close_code == 1000
    rig.thread().join(LONG)
    assert not rig.thread().is_alive()
    assert not server.has_more()


def test_a_stop_waits_for_no_callback(server: Server) -> None:
    is_held, go_on = threading.Event(), threading.Event()

    def hold() -> None:
        is_held.set()
        go_on.wait(LONG)

    rig = Rig(server.url, on_ready=hold)
    rig.stream.start()
    peer = server.peer()
    peer.say("welcome")
    peer.say("news")
    assert is_held.wait(LONG)
    rig.stream.stop()
    assert not rig.stream.state.is_live
    go_on.set()
    rig.thread().join(LONG)
    with pytest.raises(Empty):
        rig.heard.get_nowait()


def test_it_can_be_stopped_from_within(server: Server) -> None:
    def leave() -> None:
        rig.stream.stop()

    rig = Rig(server.url, on_ready=leave)
    rig.stream.start()
    peer = server.peer()
    peer.say("welcome")
    assert peer.is_closed()
    rig.thread().join(LONG)
    assert not rig.thread().is_alive()


def test_started_again_it_waits_for_the_end_of_the_last_connection(server: Server) -> None:
    is_held, go_on = threading.Event(), threading.Event()

    def hold() -> None:
        is_held.set()
        go_on.wait(LONG)

    rig = Rig(server.url, on_ready=hold)
    rig.stream.start()
    server.peer().say("welcome")
    assert is_held.wait(LONG)
    before = rig.thread()
    rig.stream.stop()
    rig.stream.start()
    threading.Event().wait(0.1)  # what does not happen takes its time
    assert not server.has_more()
    go_on.set()
    assert server.peer().hear() == SECRET
    assert not before.is_alive()
    rig.stream.stop()


# ---- bugs


@pytest.fixture
def died(monkeypatch: pytest.MonkeyPatch) -> Queue[threading.ExceptHookArgs]:
    """What threads of the test died of."""
    found: Queue[threading.ExceptHookArgs] = Queue()
    monkeypatch.setattr(threading, "excepthook", found.put)
    return found


def test_a_bug_ends_its_thread_and_another_makes_the_connection_anew(
    rig: Rig, server: Server, died: Queue[threading.ExceptHookArgs], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    rig.stream.start()
    peer = welcomed(rig, server)
    peer.say("stumble")
    assert peer.is_closed()
    assert peer.close_code == 1011
    welcomed(rig, server)
    assert died.get(timeout=LONG).exc_type is KeyError
    assert SECRET not in caplog.text


@pytest.mark.parametrize("error", [OSError("disk full"), ValueError("no"), TimeoutError(), RuntimeError()])
def test_a_callback_that_raises_is_a_bug_whatever_it_raises(
    server: Server, error: Exception, died: Queue[threading.ExceptHookArgs]
) -> None:
    met = [error]
    ready = threading.Event()

    def stumble_once() -> None:
        if met:
            raise met.pop()
        ready.set()

    rig = Rig(server.url, on_ready=stumble_once)
    rig.stream.start()
    server.peer().say("welcome")
    server.peer().say("welcome")
    assert ready.wait(LONG)
    assert died.get(timeout=LONG).exc_value is error
    rig.stream.stop()


def test_a_message_may_be_long(rig: Rig, server: Server) -> None:
    rig.stream.start()
    story = "a long story".ljust(3 * 2**20, ".")
    welcomed(rig, server).say(story)
    assert rig.heard.get(timeout=LONG) == story


def test_a_message_that_is_too_long_ends_the_connection(rig: Rig, server: Server) -> None:
    rig.stream.start()
    peer = welcomed(rig, server)
    peer.send(" " * (4 * 2**20 + 1))
    assert peer.is_closed()
    assert peer.close_code == 1009
    welcomed(rig, server)


# ---- where it may go


@pytest.mark.parametrize(
    "url",
    [
        "wss://api.example.com/stream",
        "ws://stream.example.com/stream",
        "https://stream.example.com/stream",
        "wss://stream.example.com@evil.example.net/",
        f"wss://{SECRET}@stream.example.com/",
        f"wss://:{SECRET}@stream.example.com/",
        "wss://stream.example.com.evil.example.net/",
        "wss://evil.example.net\\@stream.example.com/",
        "wss://stream.example.com/#part",
        "wss://stream.example.com:port/",
        "wss://[stream.example.com/",
        "ws://127.0.0.1/",
        "//stream.example.com/",
        "",
    ],
)
def test_no_other_host_is_ever_reached(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_given: object, **_more: object) -> None:
        raise AssertionError("a connection")

    monkeypatch.setattr("trenddojo.brokers.websocket.create_connection", never)
    rig = Rig(url, hosts={"stream.example.com"})
    rig.stream.start()
    state = rig.ended()
    assert state.is_over
    assert (state.error or "").endswith("Nothing was sent.")
    assert SECRET not in str(state)


def test_a_secure_address_is_spoken_to_in_tls_only() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        rig = Rig(f"wss://127.0.0.1:{listener.getsockname()[1]}/", backoff=NEVER)
        rig.stream.start()
        connection, _address = listener.accept()
        with connection:
            assert connection.recv(3)[:2] == b"\x16\x03"  # a TLS handshake
            connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
            fell(rig)
    assert rig.stream.state.error == ("Fake's stream has no private connection: its certificate or its TLS fails.")
    rig.stream.stop()


def test_over_tls_the_server_must_prove_who_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tls, certificate = a_certificate(tmp_path)
    with a_server(tls) as server:
        doubting = Rig(server.url, backoff=NEVER)
        doubting.stream.start()
        fell(doubting)
        assert doubting.stream.state.error == (
            "Fake's stream has no private connection: its certificate or its TLS fails."
        )
        doubting.stream.stop()
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        trusting = Rig(server.url)
        trusting.stream.start()
        welcomed(trusting, server).say("news")
        assert trusting.heard.get(timeout=LONG) == "news"
        trusting.stream.stop()


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_is_not_followed(rig: Rig, server: Server, status: int) -> None:
    with a_server() as elsewhere:
        server.away = elsewhere.url
        server.refused.append(status)
        rig.stream.start()
        welcomed(rig, server)
        assert elsewhere.upgrades == 0
    assert server.upgrades == 2


def test_the_environment_has_no_say(rig: Rig, server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ALL_PROXY", "HTTP_PROXY", "HTTPS_PROXY", "WS_PROXY", "WSS_PROXY", "all_proxy", "http_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.setenv("NO_PROXY", "")
    rig.stream.start()
    welcomed(rig, server)


# ---- secrets


@pytest.mark.usefixtures("died")
@pytest.mark.parametrize("end", [lambda peer: peer.close(), lambda peer: peer.say("stumble")])
def test_nothing_tells_a_secret(
    rig: Rig, server: Server, end: Callable[[Any], None], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    rig.stream.start()
    end(welcomed(rig, server))
    welcomed(rig, server)
    assert "Fake's stream is live." in caplog.text
    assert SECRET not in caplog.text
    assert SECRET not in repr(rig.stream) + str(rig.stream.state)
    assert repr(rig.stream) == "Stream(Fake's stream: 127.0.0.1)"
