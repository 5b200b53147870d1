"""Whatever the files, their order, their overlap and the points at which the work is killed: the books are those of a
person who enters every fill by hand, in the order of time. Taken out again, nothing is left of an import."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

import pytest
from sqlalchemy import select

from tests.conftest import NOW, make_seat
from tests.services.imports import brought
from tests.services.imports.brought import D, everything, spool, statement, take_out, trades
from tests.services.recorded import START, fill_input, instrument
from trenddojo.domain.fills import FIRST_LEG, Fill, split_at_zero
from trenddojo.domain.round_trips import PART
from trenddojo.domain.terms import Direction, Side, TradeStatus
from trenddojo.services import fills
from trenddojo.services.imports import booking, cutting, turns
from trenddojo.services.imports.survey import survey
from trenddojo.statements.lines import Contract, FillLine
from trenddojo.store.database import db, discard
from trenddojo.store.models import AccountDay, Import, Instrument, Leg, ReportDay, ReportTotal, Trade, TradeDayRow
from trenddojo.store.seats import Seat

SYMBOLS = ("NVDA", "AAPL")


class Killed(Exception):
    """The process ended here."""


def history(rng: Random, count: int) -> list[FillLine]:
    """Fills of two symbols by time: scale-ins, partial exits, turns, equal ones in one second, longs and shorts."""
    found: list[FillLine] = []
    moment = brought.START
    while len(found) < count:
        moment += timedelta(seconds=rng.choice((1, 600, 90_000)))
        one = FillLine(
            line=0,
            contract=Contract(rng.choice(SYMBOLS), currency="USD"),
            at=moment,
            is_dated=False,
            side=rng.choice((Side.BUY, Side.SELL)),
            quantity=D(rng.choice((5, 5, 10, 15))),
            price=D(rng.randint(9000, 11000)) / 100,
            fee=D(rng.randint(0, 200)) / 100,
            key=f"K{len(found)}",
        )
        twins = rng.choice((1, 1, 1, 2))
        found += [replace(one, key=f"K{len(found)}.{number}") for number in range(twins)]
        if rng.random() < 0.2:
            found.append(
                replace(one, side=rng.choice((Side.BUY, Side.SELL)), price=one.price + 1, key=f"K{len(found)}b")
            )
    return found


def files(rng: Random, told: list[FillLine]) -> list[list[FillLine]]:
    """Files that together tell all of it, overlapping, in any order, some newest first, some without names."""
    moments = sorted({one.at for one in told})
    found = []
    cuts = sorted(rng.sample(range(len(moments)), 3))
    for start, end in zip([0, *cuts], [*cuts, len(moments)], strict=True):
        first, last = max(0, start - rng.randint(0, 4)), min(len(moments), end + rng.randint(0, 4))
        part = [one for one in told if moments[first] <= one.at <= moments[last - 1]]
        if rng.random() < 0.4:
            part = [replace(one, key="") for one in part]
        if rng.random() < 0.5 and part[0].at < part[-1].at:
            part.reverse()
        found.append([replace(one, line=number) for number, one in enumerate(part, start=2)])
    rng.shuffle(found)
    return found


def bring_though_killed(seat: Seat, folder: Path, lines: list[FillLine], rng: Random) -> Import:
    """Bring a file."""
    row = statement(seat)
    with spool(folder, lines) as read:
        survey(row, seat, read, brought.silent)
        though_killed(rng, lambda: booking.book(row, seat, read, NOW, brought.silent))
    return row


def though_killed(rng: Random, work: Callable[[], object]) -> None:
    """Do some work, killed at some of the points at which it commits, and begun again each time."""
    while True:
        try:
            with Killing(rng.choice((1, 2, 3, 5, 8, 1000)), before=rng.random() < 0.5):
                work()
        except Killed:
            discard()
        else:
            return


class Killing:
    """Ends the work at its n-th commit, before or after it."""

    def __init__(self, commits: int, *, before: bool) -> None:
        self._left, self._before = commits, before

    def __enter__(self) -> None:
        self._commit = db.session.commit
        db.session.registry().commit = self._counted  # type: ignore[method-assign]

    def __exit__(self, *_: object) -> None:
        del db.session.registry().commit

    def _counted(self) -> None:
        self._left -= 1
        session = db.session.registry()
        if self._left == 0 and self._before:
            raise Killed
        type(session).commit(session)
        if self._left == 0:
            raise Killed


# ---- by hand


def enter_by_hand(seat: Seat, told: list[FillLine]) -> None:
    """Every fill in the order of time into the trade that is open, which begins with the first one."""
    instruments = {symbol: known(symbol) for symbol in SYMBOLS}
    for number, one in enumerate(told):
        fill = Fill(one.key, one.at, number, one.side, one.quantity, one.price, one.fee or D(0), False, D(1), FIRST_LEG)
        _enter(seat, instruments[one.contract.symbol], fill)


def known(symbol: str) -> Instrument:
    return db.session.scalar(select(Instrument).where(Instrument.symbol == symbol)) or instrument(symbol)


def _enter(seat: Seat, of: Instrument, fill: Fill) -> None:
    held = db.session.scalar(
        select(Trade).where(
            Trade.account_id == seat.account.id, Trade.instrument_id == of.id, Trade.status == TradeStatus.ACTIVE
        )
    )
    if held is None:
        held = _begin(seat, of, fill)
    if fill.side is held.direction.exit_side and fill.quantity > held.quantity:
        closing, opening = split_at_zero(fill, held.quantity)
        _record(seat, held, closing)
        _enter(seat, of, replace(opening, key=f"{fill.key}#1"))
        return
    _record(seat, held, fill)


def _record(seat: Seat, trade: Trade, fill: Fill) -> None:
    kind = "entry" if fill.side is trade.direction.entry_side else "exit"
    amounts = {
        "quantity": f"{fill.quantity:f}",
        "price": f"{fill.price:f}",
        "fee": f"{fill.fee:f}",
        "key": f"by-hand-{fill.key.replace(PART, '_rest')}",
    }
    sent = fill_input(
        kind,
        amounts.pop("quantity"),
        amounts.pop("price"),
        fill.at,
        **amounts,
        **({"exit_reason": "reconciled"} if kind == "exit" else {}),
    )
    fills.record_fill(seat, trade, sent, NOW)


def _begin(seat: Seat, of: Instrument, fill: Fill) -> Trade:
    direction = Direction.LONG if fill.side is Side.BUY else Direction.SHORT
    trade = Trade(
        account_id=seat.account.id, instrument_id=of.id, symbol=of.symbol, direction=direction,
        planned_entry=fill.price, planned_quantity=fill.quantity, planned_at=START, sort_at=START,
        created_by=seat.user.id, tags=[],
    )  # fmt: skip
    db.session.add(trade)
    db.session.flush()
    amounts = {"planned_entry": fill.price, "planned_quantity": fill.quantity, "stop": None}
    db.session.add(Leg(trade_id=trade.id, number=1, created_at=START, **amounts))
    db.session.commit()
    return trade


# ---- what the two have to have in common


@dataclass(frozen=True)
class BooksOf:
    trades: Any
    days: Any
    account_days: Any
    reports: Any
    balance: Decimal
    equity: Decimal


_OUTCOME = [one.key for one in Trade.__table__.columns if one.info.get("audit") == "skip"]


def books_of(seat: Seat) -> BooksOf:
    db.session.commit()
    account = seat.account
    found = trades(seat)
    rank = {one.id: (one.symbol, one.sort_at, str(one.closed_at or "~"), one.realised) for one in found}
    outcome = sorted(
        (rank[one.id], one.direction, one.status, [repr(getattr(one, name)) for name in _OUTCOME], _fills(one))
        for one in found
    )
    days = [
        (rank[row.trade_id], row.on, row.booked, row.open_change, row.gross_change, row.traded, row.opened)
        for row in db.session.scalars(select(TradeDayRow).where(TradeDayRow.account_id == account.id))
    ]
    return BooksOf(
        outcome,
        sorted(days),
        _rows(AccountDay, account.id),
        [_rows(ReportDay, account.id), _rows(ReportTotal, account.id)],
        account.balance,
        account.equity,
    )


def _fills(trade: Trade) -> list[Any]:
    return [
        (one.at, one.side, one.quantity, one.price, one.fee, one.leg, one.exit_reason) for one in brought.fills(trade)
    ]


def _rows(table: Any, account_id: Any) -> list[list[str]]:
    rows = db.session.execute(select(table.__table__).where(table.account_id == account_id)).mappings().all()
    return sorted([repr(value) for name, value in row.items() if name != "account_id"] for row in rows)


@pytest.fixture(autouse=True)
def _small_portions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(booking, "CHUNK", 4)
    monkeypatch.setattr(booking, "DATES", 5)
    monkeypatch.setattr(turns, "FREE", 0)
    monkeypatch.setattr(cutting, "AT_ONCE", 1)


def check(seat: Seat, folder: Path, seed: int) -> None:
    rng = Random(seed)
    told = history(rng, 36)
    booking.keep_totals(seat)  # as any account has them after its first act
    states, brought_in = [everything()], []
    for lines in files(rng, told):
        brought_in.append(bring_though_killed(seat, folder, lines, rng))
        states.append(everything())
    by_import = books_of(seat)
    for row in reversed(brought_in):
        states.pop()
        though_killed(rng, partial(take_out, seat, row))
        assert everything() == states[-1]
    hand = make_seat(seat.user, "By hand")
    enter_by_hand(hand, told)
    assert by_import == books_of(hand)


@pytest.mark.parametrize("seed", range(int(os.environ.get("IMPORT_ROUNDS", "8"))))
def test_the_books_are_those_of_a_person_who_enters_fill_by_fill(seat: Seat, tmp_path: Path, seed: int) -> None:
    check(seat, tmp_path, seed)


class TestOnBothDatabases:
    @pytest.fixture
    def database_url(self, both_databases: str) -> str:
        return both_databases

    def test_the_books_are_those_of_a_person_who_enters_fill_by_fill(self, seat: Seat, tmp_path: Path) -> None:
        check(seat, tmp_path, 99)
