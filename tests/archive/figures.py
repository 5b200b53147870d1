"""Every figure that a person's reports show, to compare one installation's with another's."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from tests.services.reported import asked, joint, report
from trenddojo.services.account_calendar import calendar_of
from trenddojo.services.breakdowns import Breakdown
from trenddojo.services.dashboard import dashboard
from trenddojo.services.discipline.report import discipline
from trenddojo.services.goals import goals_of, habits_of
from trenddojo.services.journal import read_journal
from trenddojo.services.measures import measures
from trenddojo.services.report_intervals import report_intervals
from trenddojo.services.scopes import Scope
from trenddojo.services.spans import Period
from trenddojo.services.trading_days import trading_day_of
from trenddojo.store.database import Base, db
from trenddojo.store.models import Account, AccountDay, ReportDay, ReportTotal, Trade, TradeDayRow
from trenddojo.store.seats import Seat, seats_of

_STORED = (AccountDay, TradeDayRow, ReportDay, ReportTotal)
_PEOPLE = {"created_by", "by", "owner_id", "user_id", "connection_id"}


def figures_of(seat: Seat, now: datetime) -> dict[str, Any]:
    """What all reports on an account say, as plain values by report."""
    found: dict[str, Any] = {}
    for period in (*Period, Period.ALL):
        for by in Breakdown if period is Period.ALL else (Breakdown.SETUP,):
            shown = report(seat, by=by, now=now, period=str(period))
            found[f"report {period} {by}"] = plain(shown)
            found[f"measures {period}"] = plain(measures(Scope.of(seat), shown))
    found["intervals"] = plain(report_intervals(Scope.of(seat), asked(period="all"), report(seat, now=now)))
    found["discipline"] = plain(discipline(seat, None, None, now))
    found["calendar"] = plain(calendar_of(seat, None, now))
    found["dashboard"] = plain(dashboard(seat, now))
    found["goals"] = plain([goals_of(seat, now), habits_of(seat, now)])
    found["journal"] = plain(read_journal(seat, now.date()))
    found["days"] = [plain(trading_day_of(seat, (now - timedelta(days=ago)).date(), now)) for ago in range(0, 60, 7)]
    found["account"] = plain(seat.account)
    for table in _STORED:
        query = select(*table.__table__.c).where(table.account_id == seat.account.id)
        found[table.__tablename__] = sorted(map(repr, map(tuple, db.session.execute(query))))
    trades = db.session.scalars(select(Trade).where(Trade.account_id == seat.account.id).order_by(Trade.id))
    found["trades"] = plain(list(trades))
    return found


def joint_figures_of(owner: Any, now: datetime) -> dict[str, Any]:
    """What reports on all accounts of each mode say."""
    seats = seats_of(owner)
    assert now
    return {str(seat.account.mode): plain(joint(seat, mode=seat.account.mode or "manual")) for seat in seats}


def differing(one: dict[str, Any], other: dict[str, Any]) -> dict[str, list[str]]:
    """Which reports differ, and in what."""
    assert one.keys() == other.keys()
    return {name: list(_differences(one[name], other[name], name)) for name in one if one[name] != other[name]}


def _differences(one: Any, other: Any, where: str) -> Any:
    if isinstance(one, dict) and isinstance(other, dict):
        for name in one.keys() | other.keys():
            yield from _differences(one.get(name), other.get(name), f"{where}.{name}")
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        for place, (left, right) in enumerate(zip(one, other, strict=True)):
            yield from _differences(left, right, f"{where}[{place}]")
    elif one != other:
        yield f"{where}: {one!r}, then {other!r}"


def plain(value: Any) -> Any:
    """A value without rows and objects: what a database made of it, but for who is who."""
    if isinstance(value, Base):
        columns = value.__table__.c.keys()
        return {name: plain(getattr(value, name)) for name in columns if name not in _PEOPLE}
    if isinstance(value, Seat):
        return plain(value.account)
    if isinstance(value, Account):
        return str(value.id)
    if is_dataclass(value) and not isinstance(value, type):
        return {one.name: plain(getattr(value, one.name)) for one in fields(value) if one.name not in _PEOPLE}
    if isinstance(value, dict):
        return {str(plain(name)): plain(one) for name, one in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(one) for one in value]
    return value
