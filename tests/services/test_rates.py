"""Importing the ECB's files, and finding what a currency was worth."""

from __future__ import annotations

import tracemalloc
import zipfile
from datetime import date
from decimal import Decimal
from io import BytesIO

import pytest
from flask import Flask
from sqlalchemy import func, select

from tests.services.exposed import round_trip
from tests.services.priced import HISTORY, TODAY, taken, told
from trenddojo.domain.rates import FoundRate
from trenddojo.services import rate_files, rates
from trenddojo.services.closed_results import closed_results
from trenddojo.services.errors import Invalid
from trenddojo.services.rate_files import ImportedRates
from trenddojo.services.scopes import Scope
from trenddojo.store.closed import EVERY
from trenddojo.store.database import db
from trenddojo.store.models import AuditEntry, ExchangeRate
from trenddojo.store.seats import Seat

D = Decimal


@pytest.fixture
def database_url(both_databases: str) -> str:
    return both_databases


def zipped(content: bytes, *names: str, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    made = BytesIO()
    with zipfile.ZipFile(made, "w", method) as archive:
        for name in names or ("eurofxref-hist.csv",):
            archive.writestr(name, content)
    return made.getvalue()


def count() -> int:
    return db.session.execute(select(func.count()).select_from(ExchangeRate)).scalar_one()


def refused(content: bytes) -> str:
    with pytest.raises(Invalid) as caught:
        taken(content)
    assert count() == 0
    assert caught.value.fields[rate_files.FIELD].endswith("Nothing was imported.")
    return caught.value.fields[rate_files.FIELD]


class TestImport:
    def test_once_again_and_changed(self, app: Flask) -> None:
        first, last = date(2026, 1, 5), date(2026, 11, 18)
        assert taken(HISTORY) == ImportedRates(10, 0, 0, 4, first, last)
        assert taken(HISTORY) == ImportedRates(0, 0, 10, 4, first, last)
        longer = HISTORY.replace(b"CYP,\n", b"CYP,\n2026-11-19,1.3,161,0.9,N/A,\n").replace(b"1.2,", b"1.21,")
        assert taken(longer) == ImportedRates(3, 1, 9, 4, first, TODAY)
        assert count() == 13
        assert rates.rate_at("EUR", "USD", date(2026, 11, 13)) == FoundRate(D("1.21"), date(2026, 11, 13), "ecb")

    def test_zipped_it_is_the_same(self, app: Flask) -> None:
        assert taken(zipped(HISTORY)).added == 10
        assert taken(HISTORY).known == 10

    def test_portions_make_no_difference(self, app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(rate_files, "_DAYS_AT_ONCE", 1)
        assert taken(HISTORY).added == 10

    def test_the_log_tells_it(self, app: Flask) -> None:
        taken(HISTORY, "eurofxref-hist.csv")
        entry = db.session.scalars(select(AuditEntry).order_by(AuditEntry.seq.desc())).first()
        assert entry is not None
        assert (entry.act, entry.subject, entry.detail) == (
            "rates_imported", "eurofxref-hist.csv", {"added": 10, "changed": 0},
        )  # fmt: skip

    def test_a_name_of_any_signs_is_kept_as_far_as_it_can_be(self, app: Flask) -> None:
        taken(HISTORY, "a\x00b\ud800\n.csv" + "x" * 100)
        entry = db.session.scalars(select(AuditEntry).order_by(AuditEntry.seq.desc())).first()
        assert entry is not None
        assert entry.subject == ("ab.csv" + "x" * 100)[:80]

    @pytest.mark.parametrize(
        ("content", "said"),
        [
            (HISTORY + b"2026-01-02,1,\x00,1,1,\n", "Line 5"),
            (HISTORY + b"2026-01-02,1,2,3\n", "Line 5"),
            (HISTORY.decode().encode("utf-16"), "Line 1"),
            (b"Date" + b",USD" * 1_000_000, "Line 1"),
            (b"PK\x03\x04 no zip at all", "damaged"),
            (zipped(HISTORY)[:-30], "damaged"),
            (zipped(HISTORY, "a.csv", "b.csv"), "one file"),
            (zipped(HISTORY, "a.exe"), "one file"),
            (zipped(b"Date,USD,\n", "a.csv"), "no line of rates"),
            (zipped(b"A" * 60_000_000, "bomb.csv"), "longer than"),
            (zipped(b"\n" * 60_000_000, "bomb.csv"), "header"),
            (zipped(b"Date,USD,\n" + b"\n" * 60_000_000, "bomb.csv"), "more than 20,000 lines"),
        ],
        ids=["nul", "short", "utf-16", "columns", "not-zip", "cut", "two", "exe", "empty", "wide", "blank", "long"],
    )
    def test_a_wrong_file_changes_nothing(self, app: Flask, content: bytes, said: str) -> None:
        assert said in refused(content)

    def test_a_zip_that_is_too_large_is_not_opened(self, app: Flask) -> None:
        assert "2 MB" in refused(b"PK\x03\x04" + bytes(rate_files.LARGEST_ZIP))

    def test_a_locked_zip_is_refused(self, app: Flask) -> None:
        locked = bytearray(zipped(HISTORY))
        locked[6] |= 1
        locked[locked.index(b"PK\x01\x02") + 8] |= 1
        assert "password" in refused(bytes(locked))

    def test_memory_is_bounded_by_a_line(self, app: Flask) -> None:
        bomb = zipped(b"Date,USD,\n" + b"\n" * 60_000_000)
        tracemalloc.start()
        with pytest.raises(Invalid):
            taken(bomb)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert peak < 2 << 20


class TestAt:
    def test_by_each_way(self, app: Flask) -> None:
        taken(HISTORY)
        on, told_on = TODAY, date(2026, 11, 18)
        assert rates.rate_at("EUR", "USD", on) == FoundRate(D("1.25"), told_on, "ecb")
        assert rates.rate_at("USD", "EUR", on) == FoundRate(D("0.8"), told_on, "ecb")
        assert rates.rate_at("USD", "GBP", on) == FoundRate(D("0.7"), told_on, "ecb", "EUR")
        assert rates.rate_at("USD", "GBP", date(2026, 11, 17)) == FoundRate(D("0.75"), date(2026, 11, 13), "ecb", "EUR")
        assert rates.rate_at("USD", "CHF", on) is None
        assert rates.rate_at("USD", "EUR", date(2026, 1, 4)) is None
        assert rates.rate_at("XXX", "XXX", on) == FoundRate(D(1), on)

    def test_what_a_broker_told_counts_for_its_account(self, seat: Seat) -> None:
        told("EUR", "USD", "1.25", ago=2)
        told("EUR", "USD", "1.30", ago=1, account_id=seat.account.id)
        assert rates.rate_at("EUR", "USD", TODAY).rate == D("1.25")  # type: ignore[union-attr]
        assert rates.rate_at("EUR", "USD", TODAY, seat.account.id).rate == D("1.30")  # type: ignore[union-attr]


def test_a_span_has_what_held_before_it_in_one_query(seat: Seat) -> None:
    taken(HISTORY)
    seat.account.base_currency = "GBP"
    conversion = rates.conversions([seat.account], "USD", date(2026, 11, 14), TODAY).of(seat.account)
    found = conversion.at(date(2026, 11, 14))
    assert found is not None
    assert (round(found.rate, 6), found.on, found.over) == (D("1.333333"), date(2026, 11, 13), "EUR")
    assert conversion.at(date(2026, 11, 1)) is None  # before the span, and not the last before it


def test_closed_trades_convert_at_the_date_of_their_last_exit(seat: Seat) -> None:
    seat.account.base_currency = "EUR"
    db.session.commit()
    taken(HISTORY)
    round_trip(seat, "WON", "100", entered=9, left=3)  # 16 November: the rate of the 13th holds
    round_trip(seat, "LOST", "-100", entered=9, left=0)
    round_trip(seat, "OLD", "50", entered=500, left=499)
    scope = Scope((seat,), "USD", is_joint=True)
    conversion = rates.conversions([seat.account], "USD", date(2025, 1, 1), TODAY).of(seat.account)
    found, unknown = closed_results(scope, {seat.account.id: conversion}, date(2025, 1, 1), TODAY, EVERY)
    told_of = [(one.symbol, one.realised, one.r, one.outcome.value) for _, one in found]
    assert told_of == [("WON", D("120.00"), D(2), "win"), ("LOST", D("-125.00"), D(-2), "loss")]
    assert unknown == {seat.account.id}
