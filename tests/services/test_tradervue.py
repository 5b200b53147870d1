"""Fills for Tradervue: our own reader of its format reads them as they were recorded."""

from __future__ import annotations

from datetime import date

from flask import Flask

from tests.services.recorded import D, day, enter, instrument, leave, plan
from tests.statements.formats import given
from trenddojo.domain.terms import AssetType, OptionRight, Side
from trenddojo.services.tradervue import tradervue_file
from trenddojo.statements.formats import tradervue
from trenddojo.statements.lines import Effect, FillLine
from trenddojo.store.database import db
from trenddojo.store.seats import Seat


def written(seat: Seat, since: date | None = None, until: date | None = None) -> str:
    db.session.commit()
    return b"".join(tradervue_file(seat, since, until)).decode()


def read(text: str, seat: Seat) -> list[FillLine]:
    found = given.read(tradervue.EXECUTIONS, text, given.options(seat.zone))
    assert all(isinstance(one, FillLine) for one in found)
    return [one for one in found if isinstance(one, FillLine)]


def test_each_fill_is_told_once_with_its_side_and_cost(app: Flask, seat: Seat) -> None:
    long, short = plan(seat, instrument("ANET")), plan(seat, instrument("NVDA"), "short", entry="100", stop="105")
    enter(seat, long, "10.5", "100.25", day(1), fee="1.25")
    leave(seat, long, "4", "101", day(2), fee="-0.35")
    enter(seat, short, "7", "99.5", day(3), fee="0")
    leave(seat, short, "7", "90", day(4), fee="1")
    found = read(written(seat), seat)
    assert [(one.contract.symbol, one.side, one.quantity, one.price, one.fee) for one in found] == [
        ("ANET", Side.BUY, D("10.5"), D("100.25"), D("1.25")),
        ("ANET", Side.SELL, D(4), D(101), D("-0.35")),
        ("NVDA", Side.SELL, D(7), D("99.5"), D(0)),
        ("NVDA", Side.BUY, D(7), D(90), D(1)),
    ]
    assert [one.effect for one in found] == [None, None, Effect.OPEN, Effect.CLOSE]


def test_an_option_is_named_as_everywhere(app: Flask, seat: Seat) -> None:
    terms = {"asset_type": AssetType.OPTION, "expiry": date(2027, 1, 15), "strike": D("122.5"), "multiplier": D(100)}
    enter(seat, plan(seat, instrument("NVDA", right=OptionRight.PUT, **terms)), "2", "3.10", day(1))
    text = written(seat)
    assert ",NVDA270115P00122500," in text
    assert read(text, seat)[0].contract.right is OptionRight.PUT


def test_both_dates_are_included_and_deleted_fills_stay(app: Flask, seat: Seat) -> None:
    trade = plan(seat)
    for number in (1, 2, 3):
        enter(seat, trade, "1", "100", day(number))
    days = [day(number).astimezone(seat.zone).date() for number in (1, 2, 3)]
    assert len(written(seat).splitlines()) == 4
    assert len(written(seat, days[1]).splitlines()) == 3
    assert len(written(seat, days[1], days[1]).splitlines()) == 2
    assert len(written(seat, None, days[1]).splitlines()) == 3
    trade.deleted_at = day(5)
    assert len(written(seat).splitlines()) == 1


def test_a_symbol_is_no_formula(app: Flask, seat: Seat) -> None:
    enter(seat, plan(seat, instrument("=CMD()")), "1", "100", day(1))
    assert ",'=CMD()," in written(seat)
