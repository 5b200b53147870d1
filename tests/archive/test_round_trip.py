"""What was exported and brought into an empty installation reports the same, to the last digit."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from datetime import timedelta
from random import Random
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import delete, func, select

from tests.agreement.loading import recorded, written
from tests.agreement.worlds import random_world
from tests.archive.figures import differing, figures_of, joint_figures_of
from tests.archive.moving import Elsewhere, data_files, made
from tests.conftest import Clock, make_seat
from tests.orders.floor import Floor
from tests.services.pictured import attached, encoded, image
from tests.services.priced import told
from trenddojo.domain.bars import Bar
from trenddojo.domain.order_states import OrderState
from trenddojo.domain.terms import AccountType, Mode, Timeframe, ViewRoom
from trenddojo.services import attachments, price_history
from trenddojo.services.archive.bringing import Brought, bring
from trenddojo.services.attachments import Target
from trenddojo.services.bars import REAL
from trenddojo.services.books import settle_all
from trenddojo.services.demo import load_demo
from trenddojo.services.doctor import _books, _pictures
from trenddojo.services.errors import Invalid
from trenddojo.services.goals import set_goal
from trenddojo.services.inputs import parse
from trenddojo.services.inputs.goals import NewGoalInput
from trenddojo.services.inputs.saved_views import ViewInput
from trenddojo.services.saved_views import save_view
from trenddojo.store.attachment_files import Folder
from trenddojo.store.database import db
from trenddojo.store.models import (
    Account,
    AccountSnapshot,
    AuditEntry,
    BrokerConnection,
    ExchangeRate,
    Instrument,
    Order,
    PriceBar,
    SavedView,
    Trade,
    TradeNote,
    User,
)
from trenddojo.store.seats import Seat, SeatRole, seats_of

APART = ("json/people.jsonl", "csv/people.csv")
"""Files that say whose archive it is."""


def spelled() -> None:
    """Instruments are known by their terms, as the product itself makes them; the worlds name them otherwise."""
    for row in db.session.scalars(select(Instrument)):
        row.identity = f"{row.asset_type}|{row.symbol}|{row.currency}||{row.multiplier.normalize():f}"
    db.session.commit()


def returns(seat: Seat, clock: Clock, elsewhere: Elsewhere, look: Callable[[User], Any] | None = None) -> Any:
    """Move an account, hold every figure against the first installation's, and answer what `look` sees there."""
    owner = seat.user
    before = {one.account.id: figures_of(one, clock()) for one in seats_of(owner)}
    together, archive = joint_figures_of(owner, clock()), made(owner, clock)
    email, currency = owner.email, owner.currency
    assert before

    def then(person: User, _brought: Brought) -> Any:
        person.currency = currency
        db.session.commit()
        after = {one.account.id: figures_of(one, clock()) for one in seats_of(person)}
        assert after.keys() == before.keys()
        for account_id, figures in before.items():
            assert differing(figures, after[account_id]) == {}
        assert joint_figures_of(person, clock()) == together
        again = data_files(made(person, clock))
        assert {name: content for name, content in again.items() if name not in APART} == {
            name: content for name, content in data_files(archive).items() if name not in APART
        }
        assert _books().is_well
        assert _pictures().is_well
        with pytest.raises(Invalid, match="is here already"):
            bring(person, io.BytesIO(archive), clock())
        return look(person) if look else None

    return elsewhere.bring(archive, email, then)


@pytest.mark.parametrize("seed", range(6))
def test_every_figure_of_random_accounts_comes_back(app: Flask, clock: Clock, elsewhere: Elsewhere, seed: int) -> None:
    world = random_world(4000 + seed, recordable=seed % 2 == 0)
    clock.now = world.now
    seat = recorded(world, Random(seed)) if seed % 2 == 0 else written(world)
    spelled()
    returns(seat, clock, elsewhere)


def test_a_whole_year_comes_back(app: Flask, clock: Clock, user: User, elsewhere: Elsewhere) -> None:
    """With plans, checklists, notes, changes, cash, bars, goals, views, pictures, and a second account in euros."""
    seat = load_demo(user, clock())
    other = make_seat(user, "Euros")
    other.account.base_currency, user.currency = "EUR", "GBP"
    put_away = make_seat(user, "Put away")
    put_away.account.archived_at = clock()
    for one in (other, put_away):
        settle_all(one)
    told("EUR", "USD", "1.25")
    told("EUR", "GBP", "0.875")
    told("EUR", "JPY", "160")  # nobody needs it
    told("EUR", "USD", "1.2", account_id=other.account.id)
    goal = {"kind": "gain_money", "period": "month", "target": "400", "note": "=1+1"}
    set_goal(seat, parse(NewGoalInput, goal), clock())
    save_view(user, parse(ViewInput, {"room": "trades", "name": "Winners", "query": "status=closed"}), clock())
    trade = db.session.scalars(select(Trade).where(Trade.account_id == seat.account.id).limit(1)).one()
    attached(seat, Target(trade_id=trade.id), encoded("PNG", image(700, 500)))
    attached(seat, Target(on=clock().date()), encoded("JPEG", image(90, 60)))
    attached(seat, Target(on=clock().date()), encoded("WEBP", image(90, 60, "RGBA")))
    gone = attached(seat, Target(trade_id=trade.id), encoded("PNG", image(30, 30)))
    attachments.delete(seat, gone, clock())
    kept = {one: _content(attachments.folder(), one) for one in _pictures_of(user)}
    assert len(kept) == 4

    def look(person: User) -> Any:
        folder = attachments.folder()
        assert {one: _content(folder, one) for one in kept} == kept
        entry = db.session.scalars(select(AuditEntry).where(AuditEntry.act == "archive_brought")).one()
        assert entry.detail["rows"]["accounts"] == 3
        rates = select(ExchangeRate.quote_currency).where(ExchangeRate.account_id.is_(None))
        assert set(db.session.scalars(rates)) == {"USD", "GBP"}
        away = db.session.get_one(Account, put_away_id)
        assert away.archived_at is not None
        return db.session.scalars(select(SavedView.name).where(SavedView.user_id == person.id)).all()

    put_away_id = put_away.account.id
    db.session.commit()
    assert returns(seat, clock, elsewhere, look) == ["Winners"]


def _pictures_of(user: User) -> list[Any]:
    from trenddojo.services.archive.owned import kept_pictures

    return [row.id for row in kept_pictures(user)]


def _content(folder: Folder | None, picture_id: Any) -> bytes:
    assert folder is not None
    assert folder.has(picture_id)
    return folder.place(picture_id).read_bytes()


def test_an_account_at_a_broker_keeps_its_mode_and_its_orders(sim: Floor, clock: Clock, elsewhere: Elsewhere) -> None:
    trade = sim.plan()
    sim.enter(trade)
    resting = sim.plan("AAPL")
    sim.place(resting, order_type="limit", limit_price=f"{resting.planned_entry * 97 / 100:.2f}")
    sim.cancel(sim.orders(resting)[0])
    sim.follow()
    sim.seat = Seat(sim.seat.user, db.session.get_one(Account, sim.account_id), SeatRole.OWNER)
    db.session.execute(delete(AccountSnapshot))  # what the broker has to spend, it tells anew
    db.session.commit()
    count = db.session.scalar(select(func.count()).select_from(Order))
    assert count is not None
    assert count > 2

    def look(person: User) -> None:
        [there] = seats_of(person)
        assert (there.account.mode, there.account.account_type) == (Mode.MOCK, AccountType.PAPER)
        connection = db.session.get_one(BrokerConnection, there.account.connection_id)
        assert (connection.is_active, connection.user_id) == (False, person.id)
        orders = db.session.scalars(select(Order)).all()
        assert len(orders) == count
        assert {one.parent_id for one in orders} != {None}
        assert OrderState.CANCELLED in {one.state for one in orders}

    returns(sim.seat, clock, elsewhere, look)


def test_bars_of_the_market_come_along_and_concern_nobody_else(
    app: Flask, clock: Clock, seat: Seat, elsewhere: Elsewhere
) -> None:
    from tests.services.recorded import D, enter, instrument, leave, plan

    of = instrument()
    of.identity = "stock|NVDA|USD||1"
    trade = plan(seat, of)
    start = clock() - timedelta(days=30)
    enter(seat, trade, "10", "100", start)
    leave(seat, trade, "10", "110", start + timedelta(days=3))
    midnight = start.replace(hour=5, minute=0, second=0)
    days = [midnight + timedelta(days=day) for day in range(4)]
    told_bars = [Bar(Timeframe.DAY, on, D(101), D(120 + n), D(97), D(105), 1000) for n, on in enumerate(days)]
    price_history.keep(of, REAL, "fake", told_bars, clock())
    price_history.keep(of, REAL, "old.csv", told_bars[:2], clock(), is_raw=True)
    db.session.commit()
    assert trade.mfe is not None

    def look(person: User) -> None:
        assert db.session.scalars(select(PriceBar.is_raw).order_by(PriceBar.start)).all() == [True, True, False, False]
        other = make_seat(person, "Other")
        same = db.session.scalars(select(Instrument)).one()
        mine = plan(other, same)
        enter(other, mine, "10", "100", start)
        leave(other, mine, "10", "110", start + timedelta(days=3))
        assert mine.mfe is None

    returns(seat, clock, elsewhere, look)


def test_what_others_did_becomes_the_importers_and_their_names_stay(
    app: Flask, clock: Clock, seat: Seat, elsewhere: Elsewhere
) -> None:
    from tests.services.recorded import plan, viewer_of
    from trenddojo.domain.terms import NoteKind
    from trenddojo.store.models import TradeEvent

    vic = viewer_of(seat).user
    trade = plan(seat)
    db.session.add(TradeNote(trade_id=trade.id, kind=NoteKind.ENTRY, body="mine?", at=clock(), created_by=vic.id))
    detail = {"before": {"body": "x"}, "after": {"body": "y"}}
    db.session.add(TradeEvent(trade_id=trade.id, kind="note_edited", at=clock(), detail=detail, created_by=vic.id))
    db.session.commit()

    def then(person: User, brought: Brought) -> None:
        assert brought.others == ("Vic Tor",)
        note = db.session.scalars(select(TradeNote)).one()
        event = db.session.scalars(select(TradeEvent)).one()
        assert note.created_by == event.created_by == person.id
        assert event.detail["person"] == "Vic Tor"

    elsewhere.bring(made(seat.user, clock), "marta@example.org", then)


def test_an_archive_stands_beside_what_is_here(app: Flask, clock: Clock, seat: Seat, elsewhere: Elsewhere) -> None:
    from tests.services.recorded import enter, instrument, plan

    of = instrument()
    of.identity = "stock|NVDA|USD||1"
    trade = plan(seat, of)
    enter(seat, trade, "10", "100", clock() - timedelta(days=3))
    save_view(seat.user, parse(ViewInput, {"room": "trades", "name": "Mine", "query": "a=1"}), clock())
    archive = made(seat.user, clock)

    with elsewhere.running():
        from tests.conftest import make_user

        zoe = make_user("zoe@example.org", "Zoe")
        here = make_seat(zoe, "Here")
        theirs = instrument()
        theirs.identity, theirs.name = "stock|NVDA|USD||1", "Known here"
        mine = plan(here, theirs)
        enter(here, mine, "7", "90", clock() - timedelta(days=5))
        save_view(zoe, parse(ViewInput, {"room": "trades", "name": "Mine", "query": "b=2"}), clock())
        before, mine_id = figures_of(here, clock()), mine.id
        told("EUR", "USD", "1.5")
        bring(zoe, io.BytesIO(archive), clock())
        seats = {one.account.name: one for one in seats_of(zoe)}
        assert set(seats) == {"Here", "Trend Core"}
        assert differing(before, figures_of(seats["Here"], clock())) == {}
        assert db.session.get_one(Trade, mine_id).account_id == seats["Here"].account.id
        assert db.session.scalars(select(Instrument.name)).all() == ["Known here"]
        views = select(SavedView.name, SavedView.query).where(SavedView.room == ViewRoom.TRADES)
        assert sorted(map(tuple, db.session.execute(views))) == [("Mine", "b=2"), ("Mine 2", "a=1")]


def test_rows_of_others_never_appear(app: Flask, clock: Clock, seat: Seat) -> None:
    from tests.services.recorded import enter, instrument, plan, stranger

    theirs = stranger()
    secret = plan(theirs, instrument("SECRET"), label="hidden words")
    enter(theirs, secret, "10", "100", clock() - timedelta(days=3))
    plan(seat, instrument("MINE"))
    files = data_files(made(seat.user, clock))
    whole = b"".join(files.values()).decode("utf-8-sig")
    for never in ("SECRET", "hidden words", "Stra Nger", "Elsewhere", str(secret.id), str(theirs.account.id)):
        assert never not in whole
    assert "MINE" in whole
    assert seat.user.password_hash not in whole
    shared = {json.loads(line)["id"] for line in files["json/accounts.jsonl"].splitlines()}
    assert shared == {str(seat.account.id)}
