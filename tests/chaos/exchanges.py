"""The exchanges of the chaos test, each a process of its own, and what each says of its ledger, in one form."""

from __future__ import annotations

import subprocess
import sys
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import requests

from tests.brokers.alpaca.venue.venue import KEYS
from tests.brokers.toy.toy_broker.mapping import HELD, WORDS
from trenddojo.brokers.adapters.alpaca.mapping import WORDS as ALPACAS_WORDS
from trenddojo.domain.order_states import OrderState, state_of

ROOT = Path(__file__).parents[2]
SYMBOLS = (
    "AAPL", "AMD", "AMZN", "BA", "BAC", "CAT", "COST", "CRM", "CSCO", "CVX", "DIS", "GE", "GOOG", "HD", "IBM", "INTC",
    "JNJ", "JPM", "KO", "LLY", "MA", "MCD", "META", "MRK", "MSFT", "NFLX", "NKE", "NVDA", "ORCL", "PEP", "PFE", "PG",
)  # fmt: skip
ENDINGS = {
    "Filled": OrderState.FILLED, "Cancelled": OrderState.CANCELLED, "Rejected": OrderState.REJECTED,
    "Expired": OrderState.EXPIRED,
}  # fmt: skip
"""How an order of the gateway's has ended, by the first word of what it says of that."""


@dataclass(frozen=True)
class Told:
    """An order in the exchange's ledger. `guards` is how many units it would close that works now: a stop, or one that
    sells at the market."""

    order_id: str
    client_order_id: str
    symbol: str
    state: OrderState | None
    filled: Decimal
    guards: Decimal


class Exchange(ABC):
    """One exchange at its address."""

    broker: str
    command: tuple[str, ...]

    def __init__(self, address: str) -> None:
        self.address = address

    @property
    @abstractmethod
    def credentials(self) -> dict[str, str]:
        """What the connect form is filled with."""

    @property
    def environment(self) -> Mapping[str, str]:
        """What the server's operator sets for it."""
        return {}

    @abstractmethod
    def prices(self) -> dict[str, Decimal]:
        """The last price of each symbol."""

    @abstractmethod
    def orders(self) -> list[Told]:
        """Every order in the ledger, exits as orders of their own."""

    @abstractmethod
    def positions(self) -> dict[str, Decimal]:
        """What is held of each symbol."""

    def headers(self) -> dict[str, str]:
        """What lets us in."""
        return {}

    def fees(self) -> dict[str, Decimal] | None:
        """What each fill cost, by its id; None where it costs nothing."""
        return None

    @contextmanager
    def rough(self) -> Iterator[None]:
        """While accidents happen there by themselves."""
        yield

    def asked(self, path: str) -> Any:
        """What the exchange answers to a question."""
        return requests.get(f"{self.address}{path}", headers=self.headers(), timeout=20).json()


class ToyExchange(Exchange):
    """The simulated exchange behind Toy's API, its ledger in a file."""

    broker = "toy"
    key = "A1B2C3D4E5F6G7H8"
    command = ("tests.chaos.exchange", "--broker", "exchange", "--ledger", "exchange.db", "--token", key)

    @property
    def credentials(self) -> dict[str, str]:
        return {"key": self.key, "address": self.address}

    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.key}"}

    def prices(self) -> dict[str, Decimal]:
        quotes = self.asked(f"/quotes?symbols={','.join(SYMBOLS)}")
        return {symbol: Decimal(quote["last"]) for symbol, quote in quotes.items()}

    def orders(self) -> list[Told]:
        return [self._told(one) for top in self.asked("/orders?days=3") for one in (top, *top["legs"])]

    def positions(self) -> dict[str, Decimal]:
        return {one["symbol"]: Decimal(one["quantity"]) for one in self.asked("/positions")}

    def _told(self, one: dict[str, Any]) -> Told:
        works = one["order_type"] == "stop" and one["status"] in ("live", "part")
        return Told(
            order_id=one["order_id"],
            client_order_id=one["client_order_id"],
            symbol=one["symbol"],
            state=OrderState.ACCEPTED if one["status"] == HELD else state_of(WORDS[one["status"]]),
            filled=Decimal(one["filled_quantity"]),
            guards=Decimal(one["quantity"]) - Decimal(one["filled_quantity"]) if works else Decimal(0),
        )


class AlpacaExchange(Exchange):
    """The local Alpaca."""

    broker = "alpaca"
    command = ("tests.chaos.alpaca",)

    @property
    def credentials(self) -> dict[str, str]:
        return {"api_key": KEYS[0], "secret_key": KEYS[1]}

    @property
    def environment(self) -> Mapping[str, str]:
        return {"ALPACA_BASE_URL": self.address, "ALPACA_DATA_URL": self.address}

    def headers(self) -> dict[str, str]:
        return {"APCA-API-KEY-ID": KEYS[0], "APCA-API-SECRET-KEY": KEYS[1]}

    def prices(self) -> dict[str, Decimal]:
        trades = self.asked(f"/v2/stocks/trades/latest?symbols={','.join(SYMBOLS)}&feed=iex")["trades"]
        return {symbol: Decimal(str(trade["p"])) for symbol, trade in trades.items()}

    def orders(self) -> list[Told]:
        """Families as they are now, and all that is no part of one any more: exits that were replaced."""
        tops = self._listed("true")
        families = [self._told(one, top) for top in tops for one in (top, *(top["legs"] or ()))]
        shown = {one.order_id for one in families}
        return [*families, *(self._told(one, one) for one in self._listed("false") if one["id"] not in shown)]

    def _listed(self, nested: str) -> list[dict[str, Any]]:
        found: dict[str, dict[str, Any]] = {}
        place = ""
        while True:
            page = self.asked(f"/v2/orders?status=all&limit=500&direction=asc&nested={nested}{place}")
            found |= {one["id"]: one for one in page}
            if len(page) < 500:
                return list(found.values())
            place = f"&after_order_id={page[-1]['id']}"

    def positions(self) -> dict[str, Decimal]:
        return {one["symbol"]: Decimal(one["qty"]) for one in self.asked("/v2/positions")}

    def _told(self, one: dict[str, Any], top: dict[str, Any]) -> Told:
        is_awake = one is top or top["order_class"] == "oco" or top["status"] == "filled"
        works = one["type"] == "stop" and is_awake and one["status"] in ("new", "held", "partially_filled", "accepted")
        filled = Decimal(one["filled_qty"])
        status = ALPACAS_WORDS[one["status"]]
        return Told(
            order_id=one["id"],
            client_order_id=one["client_order_id"],
            symbol=one["symbol"],
            state=state_of(status) if not filled or status.is_final else OrderState.PARTIALLY_FILLED,
            filled=filled,
            guards=Decimal(one["qty"]) - filled if works else Decimal(0),
        )


class Gateway(Exchange):
    """The local gateway of Interactive Brokers, with another address for its ledger."""

    broker = "interactive_brokers"
    command = ("tests.chaos.interactive_brokers", "7")

    @property
    def credentials(self) -> dict[str, str]:
        return {"host": "127.0.0.1", "port": str(self.asked("/port")), "client_id": "7"}

    @contextmanager
    def rough(self) -> Iterator[None]:
        self.tell("rough")
        try:
            yield
        finally:
            self.tell("calm")

    def tell(self, word: str) -> None:
        """Let it be rough or calm, hush or speak."""
        requests.post(f"{self.address}/{word}", timeout=20)

    def prices(self) -> dict[str, Decimal]:
        return {symbol: Decimal(price) for symbol, price in self.asked("/prices").items()}

    def orders(self) -> list[Told]:
        return [self._told(one) for one in self.asked("/orders")]

    def positions(self) -> dict[str, Decimal]:
        return {symbol: Decimal(quantity) for symbol, quantity in self.asked("/positions").items()}

    def fees(self) -> dict[str, Decimal]:
        return {fill: Decimal(commission) for fill, commission in self.asked("/fills").items()}

    def _told(self, one: dict[str, Any]) -> Told:
        filled = Decimal(one["filled"])
        works = OrderState.PARTIALLY_FILLED if filled else OrderState.ACCEPTED
        return Told(
            order_id=str(one["order_id"]),
            client_order_id=one["client_order_id"],
            symbol=one["symbol"],
            state=ENDINGS[one["completed"].split(" ")[0]] if one["completed"] else works,
            filled=filled,
            guards=Decimal(one["guards"]),
        )


@contextmanager
def running(kind: type[Exchange], folder: Path) -> Iterator[Exchange]:
    """An exchange of this kind."""
    environment = {"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT)}
    process = subprocess.Popen(
        [sys.executable, "-m", *kind.command], cwd=folder, env=environment, stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        yield kind(process.stdout.readline().strip())
    finally:
        process.kill()
        process.communicate()
