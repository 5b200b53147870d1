"""What the past days of open positions say: their worst nights, and which of them are one bet."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from math import cos, sin

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.conftest import NOW
from tests.services.exposed import bought, instrument
from trenddojo.domain import nyse
from trenddojo.domain.bars import Bar
from trenddojo.domain.terms import Direction, Timeframe
from trenddojo.services import price_history
from trenddojo.services.bars import REAL
from trenddojo.services.exposure import holdings_of, position_facts, risk_board
from trenddojo.services.inputs import parse
from trenddojo.services.inputs.splits import SplitInput
from trenddojo.services.market.sessions import gap_losses, matrix
from trenddojo.services.splits import record_split
from trenddojo.store.database import db
from trenddojo.store.models import Instrument
from trenddojo.store.seats import Seat

D = Decimal
SESSIONS = nyse.trading_days(date(2026, 6, 1), date(2026, 11, 18))


@pytest.fixture
def database_url(both_databases: str) -> str:
    return both_databases


def told(
    of: Instrument,
    closes: list[float],
    *,
    gap: str = "1",
    realm: str = REAL,
    at: datetime = NOW,
    is_raw: bool = False,
    until: date = SESSIONS[-1],
) -> None:
    """Days up to yesterday that open where the one before closed; the last but one a `gap` away from there, and one
    on which a share became four at its close."""
    bars, before = [], closes[0]
    for day, close in zip([one for one in SESSIONS if one <= until][-len(closes) :], closes, strict=True):
        opened = before * float(gap) if day == SESSIONS[-2] else close if before > 2 * close else before
        midnight = datetime.combine(day, time(), nyse.NEW_YORK).astimezone(UTC)
        first, last = (D(f"{one:.4f}") for one in (opened, close))
        bars.append(Bar(Timeframe.DAY, midnight, first, max(first, last), min(first, last), last))
        before = close
    price_history.keep(of, realm, "test", bars, at, is_raw=is_raw)
    db.session.commit()


def swinging(phase: float = 0, count: int = 90) -> list[float]:
    closes = [100.0]
    for n in range(count - 1):
        closes.append(closes[-1] * (1 + 0.01 * (sin(n * 1.7) * cos(phase) + cos(n * 0.9) * sin(phase))))
    return closes


FLAT = [100.0] * 90


class TestGapLoss:
    def test_a_long_loses_its_worst_night_from_its_mark(self, seat: Seat) -> None:
        of = instrument("NVDA")
        trade = bought(seat, of, "10", "100", "95")
        told(of, FLAT, gap="0.92")
        [found] = gap_losses(seat.account, holdings_of(seat).held, NOW)
        assert (found.trade_id, found.symbol, found.amount) == (trade.id, "NVDA", D("80.00"))

    def test_without_enough_nights_it_is_not_known(self, seat: Seat) -> None:
        of = instrument("NVDA")
        bought(seat, of, "10", "100", "95")
        told(of, FLAT[:40])
        bought(seat, "AMD", "10", "100", "95")
        assert [one.amount for one in gap_losses(seat.account, holdings_of(seat).held, NOW)] == [None, None]

    def test_another_markets_nights_are_not_seen(self, seat: Seat) -> None:
        of = instrument("NVDA")
        bought(seat, of, "10", "100", "95")
        told(of, FLAT, gap="0.5", realm="another")
        assert [one.amount for one in gap_losses(seat.account, holdings_of(seat).held, NOW)] == [None]

    def test_ones_own_prices_come_first(self, seat: Seat) -> None:
        of = instrument("NVDA")
        bought(seat, of, "10", "100", "95")
        told(of, FLAT, gap="0.5")
        told(of, FLAT, gap="0.9", realm=str(seat.account.id))
        assert [one.amount for one in gap_losses(seat.account, holdings_of(seat).held, NOW)] == [D("100.00")]


def split(seat: Seat, of: Instrument) -> date:
    """Four for one, 40 sessions ago."""
    on = SESSIONS[-40]
    record_split(seat, of, parse(SplitInput, {"on": on.isoformat(), "numerator": "4", "denominator": "1"}), NOW)
    return on


def across(closes: list[float]) -> list[float]:
    """Such closes as they were traded, where a share was four from 40 sessions ago on."""
    return [*(one * 4 for one in closes[:-40]), *closes[-40:]]


class TestAcrossASplit:
    def test_the_night_of_a_split_is_like_any_other(self, seat: Seat) -> None:
        raw, before = instrument("RAW"), instrument("BEFORE")
        for of in (raw, before):
            bought(seat, of, "10", "100", "95")
            on = split(seat, of)
        eve = datetime.combine(on, time(), nyse.NEW_YORK).astimezone(UTC) - timedelta(hours=1)
        told(before, [400.0] * 50, at=eve, until=SESSIONS[-41])
        told(before, FLAT[:40], gap="0.92")
        told(raw, across(FLAT), gap="0.92", is_raw=True)
        assert [one.amount for one in gap_losses(seat.account, holdings_of(seat).held, NOW)] == [D("80.00")] * 2

    def test_what_moves_together_still_does(self, seat: Seat) -> None:
        one, other = instrument("ONE"), instrument("OTHER")
        for of in (one, other):
            bought(seat, of, "1", "100", "95")
        split(seat, one)
        told(one, across(swinging()), is_raw=True)
        told(other, swinging())
        [pair] = matrix(seat.account, holdings_of(seat).held, NOW).rows[1]
        assert pair.measured == pytest.approx(1, abs=0.001)


class TestCorrelated:
    def test_returns_decide_where_they_are_known_and_groups_where_they_are_not(self, seat: Seat) -> None:
        same, other, unknown, new = (instrument(name) for name in ("SAME", "OTHER", "UNKNOWN", "NEW"))
        for of in (same, other, unknown):
            bought(seat, of, "1", "100", "95", group="semis")
        told(same, swinging())
        told(other, swinging(1.5))
        told(new, swinging())
        facts = position_facts(seat, new, holdings_of(seat), NOW, group="semis")
        assert facts.correlated_positions == 2, "SAME by its returns, UNKNOWN by its group, OTHER by neither"
        assert position_facts(seat, new, holdings_of(seat), NOW).correlated_positions == 1, "no group is needed"

    def test_the_opposite_direction_is_no_bet_on_the_same(self, seat: Seat) -> None:
        same, new = instrument("SAME"), instrument("NEW")
        bought(seat, same, "1", "100", "95", group="semis")
        told(same, swinging())
        told(new, swinging())
        facts = position_facts(seat, new, holdings_of(seat), NOW, direction=Direction.SHORT, group="semis")
        assert facts.correlated_positions == 0

    def test_the_board_names_what_moves_together(self, seat: Seat) -> None:
        one, other, apart = instrument("ONE"), instrument("OTHER"), instrument("APART")
        for of in (one, other, apart):
            bought(seat, of, "1", "100", "95")
        told(one, swinging())
        told(other, swinging())
        told(apart, swinging(1.5))
        assert [(group.name, group.positions.used) for group in risk_board(seat, NOW).groups] == [("ONE, OTHER", 2)]

    def test_a_matrix_tells_each_pair(self, seat: Seat) -> None:
        one, other, unknown = instrument("A"), instrument("B"), instrument("C")
        for of in (one, other, unknown):
            bought(seat, of, "1", "100", "95")
        told(one, swinging())
        told(other, [10_000 / close for close in swinging()])
        found = matrix(seat.account, holdings_of(seat).held, NOW)
        assert found.symbols == ("A", "B", "C")
        [pair] = found.rows[1]
        assert pair.measured == pytest.approx(-1, abs=0.001)
        assert not pair.are_one, "both are long: one hedges the other"
        assert [one.measured for one in found.rows[2]] == [None, None]


def test_the_pages_show_them(app: Flask, client: FlaskClient, seat: Seat) -> None:
    one, other = instrument("ONE"), instrument("OTHER")
    for of in (one, other):
        bought(seat, of, "10", "100", "95")
    told(one, swinging())
    assert "not known" in client.get("/risk").text
    told(other, FLAT, gap="0.9")
    told(one, FLAT, gap="0.92")
    risk = client.get("/risk").text
    for shown in ("How they move together", "80.00", "100.00", "180.00"):
        assert shown in risk
    desk = client.get("/").text
    assert "Gap loss" in desk
    assert "worst night each" in desk
