"""How thinkorswim's statement stands at its end: what is held, the cash, and what the fees came to."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from trenddojo.statements.figures import cost_of
from trenddojo.statements.format import DateOrder
from trenddojo.statements.formats.thinkorswim.descriptions import CURRENCY
from trenddojo.statements.formats.thinkorswim.history import contract_in
from trenddojo.statements.formats.thinkorswim.sections import CASH, Placed
from trenddojo.statements.lines import HeldLine, Skipped, SumKind, SumLine
from trenddojo.statements.reading import dated
from trenddojo.statements.values import BadValue, amount, number

_TITLE = re.compile(r"Account Statement for (\S+)(?: .*?since (\S+) through (\S+))?", re.IGNORECASE)
_LONGEST = 300


@dataclass(frozen=True, slots=True)
class Span:
    """The account of a statement and the days that it is for, as far as its first line tells them."""

    account: str = ""
    since: date | None = None
    until: date | None = None


def span_of(text: str) -> Span | None:
    """What a statement's first line tells; None for another line."""
    found = _TITLE.search(text[:_LONGEST])
    if found is None:
        return None
    try:
        days = [dated(one, "date", DateOrder.MONTH_FIRST) for one in found.group(2, 3) if one]
    except BadValue:
        days = []
    return Span(found[1], *days) if len(days) == 2 else Span(found[1])


def held(one: Placed, span: Span) -> HeldLine | Skipped:
    """A position. Raises BadValue."""
    line, symbol = one.row.line, one.get("symbol")
    if not symbol or symbol.startswith("/"):
        return Skipped(line, "A total, or a position in a future.")
    if span.until is None:
        return Skipped(line, "A position: the statement does not tell of which day.")
    average, price = amount(one.get("average"), "Trade Price"), amount(one.get("price"), "Mark")
    quantity = number(one.get("quantity"), "Qty")
    return HeldLine(line, contract_in(one), span.until, quantity, average, price, span.account)


def totals(one: Placed, span: Span) -> Sequence[SumLine | Skipped]:
    """The cash at the statement's end and the fees within it, from the row of totals. Raises BadValue."""
    line, cash = one.row.line, amount(one.get("balance"), "BALANCE")
    if span.since is None or span.until is None or cash is None:
        return (Skipped(line, "A balance or a total, not a movement."),)
    fees = -cost_of((one.get(field), CASH[field][0]) for field in ("misc", "commissions"))
    return (
        SumLine(line, SumKind.CASH, span.until, span.until, CURRENCY, cash, account=span.account),
        SumLine(line, SumKind.FEES, span.since, span.until, CURRENCY, fees, account=span.account),
    )
