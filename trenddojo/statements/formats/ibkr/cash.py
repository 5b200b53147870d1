"""Cash that moved apart from trades, as IBKR tells it: by a type in Flex queries, by the section in statements."""

from collections.abc import Mapping
from typing import Final

from trenddojo.statements.cash import cash_line
from trenddojo.statements.format import Options
from trenddojo.statements.formats.ibkr.clocks import date_of
from trenddojo.statements.formats.ibkr.sections import Placed
from trenddojo.statements.lines import Said, Skipped
from trenddojo.statements.values import BadValue, amount, number

_WORDS: Final[Mapping[str, str]] = {
    "commission adjustments": "fee",
    "price adjustments": "fee",
    "sales tax": "fee",
    "sales tax details": "fee",
    "debit card activity": "withdrawal",
}
"""What IBKR calls some kinds, where that would be taken for another."""

NO_AMOUNT: Final = "No cash was moved."
TRANSFERRED: Final = (
    "Securities that were transferred are no fills, and the statement does not tell what they had cost. Record them by "
    "hand, as a trade."
)


def moved(placed: Placed, options: Options) -> Said:
    """The movement of cash that a record tells. Raises BadValue."""
    record = placed.record
    paid = number(record.get("amount"), "Amount")
    if not paid:
        return Skipped(record.line, NO_AMOUNT)
    kind = record.get("kind") or placed.title
    return cash_line(
        record.line,
        date_of(record.first("when", "settle_date", "report_date"), "Date", options),
        words=_WORDS.get(kind.casefold(), kind),
        note=record.get("description") or kind,
        amount=paid,
        currency=_currency(record.get("currency") or options.currency),
        account=record.get("account") or placed.account.name,
        key=record.get("transaction_id"),
    )


def transferred(placed: Placed, options: Options) -> Said:
    """The cash of a transfer. Raises BadValue for one of securities."""
    record = placed.record
    cash = amount(record.get("cash"), "Cash")
    if amount(record.get("quantity"), "Quantity"):
        raise BadValue(TRANSFERRED)
    if not cash:
        return Skipped(record.line, NO_AMOUNT)
    return cash_line(
        record.line,
        date_of(record.first("when", "report_date"), "Date", options),
        words="transfer",
        note=record.get("description") or "Transfer",
        amount=cash,
        currency=_currency(record.get("currency") or options.currency),
        account=record.get("account") or placed.account.name,
        key=record.get("transaction_id"),
    )


def _currency(text: str) -> str:
    if len(text) != 3 or not text.isascii() or not text.isalpha():
        raise BadValue(f"Currency: “{text[:20]}” is no currency's code.")
    return text.upper()
