"""Statements that were brought in, as the API answers them."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

from trenddojo.domain.terms import AssetType, ImportStatus, Side
from trenddojo.services.imports import asking, jottings
from trenddojo.services.imports.asking import Wanted
from trenddojo.services.imports.counts import DAYS
from trenddojo.services.imports.verdicts import PreviewLine
from trenddojo.statements.lines import CashLine, FillLine, Refusal, SplitLine
from trenddojo.store.models import Import
from trenddojo.web.api.outputs.base import Exact, Output

_FIGURES = (*DAYS, "symbols", jottings.ACCOUNTS, jottings.MOVED)


class StatementOut(Output):
    """An import. `done` of `total` is the progress of its present status, in its own units; 0 where it is not known.

    `wants` are the options that have to be sent before it can be read, `accounts` the accounts in the file where it
    holds several, `counts` what was found in it or came of it. `opens_on` is the day to which the account's opening
    moves with it, null where that stays.
    """

    id: UUID
    account_id: UUID
    name: str
    size: int
    sha256: str
    format: str
    status: ImportStatus
    done: int
    total: int
    wants: list[Wanted]
    accounts: list[str]
    options: dict[str, Any]
    counts: dict[str, int]
    first_on: date | None
    last_on: date | None
    opens_on: date | None
    symbols: list[str]
    error: str
    created_at: datetime
    finished_at: datetime | None
    undone_at: datetime | None

    @classmethod
    def of(cls, row: Import) -> "StatementOut":
        """An import as it stands."""
        plain = {name: getattr(row, name) for name in cls.model_fields if hasattr(row, name) and name != "counts"}
        found = jottings.figures(row.counts)
        return cls(
            **plain,
            wants=sorted(asking.wanted(row)) if row.status is ImportStatus.RECEIVED else [],
            accounts=list(asking.accounts_in(row)),
            counts=_numbers(found),
            first_on=found.get("first_on"),
            last_on=found.get("last_on"),
            opens_on=found.get("opens_on"),
            symbols=found.get("symbols") or [],
        )


def _numbers(found: Mapping[str, Any]) -> dict[str, int]:
    return {name: value for name, value in found.items() if name not in _FIGURES}


class StatementPage(Output):
    """Imports, the latest first; `next` is the address of the page that follows, null at the end."""

    items: list[StatementOut]
    next: str | None


class StatementLineOut(Output):
    """A line of a statement: what it says, as far as it is a fill, cash or a split, and what would become of it."""

    line: int
    kind: str
    verdict: str
    detail: str
    symbol: str | None = None
    asset_type: AssetType | None = None
    currency: str | None = None
    at: datetime | None = None
    on: date | None = None
    side: Side | None = None
    quantity: Exact | None = None
    price: Exact | None = None
    fee: Exact | None = None
    amount: Exact | None = None
    note: str | None = None


class StatementLines(Output):
    """Some lines of a statement, in its order."""

    items: list[StatementLineOut]


def line_out(found: PreviewLine) -> StatementLineOut:
    """A line with its verdict."""
    said = found.said
    kind = type(said).__name__.removesuffix("Line").lower()
    return StatementLineOut(line=said.line, kind=kind, verdict=found.verdict, detail=found.detail, **_told(found))


def _told(found: PreviewLine) -> dict[str, Any]:
    match found.said:
        case FillLine() as one:
            what = {"symbol": one.contract.symbol, "asset_type": one.contract.asset_type}
            when = {"on": one.at.date()} if one.is_dated else {"at": one.at}
            size = {"side": one.side, "quantity": one.quantity, "price": one.price, "fee": one.fee}
            return {**what, "currency": one.contract.currency or None, **when, **size}
        case CashLine() as one:
            return {"on": one.on, "amount": one.amount, "currency": one.currency, "note": one.note}
        case SplitLine() as one:
            return {"on": one.on, "symbol": one.contract.symbol}
        case _:
            return {}


class RefusedLineOut(Output):
    """A line that was refused: its number in the file, why, and its text."""

    line: int
    reason: str
    text: str


class RefusedPage(Output):
    """Some of the refused lines, in the file's order."""

    items: list[RefusedLineOut]


def refused_out(found: Refusal) -> RefusedLineOut:
    """A refused line."""
    return RefusedLineOut(line=found.line, reason=found.reason, text=found.text)
