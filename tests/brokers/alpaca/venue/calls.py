"""A bare client of the venue, for the venue's own tests."""

from typing import Any

from requests import Response, Session

from tests.brokers.alpaca.venue.venue import Venue


class Calls(Session):
    """Calls by path with the venue's keys; what is returned is the answer's document."""

    def __init__(self, venue: Venue) -> None:
        super().__init__()
        self.venue = venue
        self.headers.update({"APCA-API-KEY-ID": venue.keys[0], "APCA-API-SECRET-KEY": venue.keys[1]})

    def call(self, method: str, path: str, body: Any = None, **query: Any) -> Response:
        return self.request(method, self.venue.base_url + path, json=body, params=query, allow_redirects=False)

    def ask(self, path: str, **query: Any) -> Any:
        return self.told(self.call("GET", path, **query), 200)

    def place(self, **fields: Any) -> Any:
        """A market order to buy ten AAPL for the day, with some fields changed."""
        return self.told(self.call("POST", "/v2/orders", a_body(**fields)), 200)

    def refusal(self, method: str, path: str, body: Any = None, **query: Any) -> tuple[int, Any, str]:
        """Status, code and message."""
        answer = self.call(method, path, body, **query)
        return answer.status_code, answer.json().get("code"), answer.json()["message"]

    def refused(self, **fields: Any) -> tuple[int, Any, str]:
        return self.refusal("POST", "/v2/orders", a_body(**fields))

    def order(self, order_id: str, *, nested: bool = False) -> Any:
        return self.ask(f"/v2/orders/{order_id}", **({"nested": "true"} if nested else {}))

    def open_orders(self, **query: Any) -> Any:
        return self.ask("/v2/orders", status="open", **query)

    def cancel(self, order_id: str) -> None:
        self.told(self.call("DELETE", f"/v2/orders/{order_id}"), 204)

    def change(self, order_id: str, **fields: Any) -> Any:
        return self.told(self.call("PATCH", f"/v2/orders/{order_id}", fields), 200)

    @staticmethod
    def told(answer: Response, status: int) -> Any:
        assert answer.status_code == status, answer.text
        return answer.json() if answer.content else None


def a_body(**fields: Any) -> dict[str, Any]:
    usual = {"symbol": "AAPL", "qty": "10", "side": "buy", "type": "market", "time_in_force": "day"}
    return {name: value for name, value in (usual | fields).items() if value is not None}


def a_bracket(**fields: Any) -> dict[str, Any]:
    """To buy ten AAPL at 189, sell at 200, stop at 180."""
    return {
        "type": "limit",
        "limit_price": "189",
        "time_in_force": "gtc",
        "order_class": "bracket",
        "take_profit": {"limit_price": "200"},
        "stop_loss": {"stop_price": "180"},
    } | fields
