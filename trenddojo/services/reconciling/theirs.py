"""The broker's side: from a statement that was read, or from what its API last told."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from trenddojo.domain.equity import local_date
from trenddojo.domain.money import PRICE_PLACES, ZERO, cents, exactly, rounded
from trenddojo.domain.reconciling import Figures, Held, Matter
from trenddojo.services.errors import Conflict
from trenddojo.services.reconciling.names import name_of
from trenddojo.statements.lines import Contract, HeldLine, SumKind, SumLine
from trenddojo.statements.spool import Spool
from trenddojo.store import snapshots
from trenddojo.store.models import Account
from trenddojo.store.seats import Seat

_MATTERS = {
    SumKind.CASH: Matter.CASH,
    SumKind.FEES: Matter.FEES,
    SumKind.DEPOSITS: Matter.DEPOSITS,
    SumKind.WITHDRAWALS: Matter.WITHDRAWALS,
    SumKind.INTEREST: Matter.INTEREST,
    SumKind.DIVIDENDS: Matter.DIVIDENDS,
}
NOTHING_TOLD = "This statement tells fills only: no positions, cash or sums that the books could be set beside."
NOT_ASKED = "The broker has not told this account's positions yet. Sync the connection first."


@dataclass(frozen=True, slots=True)
class Told:
    """The broker's figures, and by its name the contract of each position that it told."""

    figures: Figures
    contracts: Mapping[str, Contract] = field(default_factory=dict)


def of_statement(account: Account, spool: Spool, broker_account: str = "") -> Told:
    """What a statement says at its end and for its span; of `broker_account` alone where it holds several.

    Sums in other currencies than the account's are left out. Raises Conflict for a statement that tells none.
    """
    held = [one for one in spool.held() if broker_account in ("", one.account)]
    sums = [one for one in spool.sums() if broker_account in ("", one.account)]
    ours = [one for one in sums if one.currency in ("", account.base_currency)]
    dates = [one.on for one in held] + [one.until for one in ours]
    if not dates:
        raise Conflict(NOTHING_TOLD)
    as_of = max(dates)
    held_then = [one for one in held if one.on == as_of]  # positions of an earlier day say nothing of this one
    figures = Figures(
        as_of=as_of,
        since=min([one.since for one in ours], default=as_of),
        held=_held(held_then) if held_then else None,
        realised=_realised(ours),
        sums=_sums(ours, as_of),
    )
    return Told(figures, {_name(one.contract): one.contract for one in held})


def of_broker(seat: Seat) -> Told:
    """What the broker's API told at the last snapshot. Raises Conflict before there is one."""
    account = seat.account
    seen = snapshots.of_accounts([account.id]).get(account.id)
    if seen is None or seen.orders_taken_at is None:
        raise Conflict(NOT_ASKED)
    as_of = local_date(seen.orders_taken_at, seat.zone)
    positions = snapshots.positions_of([account.id])
    held = {one.symbol: Held(one.quantity, one.average_price) for one in positions}
    cash = {Matter.CASH: seen.cash} if seen.cash is not None and seen.currency == account.base_currency else {}
    contracts = {one.symbol: Contract(one.symbol, one.asset_type, one.currency) for one in positions}
    return Told(Figures(as_of=as_of, since=as_of, held=held, sums=cash), contracts)


@exactly
def _held(lines: Iterable[HeldLine]) -> dict[str, Held]:
    """By instrument; a statement may tell one in several lots."""
    lots: defaultdict[str, list[HeldLine]] = defaultdict(list)
    for line in lines:
        lots[_name(line.contract)].append(line)
    return {name: Held(sum((one.quantity for one in found), ZERO), _average(found)) for name, found in lots.items()}


def _name(one: Contract) -> str:
    return name_of(one.symbol, one.expiry, one.strike, one.right)


def _average(lots: list[HeldLine]) -> Decimal | None:
    quantity = sum((one.quantity for one in lots), ZERO)
    value = ZERO
    for one in lots:
        if one.average_price is None:
            return None
        value += one.quantity * one.average_price
    return rounded(value / quantity, PRICE_PLACES) if quantity else None


@exactly
def _realised(sums: list[SumLine]) -> dict[str, Decimal] | None:
    found: defaultdict[str, Decimal] = defaultdict(lambda: ZERO)
    for one in sums:
        if one.kind is SumKind.REALISED and one.symbol:
            found[one.symbol] += one.amount
    return {symbol: cents(amount) for symbol, amount in found.items()} or None


@exactly
def _sums(sums: list[SumLine], as_of: date) -> dict[Matter, Decimal]:
    found: dict[Matter, Decimal] = {}
    for one in sums:
        matter = _MATTERS.get(one.kind)
        if matter is not None and not one.symbol and (matter is not Matter.CASH or one.until == as_of):
            found[matter] = found.get(matter, ZERO) + one.amount
    return {matter: cents(amount) for matter, amount in found.items()}
