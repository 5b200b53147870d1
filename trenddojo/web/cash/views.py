"""What the cash page shows."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from trenddojo.domain.money import ZERO
from trenddojo.domain.terms import CashKind
from trenddojo.services.cash import Listed
from trenddojo.store.models import Account, CashMovement
from trenddojo.web.forms import Form

KIND_NAMES = {
    CashKind.DEPOSIT: "Deposit",
    CashKind.WITHDRAWAL: "Withdrawal",
    CashKind.FEE: "Fee",
    CashKind.INTEREST: "Interest",
    CashKind.DIVIDEND: "Dividend",
}
KINDS = [(kind.value, name) for kind, name in KIND_NAMES.items()]
_PLURALS = {
    CashKind.DEPOSIT: "Deposits",
    CashKind.WITHDRAWAL: "Withdrawals",
    CashKind.FEE: "Fees",
    CashKind.INTEREST: "Interest",
    CashKind.DIVIDEND: "Dividends",
}


@dataclass(frozen=True, slots=True)
class CashRow:
    """A movement: what it adds to the balance, and starting balance and cash up to and with it."""

    id: str
    on: date
    kind: str
    note: str
    added: Decimal
    running: Decimal


@dataclass(frozen=True, slots=True)
class Ledger:
    """One page of cash, and how the balance adds up: `starting`, each of `totals`, `booked`. Money is in `currency`."""

    currency: str
    opened_on: date
    starting: Decimal
    totals: tuple[tuple[str, Decimal], ...]
    booked: Decimal
    balance: Decimal
    rows: tuple[CashRow, ...]


def ledger(account: Account, listed: Listed, totals: Mapping[CashKind, Decimal]) -> Ledger:
    """One page of an account's cash, with its totals."""
    cash = sum(totals.values(), ZERO)
    return Ledger(
        currency=account.base_currency,
        opened_on=account.opened_on,
        starting=account.starting_balance,
        totals=tuple((_PLURALS[kind], totals[kind]) for kind in CashKind if kind in totals),
        booked=account.balance - account.starting_balance - cash,
        balance=account.balance,
        rows=tuple(
            CashRow(
                id=str(line.movement.id),
                on=line.movement.on,
                kind=KIND_NAMES[line.movement.kind],
                note=line.movement.note,
                added=line.added,
                running=line.running,
            )
            for line in listed.lines
        ),
    )


def filled(movement: CashMovement) -> Form:
    """A movement's fields as they would be typed."""
    return Form(
        {
            "on": movement.on.isoformat(),
            "kind": movement.kind.value,
            "amount": f"{movement.amount:f}",
            "note": movement.note,
        }
    )
