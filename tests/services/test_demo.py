"""The demo year: believable, within its own limits, the same for the same seed, and nobody else's business."""

from __future__ import annotations

import random
import re
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cache
from itertools import pairwise
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import func, select

from tests.conftest import NOW, Clock, make_seat, make_user, settings
from trenddojo.domain.equity import equity_curve, largest_drawdown
from trenddojo.domain.nyse import trading_days
from trenddojo.domain.stops import loosens
from trenddojo.domain.terms import CashKind, Direction, NoteKind, Role, Side, TradeStatus
from trenddojo.factory import create_app
from trenddojo.security import passwords
from trenddojo.services import books
from trenddojo.services.bars import known_bars
from trenddojo.services.demo import NAME, SEED, chronicle, load_demo, visitor
from trenddojo.services.demo.chronicle import year
from trenddojo.services.demo.market import LISTINGS, NEW_YORK, bars, sessions_until
from trenddojo.services.demo.story import Story, Year
from trenddojo.services.demo.words import SENTENCES, Words
from trenddojo.services.discipline.report import discipline
from trenddojo.services.errors import Conflict, Forbidden
from trenddojo.store import days, people
from trenddojo.store.database import Base, db
from trenddojo.store.models import (
    Account,
    CashMovement,
    ChecklistItem,
    ChecklistResponse,
    Execution,
    Instrument,
    JournalNote,
    Leg,
    Mark,
    PriceBar,
    RiskSettings,
    Setup,
    Tag,
    Trade,
    TradeEvent,
    TradeNote,
    TradeStop,
    TradeTag,
)
from trenddojo.store.seats import Seat, seats_of
from trenddojo.store.sectors import sectors_of

MIDDAY, WEEKEND, BEFORE_THE_OPEN, AFTER_HOLIDAY, YEARS_LATER = (
    NOW,
    datetime(2026, 11, 22, 15, 0, tzinfo=UTC),
    datetime(2026, 7, 6, 12, 0, tzinfo=UTC),
    datetime(2027, 1, 4, 23, 30, tzinfo=UTC),
    datetime(2031, 3, 12, 21, 15, tzinfo=UTC),
)
TIMES = [MIDDAY, WEEKEND, BEFORE_THE_OPEN, AFTER_HOLIDAY, YEARS_LATER]


@cache
def told_at(now: datetime) -> Year:
    """The year as it is told at a time; telling it takes a second."""
    return year(SEED, now)


@pytest.fixture
def short_year(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two months instead of a year, for what does not depend on how long it is."""
    monkeypatch.setattr(chronicle, "SESSIONS", 40)


@dataclass(frozen=True)
class Loaded:
    """The demo account, with its records by trade in the order of their times."""

    seat: Seat
    trades: Sequence[Trade]
    fills: dict[UUID, list[Execution]]
    stops: dict[UUID, list[TradeStop]]
    marks: dict[UUID, list[Mark]]
    seconds: float

    @property
    def filled(self) -> list[Trade]:
        return [trade for trade in self.trades if self.fills[trade.id]]


@pytest.fixture(scope="module")
def demo_app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """One application with the demo year loaded, for the tests that only look."""
    application = create_app(settings(f"sqlite:///{tmp_path_factory.mktemp('demo')}/demo.db"), Clock())
    with application.app_context():
        db.create_all()
        yield application
        db.session.remove()
        db.engine.dispose()


@pytest.fixture(scope="module")
def demo(demo_app: Flask) -> Loaded:
    begun = time.process_time()
    seat = load_demo(make_user("marta@example.org", "Marta Lind"), NOW)
    seconds = time.process_time() - begun
    trades = db.session.scalars(select(Trade).order_by(Trade.sort_at, Trade.id)).all()
    return Loaded(seat, trades, _by_trade(Execution), _by_trade(TradeStop), _by_instrument(), seconds)


def _by_trade(table: type[Execution] | type[TradeStop]) -> dict[UUID, list]:
    found = defaultdict(list)
    for row in db.session.scalars(select(table).order_by(table.at, table.id)):
        found[row.trade_id].append(row)
    return found


def _by_instrument() -> dict[UUID, list[Mark]]:
    found = defaultdict(list)
    for row in db.session.scalars(select(Mark).order_by(Mark.at)):
        found[row.instrument_id].append(row)
    return found


def _count(table: type[Base]) -> int:
    return db.session.scalar(select(func.count()).select_from(table)) or 0


def _is_entry(trade: Trade, fill: Execution) -> bool:
    return fill.side is trade.direction.entry_side


def _entry_fills(demo: Loaded) -> list[tuple[Trade, Execution]]:
    return [(trade, fill) for trade in demo.filled for fill in demo.fills[trade.id] if _is_entry(trade, fill)]


# --- What it tells ---


def test_a_year_of_trades_in_every_state(demo: Loaded):
    by_status = Counter(trade.status for trade in demo.trades)
    assert 140 <= len(demo.trades) <= 160
    assert 5 <= by_status[TradeStatus.ACTIVE] <= 7
    assert 2 <= by_status[TradeStatus.PLANNING] <= 3
    assert 1 <= by_status[TradeStatus.CANCELLED] <= 2
    assert by_status[TradeStatus.ACTIVE] == demo.seat.account.open_trades
    assert demo.seat.account.name == NAME
    assert NOW - timedelta(days=370) < min(trade.planned_at for trade in demo.trades)


def test_it_is_the_record_of_a_disciplined_trend_follower(demo: Loaded):
    tally = days.tally_between(demo.seat.account.id, None, None)
    assert Decimal("0.42") <= tally.win_rate <= Decimal("0.49")
    assert Decimal("1.8") <= tally.payoff <= Decimal("2.2")
    assert Decimal("0.2") <= tally.mean_r <= Decimal("0.35")
    assert Decimal("104500") <= demo.seat.account.equity <= Decimal("114000")


def test_it_has_one_drawdown_worth_a_chapter(demo: Loaded):
    account = demo.seat.account
    sessions = trading_days(account.opened_on, NOW.date())
    curve = equity_curve(account.starting_balance, days.changes_between(account.id, None, None), sessions)
    assert Decimal("0.04") <= largest_drawdown(curve, NOW.date()).depth <= Decimal("0.06")
    assert len({point.equity for point in curve}) > 240  # it moves with open P&L on nearly every day


def test_every_table_that_a_page_needs_is_filled(demo: Loaded):
    tables = (RiskSettings, ChecklistItem, Setup, Tag, TradeTag, ChecklistResponse, TradeEvent, Leg, TradeStop, Mark)
    assert all(_count(table) for table in (*tables, Execution, TradeNote, CashMovement, Instrument))
    assert set(db.session.scalars(select(TradeNote.kind))) == set(NoteKind)
    assert set(db.session.scalars(select(CashMovement.kind))) == set(CashKind)
    assert 35 <= _count(JournalNote) <= 48
    assert db.session.scalar(select(func.count(JournalNote.on.distinct()))) == _count(JournalNote)
    assert {trade.direction for trade in demo.filled} == set(Direction)
    assert {trade.setup for trade in demo.trades} == set(db.session.scalars(select(Setup.name)))
    for trade in demo.trades:
        assert trade.setup_quality in range(1, 6)
        assert all((trade.market_condition, trade.correlation_group, trade.tags, trade.bound_by, trade.target_2))


def test_required_checklist_items_are_checked_on_every_plan(demo: Loaded):
    unchecked = db.session.scalars(select(ChecklistResponse).where(ChecklistResponse.checked.is_(False))).all()
    assert [response.required for response in unchecked] == [False] * len(unchecked) != []
    assert _count(ChecklistResponse) == _count(ChecklistItem) * len(demo.trades)


def test_it_shows_partial_exits_adds_and_mistakes(demo: Loaded):
    legs = Counter(db.session.scalars(select(Leg.trade_id)))
    assert sum(count > 1 for count in legs.values()) >= 5
    exits = {trade.id: [fill for fill in demo.fills[trade.id] if not _is_entry(trade, fill)] for trade in demo.filled}
    assert sum(len(found) > 1 for found in exits.values()) >= 20
    assert all(fill.exit_reason for found in exits.values() for fill in found)
    late = next(trade for trade in demo.trades if "late exit" in trade.tags)
    assert late.r < -1
    assert any("chased" in trade.tags for trade in demo.trades)


def test_open_trades_have_a_price_and_a_stop(demo: Loaded):
    held = [trade for trade in demo.trades if trade.status is TradeStatus.ACTIVE]
    assert all(trade.stop is not None and not trade.unprotected for trade in held)
    assert sum(trade.last_price is not None for trade in held) >= len(held) - 2  # those of today may have none yet
    assert len({trade.instrument_id for trade in held}) == len(held)


# --- Its own limits ---


def test_no_entry_risks_more_than_one_percent_of_equity(demo: Loaded):
    risked = defaultdict(Decimal)
    for trade, fill in _entry_fills(demo):
        assert fill.stop is not None
        risked[trade.id, fill.leg, fill.at.astimezone(NEW_YORK).date()] += abs(fill.price - fill.stop) * fill.quantity
    for (_, _, day), amount in risked.items():
        assert amount <= days.equity_before(demo.seat.account, day) / 100


def test_every_entry_has_its_stop_on_the_losing_side(demo: Loaded):
    for trade, fill in _entry_fills(demo):
        assert trade.direction.sign * (fill.price - fill.stop) > 0
    for trade in demo.trades:
        sign = trade.direction.sign
        assert sign * (trade.planned_entry - trade.planned_stop) > 0
        assert sign * trade.planned_entry < sign * trade.target_1 < sign * trade.target_2
        assert trade.r is not None or not demo.fills[trade.id]


def test_stops_ratchet_unless_a_reason_was_given(demo: Loaded):
    overrides = []
    for trade in demo.trades:
        in_force: dict[int, Decimal] = {}
        for change in demo.stops[trade.id]:
            assert change.old == in_force.get(change.leg)
            assert change.is_override == loosens(trade.direction, change.old, change.new)
            overrides += [change] if change.is_override else []
            in_force[change.leg] = change.new
        legs = db.session.scalars(select(Leg).where(Leg.trade_id == trade.id))
        assert in_force == {leg.number: leg.stop for leg in legs}
    assert 1 <= len(overrides) <= 2
    assert all(len(change.reason) >= 20 for change in overrides)


def test_it_never_has_more_than_its_buying_power_or_its_limit_of_positions(demo: Loaded):
    limits = db.session.get_one(RiskSettings, demo.seat.account.id)
    sectors = sectors_of(demo.seat.account.id)
    assert limits.max_open_positions == 8
    for trade, fill in _entry_fills(demo):
        others = [one for one in demo.filled if one.id != trade.id and _is_held(one, fill.at)]
        assert len(others) < limits.max_open_positions
        group = [one for one in others if one.correlation_group == trade.correlation_group]
        assert len(group) < limits.max_correlated_positions
        sector = sectors.get(trade.symbol)
        assert sum(1 for one in others if sector and sectors.get(one.symbol) == sector) < limits.max_sector_positions
        gross = sum(_value(demo, one, fill.at) for one in (trade, *others))
        day = fill.at.astimezone(NEW_YORK).date()
        assert gross <= days.equity_before(demo.seat.account, day) * Decimal("1.03")  # gaps since the last prices


def _is_held(trade: Trade, at: datetime) -> bool:
    return trade.opened_at <= at and (trade.closed_at is None or trade.closed_at > at)


def _value(demo: Loaded, trade: Trade, at: datetime) -> Decimal:
    """Gross value at a moment, at the last price typed by then, else at entry."""
    past = [fill for fill in demo.fills[trade.id] if fill.at <= at]
    quantity = sum(fill.quantity if _is_entry(trade, fill) else -fill.quantity for fill in past)
    typed = [mark.price for mark in demo.marks[trade.instrument_id] if trade.opened_at <= mark.at <= at]
    return quantity * (typed[-1] if typed else past[0].price)


@pytest.mark.parametrize("now", TIMES, ids=str)
def test_fills_are_whole_shares_at_prices_in_cents_in_session_hours(now: datetime):
    told = told_at(now)
    fills = [fill for story in told.stories for fill in story.fills]
    hours = {session.day: session for session in sessions_until(now, 260)}
    assert fills
    for fill in fills:
        session = hours[fill.at.astimezone(NEW_YORK).date()]
        assert session.opens_at <= fill.at < session.closes_at
        assert fill.quantity == fill.quantity.to_integral_value()
        assert fill.price.as_tuple().exponent == -2
        assert fill.fee in (0, 1)


@pytest.mark.parametrize("now", TIMES, ids=str)
def test_it_ends_well_whenever_it_is_loaded(now: datetime):
    told = told_at(now)
    by_status = Counter(story.status for story in told.stories)
    assert 140 <= len(told.stories) <= 160
    assert 4 <= by_status[TradeStatus.ACTIVE] <= 8
    assert by_status[TradeStatus.PLANNING] in (1, 2, 3)
    assert by_status[TradeStatus.CANCELLED] in (1, 2)
    assert max(_moments(told)) <= now
    assert told.opened_on >= now.astimezone(NEW_YORK).date() - timedelta(days=366)


def _moments(told: Year) -> Iterator[datetime]:
    for story in told.stories:
        yield story.plan.planned_at
        for dated in (*story.fills, *story.moves, *story.notes, *story.marks):
            yield dated.at
    yield from (entry.at for entry in told.journal)


# --- Its figures ---


def test_the_books_agree_with_the_cash_of_the_fills(demo: Loaded):
    for trade in demo.filled:
        if trade.status is TradeStatus.CLOSED:
            assert trade.realised == sum(_cash(fill) for fill in demo.fills[trade.id])
    net = sum(trade.realised for trade in demo.trades if trade.status is TradeStatus.CLOSED)
    assert days.tally_between(demo.seat.account.id, None, None).net == net


def _cash(fill: Execution) -> Decimal:
    return (fill.quantity * fill.price * (1 if fill.side is Side.SELL else -1)) - fill.fee


def test_equity_is_cash_and_what_is_held_at_the_last_prices(demo: Loaded):
    signs = {CashKind.WITHDRAWAL: -1, CashKind.FEE: -1}
    moved = db.session.scalars(select(CashMovement))
    equity = demo.seat.account.starting_balance + sum(signs.get(row.kind, 1) * row.amount for row in moved)
    for trade in demo.filled:
        equity += sum(_cash(fill) for fill in demo.fills[trade.id])
        if trade.status is TradeStatus.ACTIVE:
            price = trade.last_price if trade.last_price is not None else trade.average_entry
            equity += trade.direction.sign * trade.quantity * price
    assert demo.seat.account.equity == equity


def test_it_brings_the_prices_of_all_that_it_trades_up_to_the_last_close(demo: Loaded):
    rows = db.session.scalars(select(PriceBar)).all()
    assert {row.instrument_id for row in rows} == {trade.instrument_id for trade in demo.trades}
    assert {(row.realm, row.source) for row in rows} == {(str(demo.seat.account.id), "demo")}
    last = max(row.start for row in rows).astimezone(NEW_YORK)
    assert (last.date(), last.hour) == (date(2026, 11, 18), 0)  # the 19th is not over yet


def test_nobody_else_sees_its_prices(demo: Loaded):
    other = make_seat(make_user("other@example.org", "Other"), "Elsewhere")
    for one in db.session.scalars(select(Instrument)):
        assert known_bars(demo.seat.account, one, NOW - timedelta(days=400), NOW)
        assert known_bars(other.account, one, NOW - timedelta(days=400), NOW) == []


def test_its_trades_know_how_far_they_went(demo: Loaded):
    closed = [trade for trade in demo.trades if trade.closed_at]
    assert all(trade.mae is not None and trade.mae <= 0 <= (trade.mfe or 0) for trade in closed)
    assert all(trade.mfe >= trade.realised for trade in closed)
    assert Counter(trade.mae is None for trade in demo.trades if trade.status is TradeStatus.ACTIVE)[False] >= 3


def test_its_discipline_is_worth_a_page(demo: Loaded):
    got = discipline(demo.seat, None, None, NOW)
    assert got.trades == sum(trade.status is TradeStatus.CLOSED for trade in demo.trades)
    assert got.overrides.total.known == len(got.overrides.moves) == 2
    assert got.skipped.ended + got.skipped.open + got.skipped.not_entered == len(got.skipped.plans) == 2
    assert got.moves.whole.known > 30
    assert got.moves.whole.no_bars == 0
    assert min(len(got.scores.items), len(got.pyramids.trades), len(got.slipped.by_setup)) >= 3
    assert got.drifts.left_out == 0


def test_settling_again_changes_nothing(demo: Loaded):
    before = {trade.id: (trade.status, trade.realised, trade.open_pnl, trade.r, trade.stop) for trade in demo.trades}
    equity = demo.seat.account.equity
    for trade in demo.trades:
        books.settle(trade, demo.seat)
    assert before == {t.id: (t.status, t.realised, t.open_pnl, t.r, t.stop) for t in demo.trades}
    assert demo.seat.account.equity == equity
    db.session.rollback()


def test_the_course_of_the_year_does_not_depend_on_its_dates():
    outcomes = [[story.plan.signal.listing.symbol for story in told_at(now).stories[:100]] for now in TIMES]
    assert all(outcome == outcomes[0] for outcome in outcomes)


def test_the_same_seed_and_time_tell_the_same_year():
    assert told_at(NOW) == year(SEED, NOW)
    assert told_at(NOW) != year(SEED + 1, NOW)


def test_it_loads_in_time(demo: Loaded):
    assert demo.seconds < 8


# --- Its words ---


def test_no_two_neighbours_read_alike(demo: Loaded):
    theses = [_thesis(trade) for trade in demo.trades]
    assert all(theses)
    for one, next_one in pairwise(theses):
        assert not set(_sentences(one)) & set(_sentences(next_one))
    assert len(set(theses)) == len(theses)


def _thesis(trade: Trade) -> str:
    query = select(TradeNote.body).where(TradeNote.trade_id == trade.id, TradeNote.kind == NoteKind.ENTRY)
    return db.session.scalars(query).one()


def _sentences(text: str) -> list[str]:
    return [sentence for sentence in re.split(r"(?<=[.?!]) ", text) if len(sentence) > 25]


def test_a_deck_is_dealt_out_before_it_is_shuffled_again():
    words = Words(random.Random(1))
    pool = SENTENCES["raise"]
    said = [words.say("raise") for _ in range(len(pool) * 20)]
    assert sorted(said[: len(pool)]) == sorted(said[-len(pool) :]) == sorted(pool)
    assert not any(one in said[max(0, i - 4) : i] for i, one in enumerate(said))


def test_words_name_the_facts_of_their_trade():
    for story in told_at(NOW).stories:
        for note in story.notes:
            assert "{" not in note.body
            assert len(note.body) <= 8000
        assert story.notes[0].kind is NoteKind.ENTRY or not story.fills
        assert _reviews(story) <= 1


def _reviews(story: Story) -> int:
    return sum(note.kind is NoteKind.REVIEW for note in story.notes)


# --- Its market ---


def test_prices_are_a_function_of_seed_and_symbol():
    listing = LISTINGS[0]
    made = bars(7, listing, 300)
    bars.cache_clear()
    assert bars(7, listing, 300) == made != bars(8, listing, 300)
    assert len({one.symbol for one in LISTINGS}) == len(LISTINGS) == 40
    for bar in made:
        assert 0 < bar.low <= min(bar.open, bar.close) <= max(bar.open, bar.close) <= bar.high


def test_sessions_know_holidays_and_short_days():
    sessions = sessions_until(datetime(2026, 12, 28, 20, 0, tzinfo=UTC), 22)
    by_day = {session.day: session for session in sessions}
    assert not {date(2026, 11, 26), date(2026, 12, 25)} & by_day.keys()
    assert by_day[date(2026, 11, 27)].closes_at.astimezone(UTC).hour == 18
    assert by_day[date(2026, 12, 24)].closes_at.astimezone(UTC).hour == 18
    assert by_day[date(2026, 12, 23)].closes_at.astimezone(UTC).hour == 21
    assert sessions_until(datetime(2026, 12, 28, 14, 29, tzinfo=UTC), 1)[0].day == date(2026, 12, 24)


# --- Whose it is ---


def test_nothing_of_other_people_is_touched(app: Flask, short_year: None):
    other = make_seat(make_user("noor@example.org", "Noor"), "Noor's account")
    instrument = Instrument(identity="stock|NVDA|USD||1", symbol="NVDA", asset_type="stock", currency="USD")
    db.session.add(instrument)
    db.session.commit()
    account = _columns(other.account)
    load_demo(make_user("marta@example.org", "Marta Lind"), NOW)
    db.session.expire_all()
    assert _columns(other.account) == account
    assert instrument.name == ""
    assert {row.account_id for row in db.session.scalars(select(Trade))} != {other.account.id}
    assert not db.session.scalar(select(Trade.id).where(Trade.account_id == other.account.id))
    assert [seat.account.id for seat in seats_of(other.user)] == [other.account.id]


def _columns(row: Account) -> dict[str, object]:
    return {column.name: getattr(row, column.name) for column in Account.__table__.columns}


def test_two_people_may_each_have_theirs_but_nobody_two(app: Flask, short_year: None):
    marta, noor = make_user("marta@example.org", "Marta Lind"), make_user("noor@example.org", "Noor")
    first, second = load_demo(marta, NOW), load_demo(noor, NOW)
    assert first.account.equity == second.account.equity
    trades = _count(Trade)
    with pytest.raises(Conflict):
        load_demo(marta, NOW)
    db.session.rollback()
    assert (_count(Trade), _count(Account)) == (trades, 2)


class TestOnBothDatabases:
    @pytest.fixture
    def database_url(self, both_databases: str) -> str:
        return both_databases

    def test_the_same_year_is_written(self, app: Flask, short_year: None):
        seat = load_demo(make_user("marta@example.org", "Marta Lind"), NOW)
        told = year(SEED, NOW)
        assert _count(Trade) == len(told.stories)
        assert _count(Mark) == sum(len(story.marks) for story in told.stories)
        closed = [story for story in told.stories if story.status is TradeStatus.CLOSED]
        assert days.tally_between(seat.account.id, None, None).trades == len(closed) > 0


def test_an_archived_demo_is_there_too(app: Flask, short_year: None):
    marta = make_user("marta@example.org", "Marta Lind")
    load_demo(marta, NOW).account.archived_at = NOW
    db.session.commit()
    with pytest.raises(Conflict):
        load_demo(marta, NOW)


def test_who_may_only_look_gets_none(app: Flask):
    with pytest.raises(Forbidden):
        load_demo(make_user("vera@example.org", "Vera", Role.VIEWER), NOW)
    assert _count(Account) == 0


# --- From the terminal ---


def _password_in(output: str) -> str:
    return re.search(r"with the password (\S+)$", output.strip()).group(1)


def test_the_command_prints_a_sign_in_that_works_each_time(app: Flask, short_year: None):
    run = app.test_cli_runner().invoke
    first = run(args=["demo", "load"])
    second = run(args=["demo", "load"])
    assert first.exit_code == second.exit_code == 0, first.output + second.output
    assert "Loaded" in first.output
    assert "already" in second.output
    user = people.user_by_email(visitor.EMAIL)
    db.session.refresh(user)
    assert (user.role, user.must_change_password) == (Role.ADMIN, False)
    assert passwords.matches(_password_in(second.output), user.password_hash)
    assert not passwords.matches(_password_in(first.output), user.password_hash)
    assert (user.session_epoch, _count(Account)) == (2, 1)


def test_beside_real_people_the_demo_person_is_no_admin(app: Flask):
    make_user("marta@example.org", "Marta Lind")
    assert visitor.welcome(NOW, "Europe/Berlin").user.role is Role.TRADER


def test_the_command_can_load_it_for_somebody(app: Flask, short_year: None):
    marta = make_user("marta@example.org", "Marta Lind")
    before = marta.password_hash
    done = app.test_cli_runner().invoke(args=["demo", "load", "--email", "Marta@example.org"])
    assert done.exit_code == 0
    assert "password" not in done.output
    db.session.refresh(marta)
    assert marta.password_hash == before
    assert [seat.account.name for seat in seats_of(marta)] == [NAME]


def test_the_command_refuses_strangers_and_viewers(app: Flask):
    make_user("vera@example.org", "Vera", Role.VIEWER)
    run = app.test_cli_runner().invoke
    assert run(args=["demo", "load", "--email", "nobody@example.org"]).exit_code == 1
    assert run(args=["demo", "load", "--email", "vera@example.org"]).exit_code == 1
