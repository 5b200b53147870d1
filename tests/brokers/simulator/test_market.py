"""The simulated market: one and the same for everybody, continuous within a session, and believable over years."""

import os
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from math import log
from statistics import correlation, fmean, pstdev

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trenddojo.brokers.simulator.market import DayRange, Market, Minute, SimulatedMarket, UnknownSymbol
from trenddojo.brokers.simulator.sessions import AlwaysOpen, NyseSessions, Session
from trenddojo.brokers.simulator.symbols import listing_of
from trenddojo.brokers.types import Bar, Timeframe

TWO_PERCENT = Decimal("0.02")
MINUTE, INSTANT = timedelta(minutes=1), timedelta(microseconds=1)
SYMBOLS = ("SPY", "AAPL", "BRK.B", "QWER", "PLUG", "F")
PINNED = ["662.22", "201.35", "561.41", "31.80", "4.27", "11.65"]
PINNED_ALWAYS = "139.41"


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)


def new_market(seed: int = 7) -> Market:
    return SimulatedMarket(seed, TWO_PERCENT, NyseSessions())


AN_INSTANT = st.integers(0, 450 * 24 * 3600 * 10**6).map(lambda n: utc(2024, 12, 1) + n * INSTANT)
NYSE = new_market()
ALWAYS: Market = SimulatedMarket(7, TWO_PERCENT, AlwaysOpen())
MARKETS = pytest.mark.parametrize("market", [NYSE, ALWAYS], ids=["nyse", "always"])


def session_on(market: Market, day: date) -> Session:
    session = market.sessions().session_at(datetime(day.year, day.month, day.day, 16, tzinfo=UTC))
    assert session is not None
    return session


SESSION = session_on(NYSE, date(2026, 2, 10))


def day_of(market: Market, symbol: str, session: Session) -> list[Minute]:
    return list(market.minutes(symbol, session.open, session.close))


def returns(symbol: str, market: Market = NYSE, years: tuple[int, int] = (2014, 2026)) -> list[float]:
    """From close to close, in logarithms; the last instant of a session is asked for, which is quick."""
    start, end = utc(years[0], 1, 1), utc(years[1], 1, 1)
    ratios = {split.day: split.ratio for split in market.splits(symbol, start, end)}
    closes = [(session.day, market.price(symbol, session.close)) for session in market.sessions().between(start, end)]
    return [log(after * ratios.get(day, 1) / before) for (_, before), (day, after) in pairwise(closes)]


def moments() -> list[tuple[str, datetime]]:
    """Some two hundred instants of a few symbols, open and closed, in an order of their own."""
    steps = [utc(2026, 1, 2) + timedelta(hours=5, minutes=37, seconds=11) * n for n in range(40)]
    return [(symbol, at) for at in steps for symbol in SYMBOLS]


# ---- one market for everybody


def test_two_markets_of_a_seed_agree_whatever_they_were_asked_before():
    one, other = new_market(), new_market()
    forwards = {key: one.price(*key) for key in moments()}
    backwards = {key: other.price(*key) for key in reversed(moments())}
    assert forwards == backwards


def test_another_seed_is_another_market():
    one, other = new_market(1), new_market(2)
    assert [one.price(*key) for key in moments()] != [other.price(*key) for key in moments()]


def test_every_process_sees_the_same_prices():
    code = (
        "from tests.brokers.simulator.test_market import NYSE, moments;"
        "print([str(NYSE.price(*key)) for key in moments()])"
    )

    def told(hash_seed: str) -> str:
        environment = {**os.environ, "PYTHONHASHSEED": hash_seed}
        return subprocess.run(
            [sys.executable, "-c", code], env=environment, check=True, capture_output=True, text=True
        ).stdout

    assert told("1") == told("2") == f"{[str(NYSE.price(*key)) for key in moments()]}\n"


def test_the_market_of_a_seed_never_changes():
    """Accounts live on it across releases: other figures here mean that their past has been rewritten."""
    at = utc(2026, 2, 10, 18, 30, 25)
    assert [str(NYSE.price(symbol, at)) for symbol in SYMBOLS] == PINNED
    assert str(ALWAYS.price("AAPL", at)) == PINNED_ALWAYS


# ---- the way through a session


@MARKETS
def test_each_minute_goes_on_where_the_last_one_ended(market: Market):
    session = session_on(market, date(2026, 2, 10))
    minutes = day_of(market, "AAPL", session)
    assert [minute.at for minute in minutes] == [
        session.open + n * MINUTE for n in range((session.close - session.open) // MINUTE)
    ]
    assert all(before.close == after.open for before, after in pairwise(minutes))
    assert len({minute.close for minute in minutes}) > 50


@MARKETS
@given(data=st.data(), symbol=st.sampled_from(SYMBOLS))
def test_a_price_lies_on_its_minutes_way(market: Market, data: st.DataObject, symbol: str):
    session = data.draw(st.sampled_from(list(market.sessions().between(utc(2025, 11, 20), utc(2025, 12, 20)))))
    at = session.open + data.draw(st.integers(0, (session.close - session.open) // INSTANT - 1)) * INSTANT
    begin = at.replace(second=0, microsecond=0)
    (minute,) = market.minutes(symbol, begin, begin + MINUTE)
    extremes = (minute.high, minute.low) if minute.high_first else (minute.low, minute.high)
    way = (minute.open, *extremes, minute.close)
    third, part = divmod((at - begin) / timedelta(seconds=20), 1)
    exact = way[int(third)] + (way[int(third) + 1] - way[int(third)]) * Decimal(part)
    price = market.price(symbol, at)
    assert minute.low <= price <= minute.high
    assert abs(price - exact) <= Decimal("0.0051")


def test_a_price_at_the_corners_of_a_minute():
    for minute in day_of(NYSE, "TSLA", SESSION)[:40]:
        first, second = (minute.high, minute.low) if minute.high_first else (minute.low, minute.high)
        seconds = (0, 20, 40, 60)
        corners = tuple(NYSE.price("TSLA", minute.at + timedelta(seconds=n)) for n in seconds)
        assert corners == (minute.open, first, second, minute.close)


def test_both_extremes_come_first_at_times():
    firsts = [minute.high_first for minute in day_of(NYSE, "AAPL", SESSION)]
    assert 100 < sum(firsts) < 290


def test_minutes_are_those_that_begin_in_the_asked_time():
    begin = SESSION.open + 5 * MINUTE
    assert [minute.at for minute in NYSE.minutes("F", begin, begin + 2 * MINUTE)] == [begin, begin + MINUTE]
    assert [minute.at for minute in NYSE.minutes("F", begin + INSTANT, begin + MINUTE + INSTANT)] == [begin + MINUTE]
    assert list(NYSE.minutes("F", begin + INSTANT, begin + MINUTE)) == []
    assert list(NYSE.minutes("F", SESSION.close, SESSION.close + 60 * MINUTE)) == []


def test_minutes_run_on_over_nights_and_weekends():
    minutes = list(NYSE.minutes("F", utc(2025, 11, 26), utc(2025, 12, 2)))
    assert {minute.at.date() for minute in minutes} == {date(2025, 11, 26), date(2025, 11, 28), date(2025, 12, 1)}
    assert len(minutes) == 390 + 210 + 390


@MARKETS
@pytest.mark.parametrize("symbol", SYMBOLS)
def test_the_range_of_a_day_is_the_one_of_its_minutes(market: Market, symbol: str):
    for session in market.sessions().between(utc(2026, 2, 10), utc(2026, 2, 13)):
        minutes = day_of(market, symbol, session)
        assert market.day(symbol, session) == DayRange(
            open=minutes[0].open,
            high=max(minute.high for minute in minutes),
            low=min(minute.low for minute in minutes),
            close=minutes[-1].close,
        )


def test_the_ends_of_a_session_are_wilder_and_busier_than_its_middle():
    sessions = list(NYSE.sessions().between(utc(2025, 10, 1), utc(2025, 12, 20)))
    days = [minutes for session in sessions if len(minutes := day_of(NYSE, "AAPL", session)) == 390]

    def mean(first: int, last: int, figure: Callable[[Minute], float]) -> float:
        return fmean(figure(minute) for day in days for minute in day[first:last])

    for figure in (lambda minute: minute.volume, lambda minute: float(minute.high - minute.low)):
        middle = mean(180, 210, figure)
        assert mean(0, 30, figure) > 1.3 * middle
        assert mean(360, 390, figure) > 1.3 * middle


# ---- while it is closed


def test_the_price_stands_still_from_close_to_open():
    friday, monday = session_on(NYSE, date(2026, 2, 6)), session_on(NYSE, date(2026, 2, 9))
    close = NYSE.day("AAPL", friday).close
    for at in (friday.close, friday.close + INSTANT, utc(2026, 2, 8), monday.open - INSTANT):
        assert NYSE.price("AAPL", at) == close
    assert NYSE.price("AAPL", monday.open) == NYSE.day("AAPL", monday).open


def test_a_half_day_ends_with_its_own_close():
    half = session_on(NYSE, date(2025, 11, 28))
    minutes = day_of(NYSE, "AAPL", half)
    assert len(minutes) == 210
    assert NYSE.price("AAPL", utc(2025, 11, 28, 18)) == minutes[-1].close == NYSE.price("AAPL", utc(2025, 11, 29))


def test_nights_bring_gaps_and_some_of_them_are_wide():
    bars = [
        bar for symbol in ("QWER", "F") for bar in NYSE.bars(symbol, Timeframe.DAY, utc(2020, 1, 1), utc(2026, 1, 1))
    ]
    gaps = [abs(log(after.open / before.close)) for before, after in pairwise(bars) if before.at < after.at]
    assert 0.005 < fmean(gaps) < 0.012
    assert 0.003 < fmean(gap > 0.04 for gap in gaps) < 0.04


def test_a_market_that_never_closes_has_no_gaps():
    days = list(ALWAYS.sessions().between(utc(2025, 1, 1), utc(2025, 3, 30)))
    ranges = [ALWAYS.day("SPY", session) for session in days]
    assert all(before.close == after.open for before, after in pairwise(ranges))
    assert ALWAYS.price("SPY", days[3].close) == ranges[3].close


def test_before_the_first_session_there_is_no_price():
    with pytest.raises(LookupError, match="2000-01-03"):
        NYSE.price("AAPL", utc(2000, 1, 3, 14, 29))
    assert NYSE.price("AAPL", utc(2000, 1, 3, 14, 30)) > 0
    assert NYSE.bars("AAPL", Timeframe.DAY, utc(1990, 1, 1), utc(2000, 1, 3)) == []


# ---- bars


def together(bars: list[Bar]) -> Bar:
    return Bar(
        at=bars[0].at,
        open=bars[0].open,
        high=max(bar.high for bar in bars),
        low=min(bar.low for bar in bars),
        close=bars[-1].close,
        volume=sum(bar.volume for bar in bars),
    )


@MARKETS
def test_hours_are_made_of_minutes_and_days_of_hours(market: Market):
    start, end = utc(2025, 11, 26), utc(2025, 11, 29)
    minutes, hours, days = (market.bars("AAPL", frame, start, end) for frame in Timeframe)
    for session, day in zip(market.sessions().between(start, end), days, strict=True):
        within = [hour for hour in hours if session.open <= hour.at < session.close]
        assert together(within) == day
        for hour in within:
            assert together([bar for bar in minutes if hour.at <= bar.at < hour.at + 60 * MINUTE]) == hour
            assert (hour.at - session.open) % timedelta(hours=1) == timedelta(0)


def test_minute_bars_are_the_minutes():
    bars = NYSE.bars("QWER", Timeframe.MINUTE, SESSION.open, SESSION.close)
    minutes = day_of(NYSE, "QWER", SESSION)
    assert [(bar.at, bar.open, bar.high, bar.low, bar.close, bar.volume) for bar in bars] == [
        (minute.at, minute.open, minute.high, minute.low, minute.close, minute.volume) for minute in minutes
    ]


def test_bars_are_those_that_begin_in_the_asked_time():
    assert [bar.at for bar in NYSE.bars("F", Timeframe.DAY, SESSION.open, SESSION.open + INSTANT)] == [SESSION.open]
    assert NYSE.bars("F", Timeframe.DAY, SESSION.open + INSTANT, SESSION.close) == []
    assert NYSE.bars("F", Timeframe.DAY, SESSION.open, SESSION.open) == []


@given(symbol=st.sampled_from(SYMBOLS), seconds=st.integers(1, 390 * 60 - 1), frame=st.sampled_from(Timeframe))
def test_a_bar_that_is_not_over_tells_what_has_been(symbol: str, seconds: int, frame: Timeframe):
    now = SESSION.open + timedelta(seconds=seconds)
    last = NYSE.bars(symbol, frame, SESSION.open, now)[-1]
    assert last.close == NYSE.price(symbol, now)
    begin = now.replace(second=0)
    whole = [minute for minute in NYSE.minutes(symbol, last.at, begin) if minute.at + MINUTE <= now]
    seen = [NYSE.price(symbol, begin + timedelta(seconds=n)) for n in range((now - begin).seconds + 1)]
    assert last.high == max(*(minute.high for minute in whole), *seen, last.open)
    assert last.low == min(*(minute.low for minute in whole), *seen, last.open)
    assert last.volume >= sum(minute.volume for minute in whole)


# ---- splits


def split_of(market: Market, ratio_above_one: bool) -> tuple[str, date, Decimal]:
    """Some symbol's first split forwards, or backwards."""
    for symbol in ("NVDA", "TSLA", "XYZ", *(f"A{letter}C" for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"), *PENNIES):
        for split in market.splits(symbol, utc(2000, 1, 1), utc(2026, 1, 1)):
            if (split.ratio > 1) == ratio_above_one:
                return symbol, split.day, split.ratio
    raise AssertionError("no such split")


PENNIES = [symbol for first in "ABCDEFGH" for last in "KLMNOPQR" if listing_of(symbol := f"{first}{last}").level < 5]


@MARKETS
@pytest.mark.parametrize("forwards", [True, False], ids=["forwards", "backwards"])
def test_a_split_divides_the_price_at_the_open_and_no_adjusted_bar_jumps(market: Market, forwards: bool):
    symbol, day, ratio = split_of(market, forwards)
    after = session_on(market, day)
    before = market.sessions().previous_before(after.open)
    assert before is not None
    as_traded = market.day(symbol, before).close
    unit = Decimal("0.01") if as_traded / ratio >= 1 else Decimal("0.0001")
    assert abs(market.quote(symbol, after.open).previous_close - as_traded / ratio) <= unit / 2
    assert abs(log(market.price(symbol, after.open) * ratio / as_traded)) < 0.25

    start = before.open - timedelta(days=30)
    plain = market.bars(symbol, Timeframe.DAY, start, after.open)
    *adjusted, last = market.bars(symbol, Timeframe.DAY, start, after.close)
    assert plain[-1].close == as_traded
    assert (last.open, last.close) == (market.day(symbol, after).open, market.day(symbol, after).close)
    for bar, raw in zip(adjusted, plain, strict=True):
        assert bar.at == raw.at
        assert abs(bar.close - raw.close / ratio) <= Decimal("0.005")
        assert bar.volume == int(raw.volume * ratio)
    assert all(abs(log(one.close / two.close)) < 0.3 for one, two in pairwise([*adjusted, last]))


def test_splits_come_at_the_first_session_of_a_quarter_and_are_told_by_its_open():
    symbol, day, _ = split_of(NYSE, ratio_above_one=True)
    session = session_on(NYSE, day)
    before = NYSE.sessions().previous_before(session.open)
    assert before is not None
    assert (day.month - 1) // 3 != (before.day.month - 1) // 3
    (split,) = NYSE.splits(symbol, session.open, session.open + INSTANT)
    assert split.day == day
    assert NYSE.splits(symbol, session.open + INSTANT, session.close) == []
    assert NYSE.splits(symbol, before.close, session.open) == []


def test_funds_never_split():
    assert NYSE.splits("SPY", utc(2000, 1, 1), utc(2060, 1, 1)) == []


# ---- believable


def test_daily_returns_of_ordinary_stocks_vary_by_two_percent():
    symbols = ("QWER", "ABC", "XYZ", "LOW", "HOOD", "ACME", "TREND", "DOJO", "SWAN", "OAK")
    relative = [pstdev(returns(symbol)) / listing_of(symbol).volatility for symbol in symbols]
    assert 0.019 < fmean(relative) < 0.0215
    assert all(0.016 < one < 0.025 for one in relative)


def test_daily_returns_vary_as_much_in_a_market_that_never_closes():
    assert 0.016 < pstdev(returns("SPY", ALWAYS, (2024, 2026))) / listing_of("SPY").volatility < 0.025


def test_volatility_is_a_setting():
    calm = SimulatedMarket(7, Decimal("0.005"), NyseSessions())
    assert 0.004 < pstdev(returns("QWER", calm)) / listing_of("QWER").volatility < 0.0065
    with pytest.raises(ValueError, match="volatility"):
        SimulatedMarket(7, Decimal("0.5"), NyseSessions())


def test_funds_are_calmer_than_stocks():
    assert pstdev(returns("SPY")) < 0.7 * pstdev(returns("QWER"))


def test_symbols_move_together_and_funds_more_so():
    spy, qqq, aapl, msft = (returns(symbol) for symbol in ("SPY", "QQQ", "AAPL", "MSFT"))
    assert 0.65 < correlation(spy, qqq) < 0.95
    assert 0.2 < correlation(aapl, msft) < 0.6


def test_wild_days_come_in_clusters():
    sizes = [abs(one) for one in returns("SPY", years=(2000, 2026))]
    assert correlation(sizes[:-5], sizes[5:]) > 0.05


@pytest.mark.parametrize("symbol", ["SPY", "AAPL", "NVDA", "PLUG", "QWER", *PENNIES[:3]])
def test_prices_stay_believable_for_decades(symbol: str):
    level = listing_of(symbol).level
    for year in range(2001, 2060, 2):
        price = float(NYSE.price(symbol, utc(year, 6, 1)))
        growth = listing_of(symbol).growth ** (year - 2025)
        assert level * growth / 8 < price < level * growth * 8


# ---- quotes


@MARKETS
@given(symbol=st.sampled_from((*SYMBOLS, *PENNIES)), at=AN_INSTANT)
def test_the_last_price_lies_between_bid_and_ask_on_the_tick(market: Market, symbol: str, at: datetime):
    quote = market.quote(symbol, at)
    assert quote.last == market.price(symbol, at)
    assert 0 < quote.bid <= quote.last <= quote.ask
    for price in (quote.bid, quote.last, quote.ask):
        assert price % (Decimal("0.01") if price >= 1 else Decimal("0.0001")) == 0
    assert quote.ask - quote.bid >= (Decimal("0.01") if quote.bid >= 1 else Decimal("0.0001"))
    assert quote.is_simulated
    assert not quote.is_delayed


def test_illiquid_symbols_have_wider_spreads():
    def width(symbol: str) -> Decimal:
        quote = NYSE.quote(symbol, SESSION.open + 100 * MINUTE)
        return (quote.ask - quote.bid) / quote.last

    thin = next(symbol for symbol in ("QWER", "ABC", "LOW", "XYZ") if listing_of(symbol).spread_bps > 8)
    assert width("SPY") < Decimal("0.0001")
    assert width(thin) > Decimal("0.0006")


def test_a_quote_tells_the_session_so_far():
    at = SESSION.open + timedelta(minutes=200, seconds=30)
    before = NYSE.sessions().previous_before(SESSION.open)
    assert before is not None
    quote = NYSE.quote("AAPL", at)
    minutes = day_of(NYSE, "AAPL", SESSION)
    assert quote.at == at
    assert quote.previous_close == NYSE.day("AAPL", before).close
    assert quote.volume == sum(minute.volume for minute in minutes[:200]) + minutes[200].volume // 2


def test_a_quote_of_a_closed_market_is_the_one_of_its_close():
    saturday = utc(2026, 2, 14, 12)
    friday = session_on(NYSE, date(2026, 2, 13))
    quote = NYSE.quote("AAPL", saturday)
    assert quote == NYSE.quote("AAPL", friday.close)
    assert quote.at == friday.close
    assert quote.volume == sum(minute.volume for minute in day_of(NYSE, "AAPL", friday))
    assert quote.last != quote.previous_close


# ---- symbols


@pytest.mark.parametrize("symbol", ["A", "SPY", "GOOGL", "BRK.B", "BF.A", "Z", "ZA"])
def test_symbols_of_up_to_five_letters_are_known(symbol: str):
    assert NYSE.knows(symbol)
    assert NYSE.price(symbol, SESSION.close) > 0


@pytest.mark.parametrize("symbol", ["", "aapl", "TOOLONG", "BRK.C", "A1", "ZZ", "ZZTOP", "AAPL\n", " F", "ÄB", "BRK."])
def test_other_symbols_and_reserved_ones_are_unknown(symbol: str):
    assert not NYSE.knows(symbol)
    calls: list[Callable[[], object]] = [
        lambda: NYSE.price(symbol, SESSION.close),
        lambda: NYSE.quote(symbol, SESSION.close),
        lambda: list(NYSE.minutes(symbol, SESSION.close, SESSION.close)),
        lambda: NYSE.day(symbol, SESSION),
        lambda: NYSE.bars(symbol, Timeframe.DAY, SESSION.close, SESSION.close),
        lambda: NYSE.splits(symbol, SESSION.close, SESSION.close),
    ]
    for call in calls:
        with pytest.raises(UnknownSymbol):
            call()


def test_well_known_symbols_cost_about_what_one_expects():
    assert 200 < NYSE.price("SPY", SESSION.close) < 1800
    assert NYSE.price("F", SESSION.close) < 40
