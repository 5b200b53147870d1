"""Which contract a symbol means: asked once, and kept, because the symbol alone need not mean the same tomorrow."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from trenddojo.brokers.adapters.interactive_brokers.codes import NAME
from trenddojo.brokers.adapters.interactive_brokers.heard import number
from trenddojo.brokers.adapters.interactive_brokers.symbols import (
    SMART,
    Terms,
    symbol_of,
    terms_of,
    written_out,
)
from trenddojo.brokers.errors import BrokerError, BrokerErrorCode
from trenddojo.brokers.spec import LedgerStore

_PREFIX = "contract:"
_KEPT = ("conId", "symbol", "secType", "lastTradeDateOrContractMonth", "strike", "right", "multiplier", "exchange",
         "primaryExchange", "currency", "localSymbol", "tradingClass")  # fmt: skip
"""What of a contract is kept, and what is sent with an order."""
_FRESH = timedelta(hours=6)
"""How long details are good: a day's hours are told about six days ahead."""

Details = Any
"""The protocol's ContractDetails."""


@dataclass(frozen=True, slots=True)
class _Asked:
    details: Details
    at: datetime


class Instruments:
    """The contracts of one connection. `ask` finds every instrument that fits some terms, and raises BrokerError
    (SYMBOL_NOT_FOUND) for none; `clock` tells the time."""

    def __init__(
        self, ledger: LedgerStore, ask: Callable[[Terms], Sequence[Details]], clock: Callable[[], datetime]
    ) -> None:
        self._ledger, self._ask, self._clock = ledger, ask, clock
        kept = {key.removeprefix(_PREFIX): text for key, text in ledger.load().items() if key.startswith(_PREFIX)}
        self._terms: dict[str, Terms] = {symbol: json.loads(text) for symbol, text in kept.items()}
        self._symbols: dict[int, str] = {int(str(terms["conId"])): symbol for symbol, terms in self._terms.items()}
        self._details: dict[str, _Asked] = {}

    def terms(self, symbol: str) -> Terms:
        """The fields of the contract that a symbol means. Raises BrokerError (SYMBOL_NOT_FOUND)."""
        if symbol not in self._terms:
            self.details(symbol)
        return self._terms[symbol]

    def details(self, symbol: str) -> Details:
        """What is known of it, no older than some hours: its grid of prices, its hours. Raises BrokerError."""
        known = self._details.get(symbol)
        if known is None or self._clock() - known.at > _FRESH:
            known = self._details[symbol] = _Asked(self._found(symbol), self._clock())
        return known.details

    def tick(self, symbol: str) -> Decimal | None:
        """The least step of its prices, where the broker tells one."""
        return number(self.details(symbol).minTick) or None

    def known_tick(self, symbol: str) -> Decimal | None:
        """The same, as far as it is known without asking."""
        known = self._details.get(symbol)
        return None if known is None else number(known.details.minTick) or None

    def symbol(self, contract: Any) -> str:
        """How a contract is written: as it was asked for, or the shortest way that tells it from others."""
        return self._symbols.get(contract.conId) or symbol_of(contract)

    def learn(self, contracts: Sequence[Any]) -> None:
        """Find out where those are listed whose symbol alone would be taken for another, each once.

        Where an order was sent or executed says nothing of that.
        """
        for one in contracts:
            if one.secType == "STK" and one.currency != "USD" and one.conId not in self._symbols:
                found = self._ask({"conId": one.conId, "exchange": SMART})[0].contract
                self._keep(written_out(found), found, SMART)

    def _found(self, symbol: str) -> Details:
        kept = self._terms.get(symbol)
        wanted = {"conId": kept["conId"], "exchange": kept["exchange"]} if kept else terms_of(symbol)
        if wanted is None:
            raise BrokerError("This is no symbol of Interactive Brokers'.", BrokerErrorCode.SYMBOL_NOT_FOUND, NAME)
        details = self._one(symbol, self._ask(wanted))
        self._keep(symbol, details.contract, str(wanted.get("exchange") or details.contract.exchange))
        return details

    def _one(self, symbol: str, found: Sequence[Details]) -> Details:
        by_id = {one.contract.conId: one for one in found}
        if len(by_id) == 1:
            return found[0]
        choices = ", ".join(sorted({_choice(one.contract) for one in by_id.values()}))
        message = f"{symbol} is several instruments at Interactive Brokers. Write one of these: {choices}."
        raise BrokerError(message, BrokerErrorCode.SYMBOL_NOT_FOUND, NAME, {"reason": "ambiguous", "choices": choices})

    def _keep(self, symbol: str, contract: Any, exchange: str) -> None:
        terms: Terms = {name: getattr(contract, name) for name in _KEPT}
        terms["exchange"] = exchange  # SMART stays SMART: the listing's own would route every order there
        if self._terms.get(symbol) != terms:
            self._ledger.save({f"{_PREFIX}{symbol}": json.dumps(terms)})
        self._terms[symbol] = terms
        self._symbols[contract.conId] = symbol


def _choice(contract: Any) -> str:
    return written_out(contract) if contract.secType == "STK" else symbol_of(contract)
