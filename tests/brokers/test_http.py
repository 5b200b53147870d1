"""The wire: where it may go, what it never does twice, what each failure proves, and that it tells no secret."""

from __future__ import annotations

import json
import socket
import threading
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from decimal import Decimal
from functools import partial
from typing import Any

import pytest
import requests
import responses
from requests.adapters import HTTPAdapter

from tests.brokers.fakes import SECRET
from trenddojo.brokers.answers import STRUCK
from trenddojo.brokers.errors import BrokerError, BrokerErrorCode, NotSent, OutcomeUnknown
from trenddojo.brokers.http import Wire, session

HOST = "paper-api.example.com"
URL = f"https://{HOST}/v2/orders"
CODE = BrokerErrorCode


def wire(slept: list[float] | None = None, **more: Any) -> Wire:
    options: dict[str, Any] = {
        "hosts": {HOST},
        "sleep": (slept if slept is not None else []).append,
        "headers": {"X-Secret": SECRET},
        "hidden": (SECRET, ""),
        **more,
    }
    return Wire("fake", "Fake Broker", options.pop("hosts"), options.pop("transport", session), **options)


@pytest.fixture
def stub() -> Iterator[responses.RequestsMock]:
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        yield mock


def post(one: Wire) -> Any:
    return one.send("POST", URL, data={"qty": "1"})


def get(one: Wire) -> Any:
    return one.get(URL, {"token": SECRET})


# ---- what comes back


def test_an_answer_has_exact_numbers_the_brokers_clock_and_no_header_but_harmless_ones(
    stub: responses.RequestsMock,
) -> None:
    headers = {"Date": "Thu, 19 Nov 2026 14:30:00 GMT", "Set-Cookie": "a=b", "X-Request-ID": "r-1", "Location": "/o/1"}
    stub.post(URL, body='{"price": 0.1, "id": "7"}', status=201, headers=headers)
    answer = post(wire())
    assert answer.is_success
    assert answer.data == {"price": Decimal("0.1"), "id": "7"}
    assert answer.date == datetime(2026, 11, 19, 14, 30, tzinfo=UTC)
    assert answer.headers == {"x-request-id": "r-1", "location": "/o/1"}
    sent = stub.calls[0].request
    assert json.loads(sent.body or "") == {"qty": "1"}
    assert sent.headers["X-Secret"] == SECRET


def test_an_empty_body_is_whole_and_a_bad_date_is_none(stub: responses.RequestsMock) -> None:
    stub.delete(URL, status=204, headers={"Date": "soon"})
    answer = wire().send("DELETE", URL)
    assert (answer.status, answer.data, answer.date) == (204, None, None)


def test_a_form_is_sent_as_one(stub: responses.RequestsMock) -> None:
    stub.post(URL, body="{}")
    wire().send("POST", URL, form={"grant_type": "refresh_token"})
    assert stub.calls[0].request.body == "grant_type=refresh_token"


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 422])
@pytest.mark.parametrize("act", [get, post])
def test_a_refusal_is_for_the_adapter_and_asked_once(
    stub: responses.RequestsMock, act: Callable[[Wire], Any], status: int
) -> None:
    stub.add("GET" if act is get else "POST", URL, body='{"message": "no"}', status=status)
    answer = act(wire())
    assert (answer.status, answer.is_success, answer.data) == (status, False, {"message": "no"})
    assert len(stub.calls) == 1


def test_a_refusal_that_repeats_a_secret_has_it_struck_out(stub: responses.RequestsMock) -> None:
    stub.post(URL, body=json.dumps({"message": f"bad key {SECRET}"}), status=401)
    answer = post(wire())
    assert answer.data == {"message": f"bad key {STRUCK}"}
    assert SECRET not in answer.text


def test_a_refusal_that_is_no_json_is_kept_as_text(stub: responses.RequestsMock) -> None:
    stub.post(URL, body="<h1>Forbidden</h1>", status=403)
    answer = post(wire())
    assert (answer.data, answer.text) == (None, "<h1>Forbidden</h1>")


# ---- what a failure proves


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308, 408, 500, 502, 503, 504])
def test_a_send_without_a_usable_answer_leaves_the_outcome_open_and_is_sent_once(
    stub: responses.RequestsMock, status: int
) -> None:
    stub.post(URL, status=status, headers={"Location": URL, "X-Request-ID": "r-9"})
    with pytest.raises(OutcomeUnknown) as caught:
        post(wire())
    assert caught.value.code is CODE.API_ERROR
    assert caught.value.details == {"status": str(status), "request_id": "r-9"}
    assert len(stub.calls) == 1


@pytest.mark.parametrize("body", ['{"id": "7"', "<html>ok</html>", '{"price": NaN}'])
def test_a_success_that_cannot_be_read_leaves_the_outcome_open(stub: responses.RequestsMock, body: str) -> None:
    stub.post(URL, body=body)
    with pytest.raises(OutcomeUnknown) as caught:
        post(wire())
    assert caught.value.code is CODE.API_ERROR


@pytest.mark.parametrize(
    ("met", "kind", "code"),
    [
        (requests.ConnectTimeout(), NotSent, CODE.CONNECTION_FAILED),
        (requests.ReadTimeout(), OutcomeUnknown, CODE.TIMEOUT),
        (requests.ConnectionError("reset"), OutcomeUnknown, CODE.API_ERROR),
        (requests.exceptions.ChunkedEncodingError("cut"), OutcomeUnknown, CODE.API_ERROR),
        (requests.exceptions.ContentDecodingError("cut"), OutcomeUnknown, CODE.API_ERROR),
        (requests.exceptions.SSLError("bad certificate"), OutcomeUnknown, CODE.API_ERROR),
    ],
)
def test_what_an_exception_proves_of_a_send(
    stub: responses.RequestsMock, met: Exception, kind: type[BrokerError], code: BrokerErrorCode
) -> None:
    stub.post(URL, body=met)
    with pytest.raises(BrokerError) as caught:
        post(wire())
    assert (type(caught.value), caught.value.code) == (kind, code)
    assert len(stub.calls) == 1


@pytest.mark.parametrize(
    ("headers", "told"),
    [
        ({"Retry-After": "12"}, "12"),
        ({"Date": "Thu, 19 Nov 2026 14:30:00 GMT", "X-RateLimit-Reset": "1795098620"}, "20"),
        ({"Date": "Thu, 19 Nov 2026 14:30:00 GMT", "X-RateLimit-Reset": "1795098500"}, "0"),
        ({"X-RateLimit-Reset": "1795098620"}, None),
        ({"Retry-After": "a while"}, None),
    ],
)
def test_too_many_requests_proves_that_nothing_was_done(
    stub: responses.RequestsMock, headers: dict[str, str], told: str | None
) -> None:
    stub.post(URL, status=429, headers=headers)
    with pytest.raises(NotSent) as caught:
        post(wire())
    assert caught.value.code is CODE.RATE_LIMIT_EXCEEDED
    assert caught.value.details.get("retry_after") == told
    assert len(stub.calls) == 1


# ---- reads


@pytest.mark.parametrize("status", [500, 502, 503])
def test_a_read_is_asked_again_with_growing_waits(stub: responses.RequestsMock, status: int) -> None:
    stub.get(URL, status=status)
    stub.get(URL, body=requests.ConnectionError("reset"))
    stub.get(URL, body="[]")
    slept: list[float] = []
    assert get(wire(slept)).data == []
    first, second = slept
    assert 0.125 <= first <= 0.25 <= second <= 0.5


def test_a_read_gives_up_after_three(stub: responses.RequestsMock) -> None:
    stub.get(URL, status=503)
    slept: list[float] = []
    with pytest.raises(BrokerError) as caught:
        get(wire(slept))
    assert (type(caught.value), caught.value.code) == (BrokerError, CODE.API_ERROR)
    assert (len(stub.calls), len(slept)) == (3, 2)


def test_a_read_waits_out_a_short_limit_and_leaves_a_long_one_to_the_caller(stub: responses.RequestsMock) -> None:
    stub.get(URL, status=429, headers={"Retry-After": "3"})
    stub.get(URL, status=429, headers={"Retry-After": "40"})
    slept: list[float] = []
    with pytest.raises(NotSent) as caught:
        get(wire(slept))
    assert caught.value.details["retry_after"] == "40"
    assert slept == [3.0]


def test_a_read_that_timed_out_is_not_waited_for_again(stub: responses.RequestsMock) -> None:
    stub.get(URL, body=requests.ReadTimeout())
    with pytest.raises(BrokerError) as caught:
        get(wire())
    assert (type(caught.value), caught.value.code) == (BrokerError, CODE.TIMEOUT)
    assert len(stub.calls) == 1


# ---- where it may go


@pytest.mark.parametrize(
    "url",
    [
        "https://api.example.com/v2/orders",
        f"http://{HOST}/v2/orders",
        f"https://{HOST}@evil.example.net/",
        f"https://{SECRET}@{HOST}/",
        f"https://{HOST}.evil.example.net/",
        f"https://evil.example.net\\@{HOST}/",
        f"ftp://{HOST}/",
        "http://127.0.0.1/",
        f"//{HOST}/v2",
        "https://",
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE"])
def test_no_other_host_is_ever_reached(stub: responses.RequestsMock, url: str, method: str) -> None:
    slept: list[float] = []
    with pytest.raises(NotSent) as caught:
        wire(slept).get(url) if method == "GET" else wire(slept).send(method, url)
    assert caught.value.code is CODE.UNKNOWN
    assert "Nothing was sent." in caught.value.message
    assert SECRET not in caught.value.message
    assert (len(stub.calls), slept) == (0, [])


@pytest.mark.parametrize("secret", [f"{SECRET}\n", f"{SECRET}\u20ac"])
def test_a_key_that_cannot_be_sent_is_not_told(stub: responses.RequestsMock, secret: str) -> None:
    with pytest.raises(NotSent) as caught:
        post(wire(headers={"X-Secret": secret}))
    assert SECRET not in everything_told_of(caught.value)
    assert len(stub.calls) == 0


def test_a_transport_that_sends_again_is_refused() -> None:
    def eager() -> requests.Session:
        made = requests.Session()
        made.mount("https://", HTTPAdapter(max_retries=3))
        return made

    with pytest.raises(ValueError, match="must not send again"):
        wire(transport=eager)


def test_the_environment_has_no_say(monkeypatch: pytest.MonkeyPatch, stub: responses.RequestsMock) -> None:
    made = requests.Session()
    wire(transport=lambda: made)
    assert made.trust_env is False
    assert session().trust_env is False


# ---- secrets


@pytest.mark.parametrize(
    "body", [requests.ConnectionError(f"https://{HOST}/?token={SECRET}"), requests.ReadTimeout(SECRET)]
)
def test_no_failure_tells_a_secret(stub: responses.RequestsMock, body: Exception) -> None:
    stub.get(URL, body=body)
    with pytest.raises(BrokerError) as caught:
        get(wire())
    assert SECRET not in everything_told_of(caught.value)
    assert caught.value.__context__ is None
    assert f"({HOST}/v2/orders)" in caught.value.message


def test_no_representation_tells_a_secret(stub: responses.RequestsMock) -> None:
    stub.post(URL, body=json.dumps({"token": SECRET}))
    one = wire()
    assert SECRET not in repr(one) + repr(post(one))


def everything_told_of(met: BrokerError) -> str:
    return "".join(traceback.format_exception(met)) + met.message + str(dict(met.details))


# ---- real sockets


@contextmanager
def server(answer: bytes, *, stays_silent: bool = False, stays_open: bool = False) -> Iterator[tuple[int, list[bytes]]]:
    """A server on this machine that reads each request, sends `answer` and closes; yields its port and the requests."""
    listener = socket.create_server(("127.0.0.1", 0))
    heard: list[bytes] = []
    is_over = threading.Event()

    def serve() -> None:
        while True:
            try:
                connection, _address = listener.accept()
            except OSError:
                return
            with connection:
                heard.append(connection.recv(65536))
                if stays_silent:
                    is_over.wait(20)
                connection.sendall(answer)
                if stays_open:
                    is_over.wait(20)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield listener.getsockname()[1], heard
    finally:
        is_over.set()
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(20)


def local(**more: Any) -> Wire:
    return wire(hosts={"127.0.0.1"}, **more)


def test_a_server_that_closes_after_reading_the_order_leaves_the_outcome_open() -> None:
    with server(b"") as (port, heard), pytest.raises(OutcomeUnknown) as caught:
        local().send("POST", f"http://127.0.0.1:{port}/orders", data={"qty": "1"})
    assert caught.value.code is CODE.API_ERROR
    assert len(heard) == 1
    assert heard[0].startswith(b"POST /orders")


def test_a_body_cut_short_leaves_the_outcome_open() -> None:
    cut = b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 400\r\n\r\n{"id": "7"}'
    with server(cut) as (port, heard), pytest.raises(OutcomeUnknown):
        local().send("POST", f"http://127.0.0.1:{port}/orders")
    assert len(heard) == 1


def test_a_server_that_never_answers_leaves_the_outcome_open() -> None:
    with server(b"", stays_silent=True) as (port, heard), pytest.raises(OutcomeUnknown) as caught:
        local(timeouts=(1.0, 0.1)).send("POST", f"http://127.0.0.1:{port}/orders")
    assert caught.value.code is CODE.TIMEOUT
    assert len(heard) == 1


def test_a_refused_port_proves_that_nothing_was_sent() -> None:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    with pytest.raises(NotSent) as caught:
        local().send("POST", f"http://127.0.0.1:{port}/orders")
    assert caught.value.code is CODE.CONNECTION_FAILED


def test_a_redirect_is_not_followed() -> None:
    with server(b"") as (elsewhere, missed):
        head = (
            "HTTP/1.1 302 Found",
            f"Location: http://127.0.0.1:{elsewhere}/",
            "Content-Length: 0",
            "Connection: close",
        )
        away = "\r\n".join((*head, "", "")).encode()
        with server(away) as (port, heard), pytest.raises(BrokerError) as caught:
            local().get(f"http://127.0.0.1:{port}/account")
        assert caught.value.code is CODE.API_ERROR
        assert len(heard) == 3
    assert missed == []


@pytest.mark.parametrize("act", ["get", "send"])
def test_an_answer_that_drips_has_half_a_minute_in_all(act: str) -> None:
    """Each byte begins a socket's time limit anew, so the limit of the whole answer is ours."""
    seconds = iter(range(0, 1000, 31))
    one = local(monotonic=lambda: float(next(seconds)))
    drip = b'HTTP/1.1 200 OK\r\nContent-Length: 400\r\n\r\n{"id": "7"' + b" " * 100
    call = one.get if act == "get" else partial(one.send, "POST")
    with server(drip, stays_open=True) as (port, heard), pytest.raises(BrokerError) as caught:
        call(f"http://127.0.0.1:{port}/orders")
    assert (caught.value.code, isinstance(caught.value, OutcomeUnknown)) == (CODE.TIMEOUT, act == "send")
    assert len(heard) == 1
