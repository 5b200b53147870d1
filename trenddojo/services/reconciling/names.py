"""One name an instrument, the same from our books and from a statement."""

from datetime import date
from decimal import Decimal

from trenddojo.domain.figures import quantity
from trenddojo.domain.terms import OptionRight


def name_of(symbol: str, expiry: date | None, strike: Decimal | None, right: OptionRight | None) -> str:
    """ "NVDA", or of a contract that expires "NVDA 2026-12-18 150 call"."""
    parts = [symbol, expiry.isoformat() if expiry else "", quantity(strike) if strike is not None else "", right or ""]
    return " ".join(part for part in parts if part)
