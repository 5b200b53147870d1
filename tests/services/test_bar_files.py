"""Files of prices as they are imported: what is kept of them, for whom, and what a wrong one leaves behind."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from io import BytesIO

import pytest
from flask import Flask
from sqlalchemy import func, select

from tests.conftest import NOW
from tests.services.recorded import day, enter, instrument, leave, plan
from trenddojo.domain.splits import Split, units_at
from trenddojo.domain.terms import AssetType, Timeframe
from trenddojo.domain.zones import day_begins
from trenddojo.services import bars
from trenddojo.services.errors import Invalid
from trenddojo.services.inputs.bars import BarsInput
from trenddojo.services.market import files
from trenddojo.services.market.files import ImportedBars, import_bars
from trenddojo.store.database import db
from trenddojo.store.models import AuditEntry, Instrument, PriceBar, Trade
from trenddojo.store.seats import Seat

D = Decimal
HEAD = "date,open,high,low,close,volume\n"


@pytest.fixture
def database_url(both_databases: str) -> str:
    return both_databases


def sent(text: str, now: datetime = NOW, symbol: str = "NVDA", **entered: object) -> ImportedBars:
    return import_bars(BytesIO((HEAD + text).encode()), "nvda.csv", BarsInput(symbol=symbol, **entered), now)


def kept() -> list[PriceBar]:
    db.session.expire_all()
    return list(db.session.scalars(select(PriceBar).order_by(PriceBar.start)))


def test_a_file_is_kept_with_its_name_as_the_source(app: Flask) -> None:
    of = instrument()
    db.session.commit()
    done = sent("2026-11-02,100,108,97,103,1000\n2026-11-03,103,104,102,104,900\n")
    assert (done.kept, done.refused, str(done.first), str(done.last)) == (2, 0, "2026-11-02", "2026-11-03")
    first, second = kept()
    assert (first.instrument_id, first.source, first.realm, first.is_raw) == (of.id, "nvda.csv", bars.REAL, False)
    assert first.start == datetime(2026, 11, 2, 5, tzinfo=UTC)
    assert second.close == D(104)


def test_the_same_file_again_changes_nothing_and_a_mended_line_takes_the_place_of_the_old_one(app: Flask) -> None:
    sent("2026-11-02,100,108,97,103,1000\n2026-11-03,103,104,102,104,900\n")
    sent("2026-11-02,100,108,97,103,1000\n2026-11-03,103,105,102,105,900\n")
    assert [bar.close for bar in kept()] == [103, 105]


def test_good_lines_are_kept_and_the_others_named(app: Flask) -> None:
    done = sent("2026-11-02,100,108,97,103,1000\n2026-11-03,nothing,104,102,104,900\n")
    assert (done.kept, done.refused, [one.line for one in done.lines]) == (1, 1, [3])
    entry = db.session.scalars(select(AuditEntry).where(AuditEntry.act == "bars_imported")).one()
    assert entry.detail == {"symbol": "NVDA", "kept": 1, "refused": 1}


@pytest.mark.parametrize(
    ("text", "said"),
    [("", "no line of prices"), ("2026-11-02,1,1,2,1,1\n", "Line 2: Its prices are out of order")],
    ids=["empty", "refused"],
)
def test_a_file_of_which_nothing_can_be_kept_leaves_nothing_behind(app: Flask, text: str, said: str) -> None:
    with pytest.raises(Invalid) as caught:
        sent(text, symbol="UNHEARD")
    assert said in caught.value.fields["file"]
    assert db.session.scalar(select(func.count()).select_from(Instrument).where(Instrument.symbol == "UNHEARD")) == 0


def test_what_came_before_a_line_that_is_no_text_is_told(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "_BARS_AT_ONCE", 1)
    with pytest.raises(Invalid) as caught:
        sent("2026-11-02,100,108,97,103,1000\n" + "x" * 3000)
    assert "Line 3 is longer" in caught.value.fields["file"]
    assert "1 bars before it were kept." in caught.value.fields["file"]
    assert len(kept()) == 1


def test_which_listing_is_meant_must_be_clear(app: Flask) -> None:
    line = "2026-11-02,100,108,97,103,1000\n"
    sent(line, symbol="SAP", exchange="NYSE")
    sent(line, symbol="SAP", exchange="XETRA")
    with pytest.raises(Invalid) as caught:
        sent(line, symbol="SAP")
    assert "NYSE, XETRA" in caught.value.fields["exchange"]
    assert {bar.instrument_id for bar in kept()} == set(db.session.scalars(select(Instrument.id)))


def test_trades_follow_the_prices_of_a_file(app: Flask, seat: Seat) -> None:
    trade = traded(seat, instrument())
    assert trade.mae is None
    db.session.commit()
    on = [f"{day(n):%Y-%m-%d}" for n in range(5)]
    sent("".join(f"{one},100,108,97,103,1\n" for one in on))
    db.session.refresh(trade)
    assert (trade.mae, trade.mfe) == (-30, 80), "ten shares, 97 and 108 against 100"


def traded(seat: Seat, of: Instrument) -> Trade:
    trade = plan(seat, of)
    enter(seat, trade, "10", "100", day(1))
    leave(seat, trade, "10", "104", day(3))
    return trade


def test_a_days_prices_as_traded_and_as_adjusted_are_the_same_once_the_split_is_known(app: Flask, seat: Seat) -> None:
    """Rule 14: four for one on the 10th. What was imported before it is in the shares of before."""
    units = units_at([Split(day_begins(date(2026, 11, 10), "USD"), 4, 1)], NOW)
    line = "2026-11-02,100,108,96,104,1000\n"
    before, after = datetime(2026, 11, 4, 20, tzinfo=UTC), datetime(2026, 11, 12, 20, tzinfo=UTC)
    for symbol, at, prices, is_raw in (
        ("OLD", before, line, False),
        ("RAW", after, line, True),
        ("NEW", after, "2026-11-02,25,27,24,26,4000\n", False),
    ):
        sent(prices, at, symbol=symbol, is_raw=is_raw)
        of = db.session.scalars(select(Instrument).where(Instrument.symbol == symbol)).one()
        [bar] = bars.finest_bars(seat.account, of, before - timedelta(days=3), before, units)
        assert (bar.open, bar.high, bar.low, bar.close, bar.volume) == (25, 27, 24, 26, 4000), symbol


def test_hours_and_coins(app: Flask) -> None:
    sent("2026-11-02T15:00:00Z,1,1,1,1,1\n", timeframe=Timeframe.HOUR)
    sent("2026-11-02,1,1,1,1,1\n", symbol="BTC/USD", asset_type=AssetType.CRYPTO)
    assert [(bar.timeframe.value, bar.start.hour) for bar in kept()] == [("1d", 0), ("1h", 15)]


def test_a_name_is_kept_as_text(app: Flask) -> None:
    name = "a\x1b[31m\n" + "x" * 200
    import_bars(BytesIO((HEAD + "2026-11-02,1,1,1,1,1\n").encode()), name, BarsInput(symbol="NVDA"), NOW)
    assert kept()[0].source == ("a[31m" + "x" * 200)[:80]
