"""The rows of thinkorswim's statement by what they tell together, and both tellings of its trades."""

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from pathlib import Path

from trenddojo.domain.terms import Side
from trenddojo.statements.figures import cost_of
from trenddojo.statements.format import DateOrder, Options
from trenddojo.statements.formats.thinkorswim.descriptions import described
from trenddojo.statements.formats.thinkorswim.history import Trade, trade_of
from trenddojo.statements.formats.thinkorswim.joining import Move
from trenddojo.statements.formats.thinkorswim.sections import CASH, Placed, Section, placed
from trenddojo.statements.instants import instant_of
from trenddojo.statements.lines import Refusal
from trenddojo.statements.tables import rows
from trenddojo.statements.values import BadValue

TRADE = "TRD"
"""The type of movements of cash that are trades."""
_MOST_LEGS = 8
Group = tuple[Placed, ...]


def groups(path: Path) -> Iterator[Group | Refusal]:
    """Rows one by one, but the legs of a spread with the first of them, which alone has the time."""
    waiting: list[Placed] = []
    for one in placed(rows(path)):
        trade = one if isinstance(one, Placed) and one.section is Section.TRADES else None
        if trade and waiting and not trade.get("at") and len(waiting) < _MOST_LEGS:
            waiting.append(trade)
            continue
        if waiting:
            yield tuple(waiting)
        waiting = [trade] if trade else []
        if trade is None:
            yield one if isinstance(one, Refusal) else (one,)
    if waiting:
        yield tuple(waiting)


def moves(path: Path, options: Options) -> Iterator[Move]:
    """Both tellings of each trade; what cannot be read is told when its line is."""
    for group in groups(path):
        if isinstance(group, Refusal) or group[0].section is Section.OTHER:
            continue
        try:
            if group[0].section is Section.TRADES:
                yield _history_move(trade_of(group, options))
            elif group[0].get("type") == TRADE:
                yield _cash_move(group[0], options)
        except BadValue:
            continue


def _history_move(trade: Trade) -> Move:
    first = trade.legs[0]
    quantity = first.quantity if first.side is Side.BUY else -first.quantity
    return Move(first.line, int(trade.at.timestamp()), first.contract.symbol, quantity, trade.net, is_cash=False)


def _cash_move(one: Placed, options: Options) -> Move:
    found = described(one.get("description"))
    at, _ = moment_of(one, options)
    quantity = found.quantity if found.side is Side.BUY else -found.quantity
    line, fee = one.row.line, fee_of(one)
    return Move(line, int(at.timestamp()), found.symbol, quantity, found.price, True, fee, found.units)


def fee_of(one: Placed) -> Decimal:
    """What a movement cost, above zero; the statement writes it below."""
    return -cost_of((one.get(field), CASH[field][0]) for field in ("misc", "commissions"))


def moment_of(one: Placed, options: Options) -> tuple[datetime, bool]:
    """When a movement of cash was, and whether only its date is told. Raises BadValue."""
    return instant_of(one.get("date"), one.get("time"), "DATE", DateOrder.MONTH_FIRST, options)
