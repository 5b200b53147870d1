"""The demo account's cash apart from trades: savings in, money drawn, interest, dividends and a monthly fee."""

from datetime import timedelta
from decimal import Decimal
from typing import Final

from trenddojo.domain.money import ZERO, cents
from trenddojo.domain.terms import CashKind
from trenddojo.services.demo.holding import Holding
from trenddojo.services.demo.ledger import Ledger
from trenddojo.services.demo.market import Session

_FLOWS: Final = {
    21: (CashKind.DEPOSIT, Decimal(2_500), "Savings"),
    64: (CashKind.WITHDRAWAL, Decimal(3_600), "Paid to myself"),
    105: (CashKind.WITHDRAWAL, Decimal(2_400), "Taxes"),
    127: (CashKind.WITHDRAWAL, Decimal(3_600), "Paid to myself"),
    147: (CashKind.DEPOSIT, Decimal(2_500), "Savings"),
    190: (CashKind.WITHDRAWAL, Decimal(3_600), "Paid to myself"),
    229: (CashKind.WITHDRAWAL, Decimal(3_200), "Taxes"),
}
"""By the number of the session."""

_MARKET_DATA: Final = Decimal("24.00")
_MONTHLY_RATE: Final = Decimal("0.0025")
_LEAST_INTEREST: Final = Decimal(1)
_DIVIDENDS: Final = {
    "AAPL": Decimal("0.26"),
    "AVGO": Decimal("0.65"),
    "CAT": Decimal("1.51"),
    "COST": Decimal("1.30"),
    "DE": Decimal("1.62"),
    "ETN": Decimal("1.04"),
    "GE": Decimal("0.36"),
    "GS": Decimal("4.00"),
    "JPM": Decimal("1.50"),
    "LLY": Decimal("1.50"),
    "META": Decimal("0.53"),
    "MSFT": Decimal("0.91"),
    "NKE": Decimal("0.40"),
    "TJX": Decimal("0.43"),
    "XLE": Decimal("0.70"),
    "XOM": Decimal("1.03"),
}
"""What a share pays in a quarter."""
_QUARTER: Final = timedelta(days=80)
_PAID_EVERY: Final = 13


def pay(ledger: Ledger, number: int, today: Session, yesterday: Session | None) -> None:
    """Book the cash of a session, before it opens."""
    if number in _FLOWS:
        ledger.pay(today.day, *_FLOWS[number])
    if yesterday is not None and yesterday.day.month != today.day.month:
        ledger.pay(today.day, CashKind.FEE, _MARKET_DATA, "Market data")
        _pay_interest(ledger, today)
    if number % _PAID_EVERY == 0:
        _pay_dividend(ledger, today)


def _pay_interest(ledger: Ledger, today: Session) -> None:
    idle = ledger.equity - sum((holding.value() for holding in ledger.held), ZERO)
    interest = cents(idle * _MONTHLY_RATE)
    if interest >= _LEAST_INTEREST:
        ledger.pay(today.day, CashKind.INTEREST, interest, "Interest on cash")


def _pay_dividend(ledger: Ledger, today: Session) -> None:
    """The oldest position that is due one gets it; a short has to pay it."""
    lately = {cash.note.split(",")[0] for cash in ledger.cash if today.day - cash.on < _QUARTER}
    due = [one for one in ledger.held if one.listing.symbol in _DIVIDENDS.keys() - lately]
    if due:
        ledger.pay(today.day, CashKind.DIVIDEND, *_dividend(due[0]))


def _dividend(holding: Holding) -> tuple[Decimal, str]:
    symbol, quantity = holding.listing.symbol, holding.position.quantity
    share = _DIVIDENDS[symbol]
    return cents(holding.direction.sign * quantity * share), f"{symbol}, {quantity} × {share}"
