"""What goes wrong by script: each fault fits the request that is asked for, and is used up."""

from threading import Event, Thread

import pytest
from requests import ConnectionError as Lost
from requests import ReadTimeout
from requests.exceptions import ChunkedEncodingError

from tests.brokers.alpaca.venue.calls import Calls, a_body
from tests.brokers.alpaca.venue.venue import Venue

ORDERS = "^/v2/orders$"


def test_a_lost_answer_is_an_order_that_was_booked(venue: Venue, calls: Calls) -> None:
    venue.faults.lose_answer("POST", ORDERS)
    with pytest.raises(Lost):
        calls.place(client_order_id="ours-1")
    assert venue.order("ours-1").status == "filled"
    calls.place()


def test_a_lost_request_is_none(venue: Venue, calls: Calls) -> None:
    venue.faults.lose_request("POST", ORDERS, times=2)
    for _ in range(2):
        with pytest.raises(Lost):
            calls.place()
    assert venue.orders == []
    calls.ask("/v2/orders")
    calls.place()


def test_gateways_answer_in_html(venue: Venue, calls: Calls) -> None:
    venue.faults.bad_gateway("POST", ORDERS)
    venue.faults.bad_gateway("POST", ORDERS, 504, done=True)
    venue.faults.forbid("GET", "account")
    for status, booked in ((502, 0), (504, 1)):
        answer = calls.call("POST", "/v2/orders", a_body())
        assert (answer.status_code, answer.headers["Content-Type"]) == (status, "text/html")
        assert len(venue.orders) == booked
    assert calls.call("GET", "/v2/account").text.startswith("<html>")


def test_too_many(venue: Venue, calls: Calls) -> None:
    venue.faults.too_many("GET", retry_after="7")
    answer = calls.call("GET", "/v2/clock")
    assert (answer.status_code, answer.headers["Retry-After"], answer.json()["code"]) == (429, "7", 42910000)
    calls.ask("/v2/clock")


def test_a_refusal_of_the_tests_own(venue: Venue, calls: Calls) -> None:
    venue.faults.refuse("POST", ORDERS, 403, {"code": 40310100, "message": "trade denied"}, times=None)
    for _ in range(3):
        assert calls.refused() == (403, 40310100, "trade denied")
    venue.faults.clear()
    calls.place()


def test_a_redirect(venue: Venue, calls: Calls) -> None:
    venue.faults.redirect("GET", "account", "http://127.0.0.1:1/elsewhere")
    answer = calls.call("GET", "/v2/account")
    assert (answer.status_code, answer.headers["Location"]) == (302, "http://127.0.0.1:1/elsewhere")


def test_half_a_body(venue: Venue, calls: Calls) -> None:
    venue.faults.cut_body("POST", ORDERS)
    with pytest.raises((ChunkedEncodingError, Lost)):
        calls.place()
    assert len(venue.orders) == 1


def test_a_hanging_answer(venue: Venue, calls: Calls) -> None:
    released = Event()
    venue.faults.hang("POST", ORDERS, released)
    with pytest.raises(ReadTimeout):
        calls.post(venue.base_url + "/v2/orders", json=a_body(), timeout=0.05)
    assert len(venue.orders) == 1
    released.set()
    calls.ask("/v2/clock")


def test_what_hangs_before_it_is_done(venue: Venue, calls: Calls) -> None:
    released = Event()
    venue.faults.hang("POST", ORDERS, released, done=False)
    thread = Thread(target=calls.place)
    thread.start()
    with Calls(venue) as others:
        assert others.ask("/v2/orders", status="all") == []
    released.set()
    thread.join()
    assert len(venue.orders) == 1


def test_what_still_hangs_ends_with_the_venue(venue: Venue, calls: Calls) -> None:
    venue.faults.hang("GET", "clock", Event())
    with pytest.raises(ReadTimeout):
        calls.get(venue.base_url + "/v2/clock", timeout=0.05)


def test_a_dripping_body(venue: Venue, calls: Calls) -> None:
    released = Event()
    venue.faults.drip("GET", "clock", 60, released, times=2)
    with calls.get(venue.base_url + "/v2/clock", stream=True) as answer:
        assert answer.status_code == 200
        released.set()
        assert answer.json()["is_open"] is True
    assert calls.ask("/v2/clock")["is_open"] is True


def test_mangled_answers(venue: Venue, calls: Calls) -> None:
    def without_id(told: dict[str, object]) -> dict[str, object]:
        return {name: value for name, value in told.items() if name != "id"}

    venue.faults.mangle("GET", "account$", without_id, times=1)
    assert "id" not in calls.ask("/v2/account")
    assert "id" in calls.ask("/v2/account")


def test_dropped_connections(venue: Venue, calls: Calls) -> None:
    released = Event()
    venue.faults.hang("GET", "account", released)
    lost: list[Lost] = []

    def ask() -> None:
        try:
            calls.ask("/v2/account")
        except Lost as error:
            lost.append(error)

    thread = Thread(target=ask)
    thread.start()
    assert venue.wait_for(lambda: venue.asked("GET", "/v2/account"))
    venue.drop_connections()
    thread.join()
    released.set()
    assert lost
    calls.ask("/v2/clock")


def test_requests_are_recorded(venue: Venue, calls: Calls) -> None:
    calls.open_orders(limit=5)
    calls.place(client_order_id="ours-1")
    listed, placed = venue.requests
    assert (listed.method, listed.path, listed.query) == ("GET", "/v2/orders", {"status": "open", "limit": "5"})
    assert placed.body["client_order_id"] == "ours-1"
    assert placed.headers["apca-api-key-id"] == venue.keys[0]
    assert venue.asked("GET") == [listed]
    assert venue.asked("POST", "/v2/orders") == [placed]
