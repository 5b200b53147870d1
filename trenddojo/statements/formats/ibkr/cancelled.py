"""A fill and the line that takes it back vanish together; a cancellation whose fill is not in the file is refused.

IBKR tells a cancelled fill, its cancellation, and the fill as it was booked anew, each as a line. The cancellation may
stand anywhere, so a file that has one is read three times: for cancellations, for the fills that they may mean, and
for good. What is kept in between is bounded. A commission that stayed although its fill was taken back stays as cash.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from itertools import islice
from typing import Final

from trenddojo.domain.money import ZERO
from trenddojo.domain.terms import CashKind, Side
from trenddojo.statements.format import Options
from trenddojo.statements.formats.ibkr.trades import Item, Trade, settled_on
from trenddojo.statements.lines import CashLine, Contract, Said, Skipped
from trenddojo.statements.values import BadValue

_MOST = 20_000
"""Cancellations of one file that are settled; further ones are refused."""
_MOST_ALIKE = 200
"""Cancellations alike in all terms that are settled; twice as many fills are looked at for them."""

ALONE: Final = (
    "This line cancels a fill that is not in the file. If the fill was imported before, delete it there; else export "
    "a longer period, which holds both."
)
_TAKEN: Final = "This fill was cancelled: line {line} takes it back."
_TAKES: Final = "This line cancels the fill of line {line}."

Identity = tuple[str, Contract, Side, Decimal, Decimal]


@dataclass(frozen=True, slots=True)
class _Seen:
    """What of a fill or a cancellation decides whether they belong together."""

    line: int
    at: datetime
    days: frozenset[date]
    costs: Decimal
    trade_id: str
    transaction_id: str


@dataclass(slots=True)
class _Verdicts:
    """Lines that vanish, by number: the line that each belongs to, and what its commission leaves."""

    partners: dict[int, int] = field(default_factory=dict)
    left: dict[int, Decimal] = field(default_factory=dict)


def without_cancelled(items: Callable[[], Iterable[Item]], options: Options) -> Iterator[Said]:
    """What the items come to once cancelled fills are out. `items` reads the file from its beginning."""
    verdicts = _settled(items, options)
    for item in items():
        if not isinstance(item, Trade):
            yield item
        elif (partner := verdicts.partners.get(item.fill.line)) is not None:
            yield _vanished(item, partner, verdicts.left.get(item.fill.line, ZERO))
        elif item.is_cancellation:
            yield item.record.refused(ALONE)
        else:
            yield from item.said()


def _vanished(item: Trade, partner: int, left: Decimal) -> Said:
    fill = item.fill
    if left:
        note = f"Commission of a cancelled fill of {fill.contract.symbol}"
        kind = CashKind.FEE if left > 0 else CashKind.INTEREST
        currency = item.charge.currency if item.charge else fill.contract.currency
        return CashLine(fill.line, fill.at.date(), kind, abs(left), currency, note, "", fill.account)
    return Skipped(fill.line, (_TAKES if item.is_cancellation else _TAKEN).format(line=partner))


def _settled(items: Callable[[], Iterable[Item]], options: Options) -> _Verdicts:
    cancels: defaultdict[Identity, list[_Seen]] = defaultdict(list)
    for cancel in islice((one for one in _trades(items) if one.is_cancellation), _MOST):
        if len(alike := cancels[_identity(cancel)]) < _MOST_ALIKE:
            alike.append(_seen(cancel, options))
    fills: defaultdict[Identity, list[_Seen]] = defaultdict(list)
    for fill in (one for one in _trades(items) if not one.is_cancellation) if cancels else ():
        identity = _identity(fill)
        if identity in cancels and len(fills[identity]) < 2 * _MOST_ALIKE:
            fills[identity].append(_seen(fill, options))
    return _matched(cancels, fills)


def _trades(items: Callable[[], Iterable[Item]]) -> Iterator[Trade]:
    return (one for one in items() if isinstance(one, Trade))


def _matched(cancels: dict[Identity, list[_Seen]], fills: dict[Identity, list[_Seen]]) -> _Verdicts:
    verdicts = _Verdicts()
    for identity, alike in cancels.items():
        free = {one.line: one for one in fills.get(identity, ())}
        for cancel in alike:
            meant = min((one for one in free.values() if _may_mean(cancel, one)), key=_closeness(cancel), default=None)
            if meant is not None:
                del free[meant.line]
                verdicts.partners |= {cancel.line: meant.line, meant.line: cancel.line}
                verdicts.left[meant.line] = meant.costs + cancel.costs
    return verdicts


def _may_mean(cancel: _Seen, fill: _Seen) -> bool:
    if cancel.trade_id and fill.trade_id:
        return cancel.trade_id == fill.trade_id
    return not cancel.days.isdisjoint(fill.days)


def _closeness(cancel: _Seen) -> Callable[[_Seen], tuple[bool, bool, bool, int]]:
    """Fills alike in all terms differ by what they cost: whose commission comes back is the one that was meant."""

    def of(fill: _Seen) -> tuple[bool, bool, bool, int]:
        is_same = bool(cancel.transaction_id) and cancel.transaction_id == fill.transaction_id
        return (cancel.costs + fill.costs != 0, not is_same, cancel.at != fill.at, abs(cancel.line - fill.line))

    return of


def _identity(item: Trade) -> Identity:
    fill = item.fill
    return fill.account, fill.contract, fill.side, fill.quantity, fill.price


def _seen(item: Trade, options: Options) -> _Seen:
    fill, get = item.fill, item.record.get
    ids = ("cancelled_trade_id", "cancelled_transaction_id") if item.is_cancellation else ("trade_id", "transaction_id")
    costs = (fill.fee or ZERO) + (_signed(item.charge) if item.charge else ZERO)
    return _Seen(fill.line, fill.at, _days(item, options), costs, get(ids[0]), get(ids[1]))


def _signed(charge: CashLine) -> Decimal:
    return charge.amount if charge.kind is CashKind.FEE else -charge.amount


def _days(item: Trade, options: Options) -> frozenset[date]:
    days = {item.fill.at.date()}
    try:
        told = settled_on(item.record, options) if item.is_cancellation else None
    except BadValue:
        told = None
    return frozenset(days if told is None else days | {told})
