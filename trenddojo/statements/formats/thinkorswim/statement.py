"""thinkorswim's account statement (Monitor, Account Statement, Export to File): cash and trade history together.

The history tells each leg of a trade, the cash its fees. Where the history tells nothing near a trade's cash, because
its section is not in the file, the description is read instead, as far as it tells one contract.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from types import MappingProxyType

from trenddojo.domain.money import ZERO
from trenddojo.domain.terms import AssetType, ExitReason, Side
from trenddojo.statements.cash import cash_line
from trenddojo.statements.figures import must_agree
from trenddojo.statements.format import DateOrder, Format, Head, Need, Options
from trenddojo.statements.formats.thinkorswim.descriptions import CURRENCY, Removed, described, removed
from trenddojo.statements.formats.thinkorswim.history import Trade, trade_of
from trenddojo.statements.formats.thinkorswim.joining import NOWHERE, Joined, shared
from trenddojo.statements.formats.thinkorswim.moves import Group, fee_of, groups, moment_of, moves
from trenddojo.statements.formats.thinkorswim.sections import (
    CASH,
    CASH_NEEDED,
    TRADES,
    TRADES_NEEDED,
    Placed,
    Section,
)
from trenddojo.statements.formats.thinkorswim.standing import Span, held, span_of, totals
from trenddojo.statements.lines import Contract, Effect, FillLine, Refusal, Said, Skipped
from trenddojo.statements.options import ended_at
from trenddojo.statements.reading import dated, has_columns, only_cell, refused
from trenddojo.statements.values import BadValue, amount

_REMOVALS: Mapping[str, ExitReason | None] = MappingProxyType(
    {"expiration": ExitReason.EXPIRED, "assignment": None, "exercise": None}
)


def _recognises(head: Head) -> bool:
    return has_columns(head, CASH, CASH_NEEDED) or has_columns(head, TRADES, TRADES_NEEDED)


def _read(path: Path, options: Options) -> Iterator[Said]:
    with Joined() as joined:
        joined.take(moves(path, options))
        joined.join()
        yield from _told(path, _Statement(options, joined))


def _told(path: Path, statement: "_Statement") -> Iterator[Said]:
    for group in groups(path):
        if isinstance(group, Refusal):
            yield group
            continue
        try:
            yield from statement.say(group)
        except BadValue as reason:
            yield from (refused(one.row, str(reason)) for one in group)


class _Statement:
    """What the rows of one file say, once the two tellings of its trades are joined."""

    def __init__(self, options: Options, joined: Joined) -> None:
        self._options, self._joined = options, joined
        self._span = Span()

    def say(self, group: Group) -> Sequence[Said]:
        match group[0].section:
            case Section.TRADES:
                return self._fills(trade_of(group, self._options))
            case Section.CASH:
                return self._movement(group[0])
            case Section.HELD:
                return (held(group[0], self._span),)
            case Section.OTHER:
                return self._other(group[0])

    def _other(self, one: Placed) -> Sequence[Skipped]:
        """Titles stay unsaid, as headers do; they tell the account and the days."""
        if only_cell(one.row):
            self._span = span_of(only_cell(one.row)) or self._span
            return ()
        return (Skipped(one.row.line, f"The section “{one.title[:60]}” tells no fills."),)

    def _fills(self, trade: Trade) -> Sequence[FillLine]:
        cost = self._joined.cost(trade.legs[0].line)
        quantities = [leg.quantity for leg in trade.legs]
        fees = [None for _ in quantities] if cost.fee is None else shared(cost.fee, quantities)
        return tuple(
            FillLine(
                leg.line,
                _of(leg.contract, cost.units),
                trade.at,
                trade.is_dated,
                leg.side,
                leg.quantity,
                leg.price,
                fee,
                account=self._span.account,
                effect=leg.effect,
            )
            for leg, fee in zip(trade.legs, fees, strict=True)
        )

    def _movement(self, one: Placed) -> Sequence[Said]:
        match one.get("type").upper():
            case "":
                return totals(one, self._span)
            case "BAL":
                return (Skipped(one.row.line, "A balance, not a movement."),)
            case "TRD":
                return (self._trade(one),)
            case "RAD" if found := removed(one.get("description")):
                return (self._removal(one, found),)
            case kind:
                return (self._cash(one, moved_securities=kind == "RAD"),)

    def _cash(self, one: Placed, *, moved_securities: bool) -> Said:
        text, paid = one.get("description"), (amount(one.get("amount"), "AMOUNT") or ZERO) - fee_of(one)
        if moved_securities and not paid:
            raise BadValue(
                "DESCRIPTION: this moved securities without a trade. If it changed what you hold, such as a split or a "
                "transfer, enter it by hand."
            )
        if not paid:
            return Skipped(one.row.line, "This moved no cash.")
        return cash_line(
            one.row.line,
            dated(one.get("date"), "DATE", DateOrder.MONTH_FIRST),
            words=text,
            note=text,
            amount=paid,
            currency=CURRENCY,
            account=self._span.account,
            key=one.get("key").strip("'=\""),
        )

    def _trade(self, one: Placed) -> Said:
        told = self._joined.history_of(one.row.line)
        if told == NOWHERE:
            raise BadValue(
                "DESCRIPTION: the trade history has other trades at this moment, and none of this quantity. Its "
                "fees are in no fill."
            )
        if told:
            return Skipped(one.row.line, f"The cash of the trade in line {told}, which has its fees.")
        return self._described(one)

    def _described(self, one: Placed) -> FillLine:
        found, fee = described(one.get("description")), fee_of(one)
        if found.contract is None:
            raise BadValue(
                "DESCRIPTION: the prices of this spread's legs are told in the section “Account Trade History” only. "
                "Export the statement with that section open."
            )
        value = found.quantity * found.price * found.contract.multiplier
        must_agree(amount(one.get("amount"), "AMOUNT"), value, fee, "AMOUNT")
        at, is_dated = moment_of(one, self._options)
        quantity, price, account = found.quantity, found.price, self._span.account
        return FillLine(one.row.line, found.contract, at, is_dated, found.side, quantity, price, fee, account=account)

    def _removal(self, one: Placed, found: Removed) -> FillLine:
        """An option that left, at 0 and after the last trade in it. A quantity below zero was held."""
        if found.word not in _REMOVALS or found.contract.expiry is None:
            raise BadValue(f"DESCRIPTION: options removed due to “{found.word[:30]}” are not known here.")
        on = dated(one.get("date"), "DATE", DateOrder.MONTH_FIRST)
        return FillLine(
            one.row.line,
            found.contract,
            ended_at(min(on, found.contract.expiry)),
            False,
            Side.SELL if found.quantity < 0 else Side.BUY,
            abs(found.quantity),
            ZERO,
            fee_of(one),
            account=self._span.account,
            effect=Effect.CLOSE,
            reason=_REMOVALS[found.word],
        )


def _of(contract: Contract, units: Decimal | None) -> Contract:
    """An option on as many shares as its cash tells."""
    if units is None or contract.asset_type is not AssetType.OPTION:
        return contract
    return replace(contract, multiplier=units)


STATEMENT = Format(
    "thinkorswim", "thinkorswim: account statement", "thinkorswim", _recognises, _read, frozenset({Need.ZONE})
)
