"""Alpaca over HTTP: each call is one request with its answer in its shape, or the error that a refusal means."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, TypeVar

from msgspec.json import Decoder

from trenddojo.brokers.adapters.alpaca.places import Places
from trenddojo.brokers.adapters.alpaca.refusals import is_not_found, refusal
from trenddojo.brokers.answers import UNTYPED, Answer
from trenddojo.brokers.errors import BrokerError, BrokerErrorCode, OutcomeUnknown
from trenddojo.brokers.http import Wire

T = TypeVar("T")


class Rest:
    """The trading and the data host of one mode. `told_at` is Alpaca's clock with its last answer, `limit` how many
    requests a minute its trading host takes, None before it said so."""

    def __init__(self, wire: Wire, places: Places, broker: str) -> None:
        self._wire, self._places, self._broker = wire, places, broker
        self.told_at: datetime | None = None
        self.limit: int | None = None

    def close(self) -> None:
        """Let go of open connections."""
        self._wire.close()

    def get(self, path: str, into: Decoder[T], params: Mapping[str, str] | None = None) -> T:
        """Ask the trading host. Raises BrokerError."""
        return self._asked(f"{self._places.trading}/v2/{path}", into, params)

    def find(self, path: str, into: Decoder[T], params: Mapping[str, str] | None = None) -> T | None:
        """The same; None where Alpaca says that there is no such thing."""
        answer = self._ask(f"{self._places.trading}/v2/{path}", into, params)
        return None if is_not_found(answer) else self._read(answer)

    def get_data(self, path: str, into: Decoder[T], params: Mapping[str, str]) -> T:
        """Ask the data host. Raises BrokerError."""
        return self._asked(f"{self._places.data}/{path}", into, params)

    def send(self, method: str, path: str, into: Decoder[T] = UNTYPED, data: Mapping[str, Any] | None = None) -> T:
        """Send something to the trading host, once. Raises as `Wire.send` does, and BrokerError for a refusal."""
        answer = self._wire.send(method, f"{self._places.trading}/v2/{path}", data=data, into=into)
        self._note(answer, is_trading=True)
        if not answer.is_success:
            raise refusal(answer, self._broker, changes=True)
        if into is not UNTYPED and answer.data is None:
            message = "Alpaca's answer is empty."
            raise OutcomeUnknown(message, BrokerErrorCode.API_ERROR, self._broker, answer.details)
        return answer.data

    def _asked(self, url: str, into: Decoder[T], params: Mapping[str, str] | None) -> T:
        return self._read(self._ask(url, into, params))

    def _ask(self, url: str, into: Decoder[T], params: Mapping[str, str] | None) -> Answer[T]:
        answer = self._wire.get(url, params, into=into)
        self._note(answer, is_trading=url.startswith(f"{self._places.trading}/v2/"))
        return answer

    def _read(self, answer: Answer[T]) -> T:
        if not answer.is_success:
            raise refusal(answer, self._broker, changes=False)
        if answer.data is None:
            raise BrokerError("Alpaca's answer is empty.", BrokerErrorCode.API_ERROR, self._broker, answer.details)
        return answer.data

    def _note(self, answer: Answer[Any], *, is_trading: bool) -> None:
        """Market data has a limit of its own."""
        self.told_at = answer.date or self.told_at
        told = answer.headers.get("x-ratelimit-limit", "")
        if is_trading and told.isdecimal():
            self.limit = int(told)
