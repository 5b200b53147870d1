"""The instruments that the gateway knows, and how a contract that somebody writes finds one.

Source: IBKR's "TWS API: Contracts" and "Contract Details"; the ids are IBKR's own where an instrument exists.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from tests.brokers.interactive_brokers.gateway.refusals import ambiguous, no_definition

_SMART_STOCK = "SMART,AMEX,NYSE,CBOE,PHLX,ISE,CHX,ARCA,ISLAND,DRCTEDGE,BEX,BATS,EDGEA,BYX,IEX,EDGX,FOXRIVER,NASDAQ,MEMX"
_CENT = Decimal("0.01")


@dataclass(frozen=True, kw_only=True)
class Instrument:
    """`listing` is where it is listed. `source` is whose simulated price it follows, `factor` times."""

    con_id: int
    symbol: str
    kind: str
    listing: str
    currency: str = "USD"
    local_symbol: str = ""
    trading_class: str = ""
    expiry: str = ""
    strike: Decimal = Decimal(0)
    right: str = ""
    multiplier: Decimal = Decimal(1)
    exchanges: str = _SMART_STOCK
    min_tick: Decimal = _CENT
    rule: int = 26
    min_size: Decimal = Decimal(1)
    size_increment: Decimal = Decimal(1)
    zone: str = "US/Eastern"
    long_name: str = ""
    stock_type: str = ""
    under_con_id: int = 0
    source: str = ""
    factor: Decimal = Decimal(1)

    @property
    def name(self) -> str:
        """How tests call it: a share's symbol, EUR.USD, BTC.USD, an option's or future's local symbol.

        A share outside the USD carries its currency (SAP.EUR), one of two listings its exchange (DUAL.NYSE).
        """
        if self.kind in ("CASH", "CRYPTO"):
            return f"{self.symbol}.{self.currency}"
        if self.kind in ("OPT", "FUT"):
            return self.local_symbol
        return _RENAMED.get(self.con_id, self.symbol)

    @property
    def is_smart(self) -> bool:
        return "SMART" in self.exchanges.split(",")

    @property
    def increments(self) -> list[tuple[Decimal, Decimal]]:
        return RULES[self.rule]

    def tick_at(self, price: Decimal) -> Decimal:
        """The tick at a price."""
        return next(tick for edge, tick in reversed(self.increments) if abs(price) >= edge)

    @property
    def lot(self) -> Decimal:
        """What the quantities of orders must be multiples of: the API takes no fractions of shares."""
        return Decimal(1) if self.kind == "STK" else self.size_increment


def _ticks(*pairs: str) -> list[tuple[Decimal, Decimal]]:
    return [(Decimal(edge), Decimal(tick)) for edge, tick in (pair.split(":") for pair in pairs)]


RULES = {
    26: _ticks("0:0.01"),
    67: _ticks("0:0.25"),
    109: _ticks("0:0.01", "3:0.05"),
    239: _ticks("0:0.00005"),
    240: _ticks("0:0.005"),
    1702: _ticks("0:0.25"),
    1703: _ticks("0:0.01"),
    2344: _ticks("0:0.005", "50:0.01", "100:0.02"),
}
"""Market rules: from which price on which tick holds."""


def share(con_id: int, symbol: str, listing: str, name: str, **more: Any) -> Instrument:
    parts: dict[str, Any] = {
        "local_symbol": symbol, "trading_class": "NMS" if listing == "NASDAQ" else symbol, "long_name": name,
        "stock_type": "COMMON", "min_size": Decimal("0.0001"), "size_increment": Decimal("0.0001"),
        "source": symbol.replace(" ", "."),
    }  # fmt: skip
    return Instrument(con_id=con_id, symbol=symbol, kind="STK", listing=listing, **(parts | more))


def _fund(con_id: int, symbol: str, listing: str, name: str) -> Instrument:
    return share(con_id, symbol, listing, name, stock_type="ETF")


def _pair(con_id: int, base: str, quote: str, price: str, source: str, **more: Any) -> Instrument:
    grid: dict[str, Any] = {"min_tick": Decimal("0.00005"), "rule": 239} | more
    return Instrument(
        con_id=con_id, symbol=base, currency=quote, kind="CASH", listing="IDEALPRO", exchanges="IDEALPRO",
        local_symbol=f"{base}.{quote}", trading_class=f"{base}.{quote}", long_name=f"{base} against {quote}",
        min_size=_CENT, size_increment=_CENT, source=source, factor=Decimal(price), **grid,
    )  # fmt: skip


def _coin(con_id: int, symbol: str, name: str, tick: str, rule: int) -> Instrument:
    return Instrument(
        con_id=con_id, symbol=symbol, kind="CRYPTO", listing="PAXOS", exchanges="PAXOS", local_symbol=f"{symbol}.USD",
        trading_class=symbol, long_name=name, min_tick=Decimal(tick), rule=rule, min_size=Decimal("0.00000001"),
        size_increment=Decimal("0.00000001"), source=f"{symbol}/USD",
    )  # fmt: skip


def _option(con_id: int, symbol: str, right: str, strike: int, under: int, rule: int = 26) -> Instrument:
    return Instrument(
        con_id=con_id, symbol=symbol, kind="OPT", listing="CBOE", exchanges="SMART,CBOE,PHLX,ISE,BOX,BATS",
        local_symbol=f"{symbol:<6}261218{right}{strike * 1000:08d}", trading_class=symbol, expiry="20261218",
        strike=Decimal(strike), right=right, multiplier=Decimal(100), long_name=f"{symbol} option", rule=rule,
        under_con_id=under, source=symbol, factor=Decimal("0.03"),
    )  # fmt: skip


def _future(con_id: int, letter: str, expiry: str) -> Instrument:
    return Instrument(
        con_id=con_id, symbol="ES", kind="FUT", listing="CME", exchanges="CME", local_symbol=f"ES{letter}6",
        trading_class="ES", expiry=expiry, multiplier=Decimal(50), min_tick=Decimal("0.25"), rule=67,
        zone="US/Central", long_name="E-mini S&P 500", under_con_id=11004968, source="SPY", factor=Decimal(10),
    )  # fmt: skip


KNOWN = (
    share(265598, "AAPL", "NASDAQ", "APPLE INC"),
    share(4391, "AMD", "NASDAQ", "ADVANCED MICRO DEVICES"),
    share(3691937, "AMZN", "NASDAQ", "AMAZON.COM INC"),
    share(72063691, "BRK B", "NYSE", "BERKSHIRE HATHAWAY INC-CL B"),
    share(9599491, "F", "NYSE", "FORD MOTOR CO"),
    share(208813719, "GOOGL", "NASDAQ", "ALPHABET INC-CL A"),
    share(8719, "KO", "NYSE", "COCA-COLA CO/THE"),
    share(272093, "MSFT", "NASDAQ", "MICROSOFT CORP"),
    share(4815747, "NVDA", "NASDAQ", "NVIDIA CORP"),
    share(76792991, "TSLA", "NASDAQ", "TESLA INC"),
    _fund(320227571, "QQQ", "NASDAQ", "INVESCO QQQ TRUST SERIES 1"),
    _fund(756733, "SPY", "ARCA", "SS SPDR S&P 500 ETF TRUST-US"),
    share(900001, "DUAL", "NYSE", "DUAL LISTING CORP"),
    share(900002, "DUAL", "LSEETF", "DUAL LISTING ETF", exchanges="SMART,LSEETF", stock_type="ETF"),
    share(39832875, "SAP", "NYSE", "SAP SE-SPONSORED ADR"),
    share(
        14204, "SAP", "IBIS", "SAP SE", currency="EUR", exchanges="SMART,IBIS,FWB,GETTEX", min_tick=Decimal("0.005"),
        rule=2344, zone="MET", min_size=Decimal(1), size_increment=Decimal(1), trading_class="XETRA",
    ),
    _pair(12087792, "EUR", "USD", "0.0168", "KO"),
    _pair(12087797, "GBP", "USD", "0.0196", "KO"),
    _pair(15016059, "USD", "JPY", "2.22", "KO", min_tick=Decimal("0.005"), rule=240),
    _coin(479624278, "BTC", "Bitcoin cryptocurrency", "0.25", 1702),
    _coin(495759171, "ETH", "Ethereum cryptocurrency", "0.01", 1703),
    _option(700000001, "SPY", "C", 500, 756733),
    _option(700000002, "SPY", "P", 500, 756733),
    _option(700000003, "AAPL", "C", 200, 265598, rule=109),
    _future(649180671, "U", "20260918"),
    _future(649180695, "Z", "20261218"),
)  # fmt: skip
_RENAMED = {900001: "DUAL.NYSE", 900002: "DUAL.LSEETF", 14204: "SAP.EUR"}


@dataclass(frozen=True)
class Wanted:
    """A contract as somebody writes it: the protocol's twelve fields, empty where unsaid."""

    con_id: int = 0
    symbol: str = ""
    kind: str = ""
    expiry: str = ""
    strike: Decimal = Decimal(0)
    right: str = ""
    multiplier: str = ""
    exchange: str = ""
    primary: str = ""
    currency: str = ""
    local_symbol: str = ""
    trading_class: str = ""


@dataclass(frozen=True)
class Routed:
    """An instrument by way of an exchange."""

    instrument: Instrument
    exchange: str


class Instruments:
    """The book. `known` may be added to."""

    def __init__(self) -> None:
        self.known: dict[int, Instrument] = {one.con_id: one for one in KNOWN}

    def add(self, instrument: Instrument) -> None:
        self.known[instrument.con_id] = instrument

    def change(self, name: str, **fields: Any) -> None:
        self.add(replace(self.named(name), **fields))

    def named(self, name: str) -> Instrument:
        """By the name that tests use. Raises KeyError."""
        found = next((one for one in self.known.values() if one.name == name), None)
        if found is None:
            raise KeyError(name)
        return found

    def found(self, wanted: Wanted) -> list[Routed]:
        """All that fit, one for each exchange where none is named. Raises Refusal where none does."""
        found = [routed for one in self.known.values() if _fits(one, wanted) for routed in _routes(one, wanted)]
        if not found:
            raise no_definition()
        return found

    def one(self, wanted: Wanted) -> Routed:
        """The only one that fits. Raises Refusal."""
        found = self.found(wanted)
        if len({routed.instrument.con_id for routed in found}) > 1:
            raise ambiguous()
        return found[0]

    def matching(self, pattern: str) -> list[Instrument]:
        """Shares whose symbol begins, or whose name has a word that begins, like this."""
        start = pattern.upper()
        return [one for one in self.known.values() if one.kind == "STK" and _begins(one, start)]


def _begins(one: Instrument, start: str) -> bool:
    return one.symbol.startswith(start) or any(word.startswith(start) for word in one.long_name.split())


def _fits(one: Instrument, wanted: Wanted) -> bool:
    if wanted.con_id:
        return one.con_id == wanted.con_id
    asked = (
        (wanted.symbol, one.symbol),
        (wanted.kind, one.kind),
        (wanted.currency, one.currency),
        (wanted.local_symbol, one.local_symbol),
        (wanted.right[:1] if wanted.right != "?" else "", one.right),
        (wanted.trading_class, one.trading_class),
        (wanted.primary, one.listing),
    )
    if not (wanted.symbol or wanted.local_symbol) or any(asks and asks != has for asks, has in asked):
        return False
    is_strike = not wanted.strike or wanted.strike == one.strike
    is_multiplier = not wanted.multiplier or Decimal(wanted.multiplier) == one.multiplier
    return one.expiry.startswith(wanted.expiry) and is_strike and is_multiplier


def _routes(one: Instrument, wanted: Wanted) -> Iterator[Routed]:
    exchanges = one.exchanges.split(",")
    if wanted.exchange:
        if wanted.exchange in (*exchanges, one.listing):
            yield Routed(one, wanted.exchange)
    elif wanted.con_id:
        yield Routed(one, "SMART" if one.is_smart else one.listing)
    else:
        yield from (Routed(one, exchange) for exchange in exchanges)
