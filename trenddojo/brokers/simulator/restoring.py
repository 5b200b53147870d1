"""A ledger's texts: what to keep after a change, and a ledger made of them again.

`account` holds the cash, the count of numbers, and for each symbol the position and how far its orders have come;
`order:<id>` and `fills:<n>` hold one order and one execution each.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from trenddojo.brokers.simulator.book import Book, Spent
from trenddojo.brokers.simulator.holdings import Holding
from trenddojo.brokers.simulator.ledger import ACCOUNT, FILL, ORDER, Ledger
from trenddojo.brokers.simulator.orders import Ticket
from trenddojo.brokers.simulator.texts import record_of, text_of
from trenddojo.brokers.types import Execution


@dataclass(frozen=True, slots=True)
class Mark:
    """How far a symbol's orders have come."""

    symbol: str
    clock: datetime
    spent: Spent | None


def changed(ledger: Ledger, books: Iterable[Book]) -> dict[str, str]:
    """The texts that have changed since the last call, by key."""
    keys, ledger.touched = ledger.touched, set()
    marks = {book.symbol: book for book in books} if ACCOUNT in keys else {}
    return {key: _text(key, ledger, marks) for key in sorted(keys)}


def restore(ledger: Ledger, texts: Mapping[str, str]) -> list[Mark]:
    """Fill a new ledger from every text that was ever changed, and say how far each symbol had come.

    Raises ValueError, TypeError or LookupError for texts that `changed` did not give.
    """
    account = json.loads(texts[ACCOUNT])
    ledger.cash, ledger.numbers = Decimal(account["cash"]), int(account["numbers"])
    tickets = [record_of(Ticket, text) for key, text in texts.items() if key.startswith(ORDER)]
    for ticket in sorted(tickets, key=lambda one: one.number):
        ledger.put(ticket)
    fills = {int(key.removeprefix(FILL)): text for key, text in texts.items() if key.startswith(FILL)}
    ledger.executions.extend(record_of(Execution, fills[number]) for number in range(len(fills)))
    ledger.touched.clear()
    return [_mark(ledger, symbol, kept) for symbol, kept in account["symbols"].items()]


def _text(key: str, ledger: Ledger, books: Mapping[str, Book]) -> str:
    if key == ACCOUNT:
        return _account(ledger, books)
    if key.startswith(ORDER):
        return text_of(ledger.tickets[key.removeprefix(ORDER)])
    return text_of(ledger.executions[int(key.removeprefix(FILL))])


def _account(ledger: Ledger, books: Mapping[str, Book]) -> str:
    symbols = {symbol: _kept(ledger.held(symbol), book) for symbol, book in sorted(books.items())}
    return json.dumps({"cash": f"{ledger.cash:f}", "numbers": ledger.numbers, "symbols": symbols})


def _kept(holding: Holding, book: Book) -> dict[str, str]:
    kept = {
        "quantity": f"{holding.quantity:f}",
        "average": f"{holding.average:f}",
        "clock": book.clock.isoformat(),
    }
    if book.spent is not None:
        kept |= {"minute": book.spent.minute.isoformat(), "spent": f"{book.spent.quantity:f}"}
    return kept


def _mark(ledger: Ledger, symbol: str, kept: Mapping[str, str]) -> Mark:
    ledger.holdings[symbol] = Holding(Decimal(kept["quantity"]), Decimal(kept["average"]))
    spent = Spent(datetime.fromisoformat(kept["minute"]), Decimal(kept["spent"])) if "minute" in kept else None
    return Mark(symbol, datetime.fromisoformat(kept["clock"]), spent)
