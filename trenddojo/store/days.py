"""An account's days: recomputed from trades and cash, and read as equity and statistics."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import asdict, fields, replace
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import BindParameter, ColumnElement, bindparam, delete, func, insert, select

from trenddojo.domain.equity import DayChange
from trenddojo.domain.money import RATIO_PLACES, ZERO, rounded
from trenddojo.domain.returns import Held
from trenddojo.domain.statistics import EMPTY, Tally
from trenddojo.domain.terms import CashKind, TradeStatus
from trenddojo.store import report_days
from trenddojo.store.database import db
from trenddojo.store.models import Account, AccountDay, CashMovement, Trade, TradeDayRow

_CASH_SIGN = {CashKind.FEE: -1, CashKind.INTEREST: 1, CashKind.DIVIDEND: 1}
_UNKEPT = {"net2"}
"""What a day has no column for: sums of squares of money may have more digits than one holds."""
_TALLY = [field.name for field in fields(Tally) if field.name not in _UNKEPT]
_OF_TRADES = ("booked", "open_change", "gross_change", "traded", "opened")
_CHUNK = 400
"""Dates named in one query: below what SQLite takes as parameters."""


def recompute(account: Account, dates: Collection[date] | None) -> None:
    """Write the account's days anew for `dates` (None: for all), then its balance, equity and open trades."""
    db.session.flush()
    if dates is None:
        _rewrite(account, None)
        report_days.recompute(account, None)
    else:
        ordered = sorted(dates)
        for start in range(0, len(ordered), _CHUNK):
            _rewrite(account, ordered[start : start + _CHUNK])
            report_days.recompute(account, ordered[start : start + _CHUNK])
    _total(account)


def _rewrite(account: Account, dates: list[date] | None) -> None:
    def among(table: type[Any], column: Any) -> Iterable[ColumnElement[bool]]:
        here = (table.account_id == account.id,)
        return here if dates is None else (*here, column.in_(dates))

    db.session.execute(delete(AccountDay).where(*among(AccountDay, AccountDay.on)))
    changes = _changes(list(among(CashMovement, CashMovement.on)), list(among(TradeDayRow, TradeDayRow.on)))
    tallies = _tallies(account, list(among(Trade, Trade.closed_on)))
    rows = [
        _row(account.id, on, changes.get(on, DayChange(on)), tallies.get(on, EMPTY))
        for on in sorted(changes.keys() | tallies.keys())
    ]
    if rows:
        db.session.execute(insert(AccountDay), rows)


def _changes(cash: list[ColumnElement[bool]], trades: list[ColumnElement[bool]]) -> dict[date, DayChange]:
    found: defaultdict[date, dict[str, Any]] = defaultdict(lambda: defaultdict(lambda: ZERO))
    movements = select(CashMovement.on, CashMovement.kind, func.sum(CashMovement.amount))
    for on, kind, amount in db.session.execute(
        movements.where(*cash, CashMovement.deleted_at.is_(None)).group_by(CashMovement.on, CashMovement.kind)
    ):
        if kind is CashKind.DEPOSIT:
            found[on]["deposits"] += amount
        elif kind is CashKind.WITHDRAWAL:
            found[on]["withdrawals"] += amount
        else:
            found[on]["other"] += _CASH_SIGN[kind] * amount
    sums = select(TradeDayRow.on, *(func.sum(getattr(TradeDayRow, name)) for name in _OF_TRADES))
    for on, *amounts in db.session.execute(sums.where(*trades).group_by(TradeDayRow.on)):
        found[on].update(zip(_OF_TRADES, amounts, strict=True))
    return {on: DayChange(on, **amounts) for on, amounts in found.items()}


def _tallies(account: Account, closed: list[ColumnElement[bool]]) -> dict[date, Tally]:
    found: defaultdict[date, Tally] = defaultdict(lambda: EMPTY)
    query = select(Trade.closed_on, Trade.realised, Trade.r).where(
        *closed, Trade.status == TradeStatus.CLOSED, Trade.deleted_at.is_(None)
    )
    for on, realised, r in db.session.execute(query):
        if on is not None:
            found[on] += Tally.of(realised, r, account.breakeven_band)
    return dict(found)


def _row(account_id: UUID, on: date, change: DayChange, tally: Tally) -> dict[str, Any]:
    whole = asdict(replace(tally, sum_r2=rounded(tally.sum_r2, RATIO_PLACES)))
    stored = {name: whole[name] for name in _TALLY}
    amounts = asdict(change)
    del amounts["date"], amounts["closed"]
    return {"account_id": account_id, "on": on, **amounts, **stored}


_ACCOUNT: BindParameter[UUID] = bindparam("account")
_SETTLED = AccountDay.deposits - AccountDay.withdrawals + AccountDay.other + AccountDay.booked
_MONEY = select(func.coalesce(func.sum(_SETTLED), ZERO), func.coalesce(func.sum(AccountDay.open_change), ZERO)).where(
    AccountDay.account_id == _ACCOUNT
)
_OPEN_TRADES = (
    select(func.count())
    .select_from(Trade)
    .where(Trade.account_id == _ACCOUNT, Trade.status == TradeStatus.ACTIVE, Trade.deleted_at.is_(None))
)
"""Both built once: whatever is booked asks them."""


def _total(account: Account) -> None:
    asked = {"account": account.id}
    settled, open_profit = db.session.execute(_MONEY, asked).one()
    account.balance = account.starting_balance + settled
    account.equity = account.balance + open_profit
    account.open_trades = db.session.scalar(_OPEN_TRADES, asked) or 0


def equity_before(account: Account, day: date) -> Decimal:
    """Equity at the end of the day before `day`."""
    change = (
        AccountDay.deposits - AccountDay.withdrawals + AccountDay.other + AccountDay.booked + AccountDay.open_change
    )
    query = select(func.coalesce(func.sum(change), ZERO))
    earned = db.session.scalar(query.where(AccountDay.account_id == account.id, AccountDay.on < day))
    return account.starting_balance + (earned or ZERO)


def first_change(account_id: UUID) -> date | None:
    """The first date on which something changed the account."""
    return db.session.scalar(select(func.min(AccountDay.on)).where(AccountDay.account_id == account_id))


_CLOSED = AccountDay.wins + AccountDay.losses + AccountDay.breakevens
_CHANGE: tuple[Any, ...] = (
    AccountDay.on,
    AccountDay.deposits,
    AccountDay.withdrawals,
    AccountDay.other,
    AccountDay.booked,
    AccountDay.open_change,
    AccountDay.gross_change,
    AccountDay.traded,
    AccountDay.opened,
    _CLOSED,
)
"""The columns of a DayChange, in its order."""


def held_before(account_id: UUID, day: date) -> Held:
    """What the account held at the end of the day before `day`."""
    query = select(func.coalesce(func.sum(AccountDay.gross_change), 0), func.sum(AccountDay.opened - _CLOSED))
    gross, count = db.session.execute(query.where(AccountDay.account_id == account_id, AccountDay.on < day)).one()
    return Held(gross or ZERO, count or 0)


def changes_between(account_id: UUID, since: date | None, until: date | None) -> list[DayChange]:
    """What changed the account's equity on each date of a span, both ends included, in order."""
    query = select(*_CHANGE).where(*_span(account_id, since, until)).order_by(AccountDay.on)
    return [DayChange(*row) for row in db.session.execute(query)]


def tally_between(account_id: UUID, since: date | None, until: date | None) -> Tally:
    """The statistics of the trades whose last exit fell on a date of the span, both ends included.

    Each day keeps its sum of R squared to 9 places only, so that SQN has to come from the trades themselves.
    """
    columns = [_combined(name) for name in _TALLY]
    found = db.session.execute(select(*columns).where(*_span(account_id, since, until))).one()
    return Tally(**dict(zip(_TALLY, found, strict=True)))


def _combined(name: str) -> ColumnElement[Any]:
    column = getattr(AccountDay, name)
    if name in ("largest_win", "best_r"):
        return func.max(column)
    if name in ("largest_loss", "worst_r"):
        return func.min(column)
    return func.coalesce(func.sum(column), 0)


def _span(account_id: UUID, since: date | None, until: date | None) -> list[ColumnElement[bool]]:
    conditions = [AccountDay.account_id == account_id]
    if since is not None:
        conditions.append(AccountDay.on >= since)
    if until is not None:
        conditions.append(AccountDay.on <= until)
    return conditions
