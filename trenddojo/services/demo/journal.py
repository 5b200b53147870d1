"""The demo's daily journal: about forty evenings of the year, each about what that day was like."""

from datetime import date, datetime
from decimal import Decimal
from random import Random

from trenddojo.domain import figures
from trenddojo.domain.money import HUNDRED, ZERO
from trenddojo.services.demo.ledger import Ledger
from trenddojo.services.demo.market import Session
from trenddojo.services.demo.story import Entry
from trenddojo.services.demo.words import Words

_BIG_DAY = Decimal("0.006")
_DEEP = Decimal("0.025")
_FRIDAY = 4
_NUMBERS = ("No", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight")


class Journal:
    """Writes every fourth to eighth evening."""

    def __init__(self, seed: int, words: Words) -> None:
        self._rng = Random(f"{seed}:journal")
        self._words = words
        self._next = 3
        self._gain = ZERO
        self.entries: list[Entry] = []

    def evening(self, ledger: Ledger, number: int, today: Session, at: datetime) -> None:
        """Write about a session that is over, if it is time to."""
        gained, self._gain = ledger.gain - self._gain, ledger.gain
        if number < self._next:
            return
        self._next = number + self._rng.randint(4, 8)
        facts = _facts(ledger, gained, today.day)
        body = self._words.say(f"journal {self._subject(ledger, gained, today.day)}", **facts)
        self.entries.append(Entry(today.day, at, body))

    def _subject(self, ledger: Ledger, gained: Decimal, day: date) -> str:
        if abs(gained) >= _BIG_DAY * ledger.equity:
            return "gain" if gained > 0 else "loss"
        if ledger.drawdown() >= _DEEP and self._rng.random() < 0.5:
            return "drawdown"
        if not ledger.drawdown():
            return "high"
        if day.weekday() == _FRIDAY:
            return "week"
        return "busy" if _traded(ledger, day) else "quiet"


def _traded(ledger: Ledger, day: date) -> int:
    """How many fills there were on a day."""
    return sum(fill.at.date() == day for holding in ledger.holdings for fill in holding.position.fills)


def _facts(ledger: Ledger, gained: Decimal, day: date) -> dict[str, str]:
    entered = sum(holding.opened_at.date() == day for holding in ledger.holdings)
    left = sum(any(exit_.fill.at.date() == day for exit_ in one.position.exits) for one in ledger.holdings)
    entries, exits = _counted(entered, "new position"), _counted(left, "exit")
    return {
        "gain": f"{'+' if gained > 0 else ''}{figures.money(gained)}",
        "equity": figures.money(ledger.equity),
        "drawdown": f"{figures.number(ledger.drawdown() * HUNDRED, 1)}%",
        "entries_text": entries,
        "entries_text_small": entries.lower(),
        "exits_text": exits,
        "exits_text_small": exits.lower(),
    }


def _counted(count: int, noun: str) -> str:
    return f"{_NUMBERS[count]} {noun if count == 1 else f'{noun}s'}"
