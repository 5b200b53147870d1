"""History that is older than its account moves the account's opening, and back again with it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from tests.conftest import NOW
from tests.services.imports.brought import D, bring, fill, silent, spool, statement, take_out
from trenddojo.domain.terms import CashKind
from trenddojo.services.accounts import update_account
from trenddojo.services.imports import jottings
from trenddojo.services.imports.booking import book
from trenddojo.services.imports.survey import survey
from trenddojo.services.inputs import parse
from trenddojo.services.inputs.accounts import AccountChange
from trenddojo.services.spans import Period, beginning_of, first_day, span_to_now
from trenddojo.statements.lines import CashLine, Said
from trenddojo.store import days
from trenddojo.store.database import db
from trenddojo.store.models import Account, AuditEntry
from trenddojo.store.seats import Seat

TODAY = NOW.date()


@pytest.fixture
def database_url(both_databases: str) -> str:
    return both_databases


@pytest.fixture
def fresh(seat: Seat) -> Seat:
    """At an account that opened today, with nothing in it."""
    seat.account.opened_on = TODAY
    seat.account.starting_balance = seat.account.balance = seat.account.equity = D(0)
    db.session.commit()
    return seat


def history(years: int = 9, key: str = "") -> list[Said]:
    """A deposit, and a trade with a gain of 98 in the week after it."""
    back = -365 * years
    paid = date_of(back) - timedelta(days=3)
    return [
        CashLine(2, paid, CashKind.DEPOSIT, D(5000), "USD", "", key=f"C{key or years}"),
        fill(3, "buy", 10, 100, back, key=f"{key or years}A"),
        fill(4, "sell", 10, 110, back + 4, key=f"{key or years}B"),
    ]


def date_of(back: float) -> date:
    return fill(1, "buy", 1, 1, back).at.date()


def opened_on(seat: Seat) -> date:
    db.session.rollback()
    return db.session.get_one(Account, seat.account.id, populate_existing=True).opened_on


def test_the_survey_tells_where_the_opening_goes_and_moves_nothing(fresh: Seat, tmp_path: Path) -> None:
    with spool(tmp_path, history()) as read:
        counts = survey(statement(fresh), fresh, read, silent)
    assert (counts.cash_new, counts.fills_new, counts.opens_on) == (1, 2, date_of(-365 * 9) - timedelta(days=3))
    assert opened_on(fresh) == TODAY


def test_years_of_history_come_whole_and_the_curve_begins_with_them(fresh: Seat, tmp_path: Path) -> None:
    _, counts = bring(fresh, tmp_path, history())
    begins = date_of(-365 * 9) - timedelta(days=3)
    assert (opened_on(fresh), counts.opens_on, beginning_of(fresh.account)) == (begins, begins, begins)
    account = fresh.account
    whole = span_to_now(account, first_day(Period.ALL, beginning_of(account), TODAY), TODAY)
    assert (whole.since, whole.starting, whole.flows, whole.realised, whole.equity) == (
        begins, D(0), D(5000), D("98.00"), D("5098.00"),
    )  # fmt: skip
    assert days.equity_before(account, date_of(-365 * 9)) == D(5000)
    assert whole.ratio is not None
    assert round(whole.ratio, 6) == D("0.019600")


def test_it_is_in_the_audit_log(fresh: Seat, tmp_path: Path) -> None:
    bring(fresh, tmp_path, history())
    entries = db.session.scalars(db.select(AuditEntry).where(AuditEntry.account_id == fresh.account.id)).all()
    assert any("opened_on" in str(one.changes) for one in entries)


def test_taken_out_it_gives_the_day_back(fresh: Seat, tmp_path: Path) -> None:
    row, _ = bring(fresh, tmp_path, history())
    take_out(fresh, row)
    assert opened_on(fresh) == TODAY
    again, counts = bring(fresh, tmp_path, history())
    assert counts.opens_on == opened_on(fresh) < TODAY
    assert jottings.move_of(again.counts) is not None


@pytest.mark.parametrize("older_first", [True, False])
@pytest.mark.parametrize("take_older_first", [True, False])
def test_with_two_the_day_is_that_of_what_is_left(
    fresh: Seat, tmp_path: Path, older_first: bool, take_older_first: bool
) -> None:
    brought = {}
    for years in (9, 4) if older_first else (4, 9):
        brought[years], _ = bring(fresh, tmp_path, history(years))
    first = {years: date_of(-365 * years) - timedelta(days=3) for years in brought}
    assert opened_on(fresh) == first[9]
    one, other = (9, 4) if take_older_first else (4, 9)
    take_out(fresh, brought[one])
    assert opened_on(fresh) == first[other]
    take_out(fresh, brought[other])
    assert opened_on(fresh) == TODAY


def test_a_day_that_a_person_set_since_stays(fresh: Seat, tmp_path: Path) -> None:
    row, _ = bring(fresh, tmp_path, history())
    fresh.account.opened_on = date(2001, 1, 2)
    db.session.commit()
    take_out(fresh, row)
    assert opened_on(fresh) == date(2001, 1, 2)


def test_with_every_deposit_told_the_account_began_with_nothing(seat: Seat, tmp_path: Path) -> None:
    bring(seat, tmp_path, history())
    assert seat.account.equity == D("105098.00")
    update_account(seat, parse(AccountChange, {"starting_balance": "0"}), NOW)
    assert (seat.account.equity, days.equity_before(seat.account, date_of(-365 * 9))) == (D("5098.00"), D(5000))


def test_what_is_known_or_later_moves_nothing(fresh: Seat, tmp_path: Path) -> None:
    bring(fresh, tmp_path, history())
    _, counts = bring(fresh, tmp_path, [*history(), fill(9, "buy", 1, 1, 2, key="new")])
    assert (counts.fills_new, counts.opens_on) == (1, None)


def test_stopped_after_the_move_it_still_knows(fresh: Seat, tmp_path: Path) -> None:
    row = statement(fresh)
    with spool(tmp_path, history()) as read:
        first = book(row, fresh, read, NOW, silent)
        again = book(row, fresh, read, NOW, silent)
    assert replace(again, cash_new=first.cash_new, cash_known=first.cash_known) == first
    take_out(fresh, row)
    assert opened_on(fresh) == TODAY
