"""What is kept of closed trades: after any acts it is what a rebuild makes, and what the plain functions define."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from random import Random

import pytest
from flask import Flask
from sqlalchemy import delete, select, update

from tests.conftest import NOW, make_seat
from tests.services.closed_rows import write
from tests.services.plain_figures import figures_of
from tests.services.priced import TODAY
from tests.services.recorded import correct, enter, instrument, leave, plan
from tests.services.reported import report
from trenddojo.domain.breakdowns import Breakdown
from trenddojo.domain.statistics import EMPTY
from trenddojo.services import fills, rebuild, stored_figures
from trenddojo.services.accounts import update_account
from trenddojo.services.closed_figures import ClosedFigures
from trenddojo.services.closed_results import closed_results, without
from trenddojo.services.details import change_details
from trenddojo.services.doctor import _books
from trenddojo.services.inputs import parse
from trenddojo.services.inputs.accounts import AccountChange
from trenddojo.services.inputs.records import DetailsInput
from trenddojo.services.plans import delete_trade, restore_trade
from trenddojo.services.rates import conversions
from trenddojo.services.scopes import Scope
from trenddojo.store import days, report_totals
from trenddojo.store.closed import EVERY
from trenddojo.store.database import db
from trenddojo.store.models import Execution, ReportDay, ReportTotal, Trade
from trenddojo.store.report_totals import written
from trenddojo.store.seats import Seat
from trenddojo.store.trades import executions_of

SINCE = date(2025, 1, 1)
EVERYTHING = list(Breakdown)


@pytest.fixture
def database_url(both_databases: str) -> str:
    return both_databases


def kept(seat: Seat) -> ClosedFigures | None:
    return stored_figures.stored_figures(seat.account.id, SINCE, TODAY, EVERYTHING)


def plain(seat: Seat) -> ClosedFigures:
    scope, account = Scope.of(seat), seat.account
    rates = conversions([account], scope.currency, SINCE, TODAY)
    found, _ = closed_results(scope, {account.id: rates.of(account)}, SINCE, TODAY, EVERY)
    return figures_of(without(found, set()), EVERYTHING)


def rows(seat: Seat) -> list[object]:
    """Everything kept of an account."""
    of_days = db.session.execute(
        select(*ReportDay.__table__.c).where(ReportDay.account_id == seat.account.id).order_by(ReportDay.on)
    )
    totals = db.session.execute(
        select(*ReportTotal.__table__.c)
        .where(ReportTotal.account_id == seat.account.id)
        .order_by(ReportTotal.breakdown, ReportTotal.name)
    )
    return [tuple(row) for row in (*of_days, *totals)]


class Acts:
    """Random acts of a trader on closed trades."""

    def __init__(self, seat: Seat, random: Random) -> None:
        self.seat, self.random, self.trades = seat, random, list[Trade]()
        self.listed = {symbol: instrument(symbol) for symbol in "ABCDEFGH"}

    def trade(self) -> None:
        random = self.random
        free = sorted(set(self.listed) - {trade.symbol for trade in self.trades})
        traded = plan(self.seat, self.listed[random.choice(free)], stop=random.choice(["95", "90"])) if free else None
        if traded is None:
            return
        opened = NOW - timedelta(days=random.randrange(2, 12), hours=random.randrange(24))
        enter(self.seat, traded, "10", "100", opened)
        if random.random() < 0.9:
            leave(self.seat, traded, "10", str(random.choice([94, 95, 100, 101, 103, 110])), opened + self.later())
        self.trades.append(traded)

    def later(self) -> timedelta:
        return timedelta(hours=self.random.choice([1, 20, 40]))

    def correct(self) -> None:
        trade = self.random.choice(self.trades)
        if exits := self.exits(trade):
            correct(self.seat, trade, exits[0], price=str(self.random.choice([90, 99, 100, 104, 120])))

    def take_back(self) -> None:
        trade = self.random.choice(self.trades)
        if exits := self.exits(trade):
            fills.delete_fill(self.seat, trade, exits[0].id, NOW)
            if self.random.random() < 0.7:
                fills.restore_fill(self.seat, trade, exits[0].id, NOW)

    def delete(self) -> None:
        trade = self.random.choice(self.trades)
        if trade.deleted_at is None:
            delete_trade(self.seat, trade, NOW)
        else:
            restore_trade(self.seat, trade, NOW)

    def label(self) -> None:
        random = self.random
        labels = {
            "setup": random.choice(["", "Breakout", "Pullback"]), "quality": random.choice([None, 2, 5]),
            "market_condition": random.choice(["", "trend"]), "tags": random.sample("abc", random.randrange(3)),
        }  # fmt: skip
        change_details(self.seat, random.choice(self.trades), parse(DetailsInput, labels), NOW)

    def settings(self) -> None:
        change = self.random.choice([{"breakeven_band": "10"}, {"breakeven_band": "0"}, {"time_zone": "Asia/Tokyo"}])
        update_account(self.seat, parse(AccountChange, change), NOW)

    @staticmethod
    def exits(trade: Trade) -> list[Execution]:
        told = list(executions_of(trade.id))
        return told[1:] if trade.deleted_at is None else []


@pytest.mark.parametrize("seed", range(3))
def test_after_random_acts_all_three_agree(app: Flask, seat: Seat, seed: int):
    random = Random(seed)
    days.recompute(seat.account, None)
    acts = Acts(seat, random)
    acts.trade()
    choices = [acts.trade] * 4 + [acts.correct, acts.take_back, acts.delete, acts.label] * 2 + [acts.settings]
    for _ in range(30):
        random.choice(choices)()
        assert kept(seat) == plain(seat)
    before = rows(seat)
    days.recompute(seat.account, None)
    assert rows(seat) == before
    rebuild.rebuild()
    assert rows(seat) == before
    assert plain(seat).tally.trades > 1
    assert _books().is_well
    db.session.execute(update(ReportTotal).where(ReportTotal.breakdown == "side").values(tally=written(EMPTY)))
    assert not _books().is_well


def test_accounts_do_not_touch_each_other(app: Flask, seat: Seat):
    other = make_seat(seat.user, "Other")
    write(seat, Random(1), 60)
    write(other, Random(2), 60)
    for one in (seat, other):
        days.recompute(one.account, None)
    assert kept(seat) == plain(seat)
    assert kept(other) == plain(other)
    before = rows(other)
    days.recompute(seat.account, set(db.session.scalars(select(ReportDay.on).distinct())))
    assert rows(other) == before


def test_what_was_never_kept_is_kept_from_the_first_change_on(app: Flask, seat: Seat):
    write(seat, Random(4), 40)
    days.recompute(seat.account, None)
    for table in (ReportDay, ReportTotal):  # as before the tables came
        db.session.execute(delete(table))
    db.session.expire_all()
    assert kept(seat) is None
    assert report(seat, date(2025, 1, 2), TODAY).tally.trades > 0  # counted from the trades themselves
    days.recompute(seat.account, {TODAY})
    assert kept(seat) == plain(seat)


def test_a_part_of_a_life_is_not_the_whole(app: Flask, seat: Seat):
    write(seat, Random(5), 40)
    days.recompute(seat.account, None)
    first, last = report_totals.closing_span(seat.account.id)
    assert first is not None
    assert last is not None
    day = timedelta(days=1)
    for since, until in ((first + day, last), (first, last - day)):
        assert stored_figures.stored_figures(seat.account.id, since, until, EVERYTHING) is None
    assert stored_figures.stored_figures(seat.account.id, first, last, EVERYTHING) == plain(seat)


def test_an_extreme_that_goes_gives_way_to_the_next(app: Flask, seat: Seat):
    listed = [instrument(symbol) for symbol in "ABC"]
    for price, of in zip(("110", "120", "115"), listed, strict=True):
        trade = plan(seat, of)
        enter(seat, trade, "10", "100", NOW - timedelta(days=5))
        leave(seat, trade, "10", price, NOW - timedelta(days=4))
    best = db.session.scalars(select(Trade).where(Trade.symbol == "B")).one()
    delete_trade(seat, best, NOW)
    got = report(seat)
    assert (got.best, got.tally.largest_win, got.tally.best_r) == ("C", Decimal(150), 3)
    assert [group.tally.largest_win for group in got.sides] == [Decimal(150)]
