"""What a statement says was held, and its sums of cash: to compare the books with."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Final

from trenddojo.domain.money import ZERO
from trenddojo.domain.terms import AssetType
from trenddojo.statements.format import Options
from trenddojo.statements.formats.ibkr.clocks import date_of
from trenddojo.statements.formats.ibkr.contracts import Terms, contract
from trenddojo.statements.formats.ibkr.sections import Placed
from trenddojo.statements.lines import HeldLine, Said, Skipped, SumKind, SumLine
from trenddojo.statements.values import BadValue, amount, number

_FIELDS: Final[Mapping[SumKind, tuple[str, ...]]] = {
    SumKind.CASH: ("ending",),
    SumKind.FEES: ("commissions", "other_fees", "broker_fees", "transaction_tax"),
    SumKind.DEPOSITS: ("deposits",),
    SumKind.WITHDRAWALS: ("withdrawals",),
    SumKind.INTEREST: ("interest",),
    SumKind.DIVIDENDS: ("dividends", "in_lieu", "withheld"),
}
"""The columns of a Flex query's cash report that make up each sum."""

_LABELS: Final[Mapping[str, SumKind]] = {
    "ending cash": SumKind.CASH,
    "commissions": SumKind.FEES,
    "other fees": SumKind.FEES,
    "broker fees": SumKind.FEES,
    "transaction fees": SumKind.FEES,
    "deposits": SumKind.DEPOSITS,
    "withdrawals": SumKind.WITHDRAWALS,
    "broker interest paid and received": SumKind.INTEREST,
    "dividends": SumKind.DIVIDENDS,
    "payment in lieu of dividends": SumKind.DIVIDENDS,
    "withholding tax": SumKind.DIVIDENDS,
}
"""The lines of an activity statement's cash report."""

_COSTS: Final = (SumKind.FEES, SumKind.WITHDRAWALS)
"""What IBKR tells below zero, and is above zero here."""

NOT_COMPARED: Final = "A figure that is compared with nothing here."
NO_PERIOD: Final = "The file does not tell of which days this is. Add the columns “FromDate” and “ToDate” to the query."
NO_DATE: Final = "The file does not tell of which day this is. Add the column “ReportDate” to the Flex query."


def held(placed: Placed, terms: Terms, options: Options) -> HeldLine:
    """The position of a record. Raises BadValue."""
    record, account = placed.record, placed.account
    told = record.get("report_date") or account.until
    if not told:
        raise BadValue(NO_DATE)
    on = date_of(told, "ReportDate", options)
    return HeldLine(
        record.line,
        contract(terms, options.date_order),
        on,
        number(record.get("quantity"), "Quantity"),
        amount(record.get("cost"), "CostBasisPrice"),
        amount(record.get("mark"), "MarkPrice"),
        record.get("account") or account.name,
    )


def cash_sums(placed: Placed, options: Options) -> list[Said]:
    """The sums of a currency that one record of a cash report tells. Raises BadValue."""
    if placed.record.has("label"):
        return [_labelled(placed, options)]
    found = [_sum(placed, kind, fields, options) for kind, fields in _FIELDS.items()]
    return [one for one in found if one is not None] or [Skipped(placed.record.line, NOT_COMPARED)]


def _sum(placed: Placed, kind: SumKind, fields: tuple[str, ...], options: Options) -> SumLine | None:
    told = [found for one in fields if (found := amount(placed.record.get(one), one)) is not None]
    return _line(placed, kind, sum(told, ZERO), options) if told else None


def _labelled(placed: Placed, options: Options) -> Said:
    record = placed.record
    kind = _LABELS.get(record.get("label").casefold())
    total = amount(record.get("total"), "Total")
    if kind is None or total is None:
        return Skipped(record.line, NOT_COMPARED)
    return _line(placed, kind, total, options)


def realised(placed: Placed, terms: Terms, options: Options) -> Said:
    """The realised gain of a share, in the base currency. Raises BadValue."""
    record = placed.record
    total = amount(record.get("realised"), "Realized Total")
    if not terms.symbol or total is None:
        return Skipped(record.line, NOT_COMPARED)
    base = placed.account.base or options.currency
    traded = contract(terms._replace(currency=base), options.date_order)
    if traded.asset_type is not AssetType.STOCK:
        return Skipped(record.line, NOT_COMPARED)
    since, until = _period(placed, options)
    name = record.get("account") or placed.account.name
    return SumLine(record.line, SumKind.REALISED, since, until, base, total, traded.symbol, name)


def _line(placed: Placed, kind: SumKind, told: Decimal, options: Options) -> SumLine:
    record, account = placed.record, placed.account
    since, until = _period(placed, options)
    currency = record.get("currency")
    if currency.upper().startswith("BASE") or not currency:
        currency = account.base or options.currency
    signed = (-told if kind in _COSTS else told) + 0
    return SumLine(record.line, kind, since, until, currency, signed, "", record.get("account") or account.name)


def _period(placed: Placed, options: Options) -> tuple[date, date]:
    record, account = placed.record, placed.account
    since, until = record.get("since") or account.since, record.get("until") or account.until
    if not since or not until:
        raise BadValue(NO_PERIOD)
    return date_of(since, "FromDate", options), date_of(until, "ToDate", options)
