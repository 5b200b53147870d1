"""Where Alpaca is reached in each mode, and what the operator may set in its place.

Hosts: Alpaca, "Getting started: paper and live endpoints", and "Real-time stock data".
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from urllib.parse import SplitResult, urlsplit

from trenddojo.brokers.hosts import LOOPBACK
from trenddojo.brokers.spec import Operator
from trenddojo.domain.terms import Mode

BASE, DATA, STREAM = "ALPACA_BASE_URL", "ALPACA_DATA_URL", "ALPACA_STREAM_URL"
_TRADING: Mapping[Mode, str] = MappingProxyType(
    {Mode.PAPER: "https://paper-api.alpaca.markets", Mode.LIVE: "https://api.alpaca.markets"}
)
_DATA, _QUOTES = "https://data.alpaca.markets", "wss://stream.data.alpaca.markets"
_SECURE = {BASE: "https", DATA: "https", STREAM: "wss"}
_PLAIN = {"https": "http", "wss": "ws"}

OWN: Mapping[Mode, frozenset[str]] = MappingProxyType(
    {
        mode: frozenset(urlsplit(url).hostname or "" for url in (trading, _DATA, _QUOTES))
        for mode, trading in _TRADING.items()
    }
)
"""Alpaca's own hosts, by mode."""


@dataclass(frozen=True, slots=True)
class Places:
    """The addresses of one mode, without a slash at their ends, and the hosts that they are on."""

    trading: str
    data: str
    order_events: str
    quote_events: str

    @property
    def hosts(self) -> frozenset[str]:
        """Every host that may be reached."""
        addresses = (self.trading, self.data, self.order_events, self.quote_events)
        return frozenset(urlsplit(one).hostname or "" for one in addresses)


def places(mode: Mode, operator: Operator) -> Places:
    """Where Alpaca is in a mode. Raises ValueError with a sentence where the operator's variables do not fit it."""
    set_ = {name: _read(name, operator) for name in (BASE, DATA, STREAM)}
    for name, parts in set_.items():
        if parts is not None and (problem := _problem(name, parts, OWN[mode], operator)):
            raise ValueError(f"{name} {problem}")
    base, data, stream = set_[BASE], set_[DATA], set_[STREAM]
    trading = _TRADING[mode] if base is None else _root(base)
    events = stream or (base and base._replace(scheme=_socket(base), path="")) or urlsplit(_socketed(trading))
    quotes = stream or (data and data._replace(scheme=_socket(data)))
    return Places(
        trading=trading,
        data=_DATA if data is None else _root(data),
        order_events=_root(events) + (events.path.rstrip("/") or "/stream"),
        quote_events=_QUOTES if quotes is None or quotes.hostname in OWN[mode] else _root(quotes),
    )


def misset(operator: Operator) -> dict[str, str]:
    """What is wrong with each of the operator's variables, whatever mode a connection has."""
    every = OWN[Mode.PAPER] | OWN[Mode.LIVE]
    found = {name: _read(name, operator) for name in (BASE, DATA, STREAM)}
    problems = {name: _problem(name, parts, every, operator) for name, parts in found.items() if parts is not None}
    return {name: problem for name, problem in problems.items() if problem}


def _read(name: str, operator: Operator) -> SplitResult | None:
    value = operator.variables.get(name, "").strip()
    return urlsplit(value) if value else None


def _problem(name: str, parts: SplitResult, own: frozenset[str], operator: Operator) -> str:
    secure = _SECURE[name]
    host = parts.hostname
    is_here = host in LOOPBACK and parts.scheme == _PLAIN[secure]
    if not host or parts.username is not None or (parts.scheme != secure and not is_here):
        return f"must be an address such as {secure}://{min(own)}."
    if host in own:
        return ""
    if operator.is_production:
        return f"names {host}, and may name {' or '.join(sorted(own))} only."
    return ""


def _root(parts: SplitResult) -> str:
    return f"{parts.scheme}://{parts.netloc}"


def _socket(parts: SplitResult) -> str:
    return "wss" if parts.scheme == "https" else "ws"


def _socketed(address: str) -> str:
    return address.replace("https://", "wss://")
