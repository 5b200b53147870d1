"""The two tellings of a trade brought together: its cash, which has the fees, and its history, which has the legs.

Both are told by the second, and up to two seconds apart; neither names the other. They lie in a temporary SQLite file
meanwhile, so that a statement of a million trades needs no memory.
"""

import sqlite3
from collections import defaultdict, deque
from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise

from trenddojo.domain.money import PRICE_PLACES, ZERO, exactly, rounded

APART = 2
"""Seconds between the two at most."""
_CACHE = 32_000
"""KiB of the temporary file that are kept in memory."""
NOWHERE = 0
"""No line: of a cash that has trades of the history near it, and belongs to none of them."""
_MOST = 1_000
"""Trades in one symbol that follow each other without a pause, of which pairs are looked for together."""

_TABLES = """
CREATE TABLE moves (symbol TEXT, at INTEGER, line INTEGER, is_cash INTEGER, quantity TEXT, price TEXT, fee TEXT,
    units TEXT);
CREATE TABLE costs (line INTEGER PRIMARY KEY, fee TEXT, units TEXT);
CREATE TABLE pairs (line INTEGER PRIMARY KEY, history INTEGER);
"""


@dataclass(frozen=True, slots=True)
class Move:
    """One telling of a trade: `quantity` is that of its first leg, below zero for a sale, `price` the net one.

    `fee` is known of cash only, `units` are the shares of one option where the cash tells them.
    """

    line: int
    at: int
    symbol: str
    quantity: Decimal
    price: Decimal
    is_cash: bool
    fee: Decimal | None = None
    units: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Cost:
    """What the cash tells of a trade of the history: its fees, and the shares of one option."""

    fee: Decimal | None
    units: Decimal | None


class Joined:
    """The trades of one statement: take all, join once, then ask by line."""

    def __init__(self) -> None:
        self._db = sqlite3.connect("")
        self._db.executescript(f"PRAGMA cache_size = -{_CACHE};" + _TABLES)

    def __enter__(self) -> "Joined":
        return self

    def __exit__(self, *_: object) -> None:
        self._db.close()

    def take(self, moves: Iterator[Move]) -> None:
        """Keep every telling."""
        self._db.executemany("INSERT INTO moves VALUES (?, ?, ?, ?, ?, ?, ?, ?)", map(_row, moves))

    def join(self) -> None:
        """Find what belongs together."""
        for near, is_cut in _clusters(self._in_order()):
            cash, history = [one for one in near if one.is_cash], [one for one in near if not one.is_cash]
            if cash and (history or is_cut):
                self._keep(_Pairing(cash, history))

    def _in_order(self) -> Iterator[Move]:
        columns = "line, at, symbol, quantity, price, is_cash, fee, units"
        found = self._db.execute(f"SELECT {columns} FROM moves ORDER BY symbol, at, line")  # noqa: S608 - our own names
        for line, at, symbol, quantity, price, is_cash, fee, units in found:
            numbers = Decimal(quantity), Decimal(price)
            yield Move(line, at, symbol, *numbers, bool(is_cash), _number(fee), _number(units))

    def _keep(self, found: "_Pairing") -> None:
        costs = ((line, _text(cost.fee), _text(cost.units)) for line, cost in found.costs.items())
        self._db.executemany("INSERT INTO costs VALUES (?, ?, ?)", costs)
        self._db.executemany("INSERT INTO pairs VALUES (?, ?)", found.pairs.items())

    def cost(self, line: int) -> Cost:
        """What the cash tells of the trade of the history in this line; nothing where none belongs to it."""
        found = self._db.execute("SELECT fee, units FROM costs WHERE line = ?", (line,)).fetchone()
        return Cost(_number(found[0]), _number(found[1])) if found else Cost(None, None)

    def history_of(self, line: int) -> int | None:
        """The line of the history that tells the trade whose cash is in this one; NOWHERE if none is surely it.

        None where the history tells nothing near it.
        """
        found: tuple[int] | None = self._db.execute("SELECT history FROM pairs WHERE line = ?", (line,)).fetchone()
        return found[0] if found else None


def _row(one: Move) -> tuple[object, ...]:
    numbers = str(one.quantity), str(one.price), _text(one.fee), _text(one.units)
    return one.symbol, one.at, one.line, one.is_cash, *numbers


def _clusters(moves: Iterator[Move]) -> Iterator[tuple[list[Move], bool]]:
    """Moves in one symbol that follow each other without a pause, cash and history together.

    With each, whether it was cut from others for being too many: then what belongs to its cash may lie in those.
    """
    near: list[Move] = []
    is_cut = False
    for move in moves:
        is_far = bool(near) and (near[-1].symbol != move.symbol or move.at - near[-1].at > APART)
        is_full = len(near) >= _MOST
        if is_far or is_full:
            yield near, is_cut or not is_far
            near, is_cut = [], not is_far
        near.append(move)
    if near:
        yield near, is_cut


class _Pairing:
    """Pairs found among the cash and the history of one symbol within moments, the surest first."""

    def __init__(self, cash: list[Move], history: list[Move]) -> None:
        self.costs: dict[int, Cost] = {}
        self.pairs: dict[int, int] = {}
        self._cash, self._history = cash, history
        self._pair_by(lambda one: (one.quantity, one.price))
        self._pair_by(lambda one: one.quantity)
        self._share_by_side()
        if len(self._cash) == len(self._history) == 1:
            self._pair_by(lambda one: one.symbol)
        self.pairs.update((one.line, NOWHERE) for one in self._cash)

    def _pair_by(self, sign: Callable[[Move], Hashable]) -> None:
        waiting: defaultdict[Hashable, deque[Move]] = defaultdict(deque)
        for one in self._cash:
            waiting[sign(one)].append(one)
        for told in self._history:
            if waiting[sign(told)]:
                self._settle([waiting[sign(told)].popleft()], [told])
        self._drop_settled()

    def _share_by_side(self) -> None:
        """Fills that one of the two tells together, the other one by one: their fees in all, shared by quantity."""
        for is_sale in (False, True):
            cash = [one for one in self._cash if (one.quantity < 0) is is_sale]
            history = [one for one in self._history if (one.quantity < 0) is is_sale]
            if cash and history and _in_all(cash) == _in_all(history):
                self._settle(cash, history)
        self._drop_settled()

    def _settle(self, cash: Sequence[Move], history: Sequence[Move]) -> None:
        shares = shared(sum((one.fee or ZERO for one in cash), ZERO), [one.quantity for one in history])
        for told, share in zip(history, shares, strict=True):
            self.costs[told.line] = Cost(share, cash[0].units)
        self.pairs.update((one.line, history[0].line) for one in cash)

    def _drop_settled(self) -> None:
        self._cash = [one for one in self._cash if one.line not in self.pairs]
        self._history = [one for one in self._history if one.line not in self.costs]


@exactly
def shared(fee: Decimal, quantities: Sequence[Decimal]) -> list[Decimal]:
    """A fee shared by quantity, whatever their signs; the shares, of 6 places, add up to it."""
    whole, gone, ends = sum(map(abs, quantities)), ZERO, [ZERO]
    for quantity in quantities:
        gone += abs(quantity)
        ends.append(rounded(fee * gone / whole, PRICE_PLACES))
    return [after - before for before, after in pairwise(ends)]


def _in_all(moves: Sequence[Move]) -> Decimal:
    return sum((one.quantity for one in moves), ZERO)


def _text(value: Decimal | None) -> str | None:
    return None if value is None else str(value)


def _number(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)
