"""What US brokers' words for movements of cash mean."""

import re
from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from trenddojo.domain.terms import CashKind
from trenddojo.statements.lines import CashLine
from trenddojo.statements.values import BadValue

_NOTE = 200
"""Characters of a note that are kept."""
_KINDS: Sequence[tuple[re.Pattern[str], CashKind]] = (
    (re.compile(r"interest"), CashKind.INTEREST),
    (re.compile(r"\bfees?\b"), CashKind.FEE),
    # Taxes withheld are taken of dividends; cash in lieu of a fraction of a share comes of a split or a merger.
    (
        re.compile(r"divid|\bdiv\b|cap(ital)? gain|return of capital|cash in lieu|\btax\b|withh|substitute pay"),
        CashKind.DIVIDEND,
    ),
    (
        re.compile(
            r"moneylink|\bwired?\b|\bfunds?\b|funding|^journal|transfer|deposit|withdrawal|misc cash|disbursement|"
            r"promotional|adjustment|\bach\b|\batm\b|visa|check|bill pay|overnight|auto s1|contribution|distribution"
        ),
        CashKind.DEPOSIT,
    ),
)


def cash_line(
    line: int, on: date, *, words: str, note: str, amount: Decimal, currency: str, account: str = "", key: str = ""
) -> CashLine:
    """A movement of cash by the broker's words for it; `amount` is signed as the account sees it. Raises BadValue."""
    kind = next((kind for pattern, kind in _KINDS if pattern.search(words.casefold())), None)
    if kind is None:
        raise BadValue(
            f"“{words[:60]}” is not known here. Record what it did by hand, under Cash or as a trade, if it is missing."
        )
    kind, signed = _signed(kind, amount)
    return CashLine(line, on, kind, signed, currency, " ".join(note.split())[:_NOTE], key, account)


def _signed(kind: CashKind, amount: Decimal) -> tuple[CashKind, Decimal]:
    """The kind and the amount as the books sign it. A fee given back is none: it counts like interest received."""
    if kind is CashKind.DEPOSIT:
        return (CashKind.DEPOSIT if amount > 0 else CashKind.WITHDRAWAL), abs(amount)
    if kind is CashKind.FEE:
        return (CashKind.FEE, -amount) if amount < 0 else (CashKind.INTEREST, amount)
    return kind, amount
