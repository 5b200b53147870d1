"""What the database keeps of trades, days and account, and the list of trades, held against what is expected."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import select

from tests.agreement.expected import as_stored
from tests.agreement.expected_spans import Facts
from tests.agreement.sheet import Sheet
from trenddojo.store.database import db
from trenddojo.store.listing import Filters, Order, Result, Row, Sort, trades_listed
from trenddojo.store.models import AccountDay, Trade
from trenddojo.store.seats import Seat


def check_stored(sheet: Sheet, facts: Facts, seat: Seat) -> None:
    """Trade outcomes, account days, and the account's own totals."""
    for one in facts.standings:
        row = db.session.get_one(Trade, facts.world.ids[one.number])
        for name, expected in as_stored(facts.world, one).items():
            sheet.same(f"trade {row.symbol} {name}", getattr(row, name), expected)
    _check_days(sheet, facts, seat.account.id)
    settled = facts.now - sum((one.figures.open_profit for one in facts.open), Decimal(0))
    sheet.same("balance", seat.account.balance, settled)
    sheet.same("equity", seat.account.equity, facts.now)
    sheet.same("open trades", seat.account.open_trades, len(facts.open))


def _check_days(sheet: Sheet, facts: Facts, account_id: UUID) -> None:
    rows = {row.on: row for row in db.session.scalars(select(AccountDay).where(AccountDay.account_id == account_id))}
    for day in facts.equity:
        row = rows.pop(day, None)
        expected = _expected_day(facts, day)
        for name, amount in expected.items():
            sheet.same(f"day {day} {name}", getattr(row, name) if row else Decimal(0), amount)
    sheet.same("days beyond", list(rows), [])


def _expected_day(facts: Facts, day: date) -> dict[str, Any]:
    cash = [one for one in facts.world.history.cash if one.date == day]
    other = sum((one.amount for one in cash if not one.is_flow), Decimal(0))
    booked = sum((amount for _, amount in facts.bookings(day, day)), Decimal(0))
    change = facts.equity_at(day) - facts.equity_at(day - timedelta(days=1))
    statistics = facts.statistics(facts.closed(day, day))
    return {
        "deposits": sum((one.amount for one in cash if one.kind == "deposit"), Decimal(0)),
        "withdrawals": -sum((one.amount for one in cash if one.kind == "withdrawal"), Decimal(0)),
        "other": other,
        "booked": booked,
        "gross_change": facts.gross_at(day) - facts.gross_at(day - timedelta(days=1)),
        "traded": facts.positions[day].traded,
        "opened": facts.positions[day].opened,
        "open_change": change - sum((one.amount for one in cash), Decimal(0)) - booked,
        "wins": statistics.wins,
        "losses": statistics.losses,
        "breakevens": statistics.breakevens,
        "net": statistics.net,
    }


def check_list(sheet: Sheet, facts: Facts, seat: Seat) -> None:
    """Every order of the list, wins and losses, and the figures of each row."""
    by_id = {facts.world.ids[one.number]: one for one in facts.standings}
    for sort in Sort:
        for descending in (True, False):
            rows = _all_rows(seat, Filters(), Order(sort, descending))
            sheet.same(f"rows by {sort}", len(rows), len(by_id) + len(facts.world.plans))
            _check_order(sheet, sort, descending, rows)
    for row in _all_rows(seat, Filters(), Order()):
        if row.id in by_id:
            expected = as_stored(facts.world, by_id[row.id])
            for name in set(Row._fields) & set(expected):
                sheet.same(f"row {row.symbol} {name}", getattr(row, name), expected[name])
        else:
            sheet.same(f"row {row.symbol} P&L", row.pnl, None)
    won = {row.id for row in _all_rows(seat, Filters(result=Result.WINS), Order())}
    sheet.same("wins listed", won, {trade_id for trade_id, one in by_id.items() if one.pnl > 0})


def _all_rows(seat: Seat, filters: Filters, order: Order) -> list[Row]:
    """Page by page, a few rows each."""
    page = trades_listed([seat], filters, order, limit=4)
    rows = list(page.rows)
    while page.after:
        page = trades_listed([seat], filters, order, page.after, limit=4)
        rows += page.rows
    return rows


def _check_order(sheet: Sheet, sort: Sort, descending: bool, rows: Sequence[Row]) -> None:
    column = {Sort.OPENED: "sort_at", Sort.CLOSED: "closed_at"}.get(sort, sort.value)
    values = [getattr(row, column) for row in rows]
    known = [value for value in values if value is not None]
    expected = sorted(known, reverse=descending) + [None] * (len(values) - len(known))
    sheet.same(f"order by {sort}, descending {descending}", values, expected)
