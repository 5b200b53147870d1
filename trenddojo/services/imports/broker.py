"""The past of an account as its broker tells it, read like a statement.

The broker is asked with no transaction open, through the manager, which keeps to the broker's limits.
"""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

from trenddojo.brokers.errors import BrokerError
from trenddojo.brokers.manager import BrokerManager
from trenddojo.brokers.revisions import newest
from trenddojo.brokers.types import CashMoved, Execution
from trenddojo.domain.equity import start_of
from trenddojo.domain.terms import CashKind
from trenddojo.services.onboarding_past import asset_type_of, is_option
from trenddojo.services.orders.desk import desk_of
from trenddojo.statements.format import Format, Head, Options, Unreadable
from trenddojo.statements.lines import CashLine, Contract, FillLine, Refusal, Said
from trenddojo.store.models import Account
from trenddojo.store.seats import Seat

NO_KIND = "What moved this cash is none of what is kept of an account. Record it by hand, if it belongs to your books."
NO_TERMS = "The broker does not tell the terms of an option's contract with its fills. Bring a statement that does."


def _no_file(_head: Head) -> bool:
    return False


def _unread(path: Path, _options: Options) -> Iterator[Said]:
    raise Unreadable(f"{path.name} is no file of a broker's answers.")


FORMAT = Format("broker_api", "The broker's own records", "", _no_file, _unread)
"""Not among the formats of files: nothing is recognised as it, and what it tells comes from the broker."""


def can_tell(account: Account) -> bool:
    """Whether an account is one that a broker can be asked about."""
    return account.connection_id is not None


def lines(manager: BrokerManager, seat: Seat, since: date) -> Iterator[Said]:
    """Every fill of an account from a day of its own zone on, then its cash, numbered as lines; ends the transaction.

    Raises Conflict where the account has no connection, and Unreadable with what the broker said.
    """
    start = start_of(since, seat.zone)
    currency = seat.account.base_currency
    desk = desk_of(seat.account)
    try:
        client = desk.client(manager)
        told, moved = client.get_executions_since(start), client.get_cash_since(start)
    except BrokerError as error:
        raise Unreadable(f"{desk.spec.label} could not be asked: {error}") from error
    fills = newest(told)
    for number, one in enumerate(fills, start=1):
        yield _line(number, one, currency)
    for number, one_moved in enumerate(moved, start=len(fills) + 1):
        yield _cash(number, one_moved, currency)


def _cash(number: int, one: CashMoved, currency: str) -> Said:
    if one.kind is None:
        return Refusal(number, NO_KIND, f"{one.on.isoformat()} {one.amount} {one.note}")
    is_unsigned = one.kind in (CashKind.DEPOSIT, CashKind.WITHDRAWAL, CashKind.FEE)
    amount = abs(one.amount) if is_unsigned else one.amount
    return CashLine(number, one.on, one.kind, amount, currency, one.note, key=one.key)


def _line(number: int, one: Execution, currency: str) -> Said:
    if is_option(one.symbol):
        return Refusal(number, NO_TERMS, f"{one.at.isoformat()} {one.side} {one.quantity} {one.symbol} {one.price}")
    return FillLine(
        line=number,
        contract=Contract(one.symbol, asset_type_of(one.symbol), currency),
        at=one.at,
        is_dated=False,
        side=one.side,
        quantity=one.quantity,
        price=one.price,
        fee=one.commission,
        key=one.execution_id,
    )
