"""What is asked of a file before it is read, and what is remembered of the answers."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from tests.conftest import make_seat, make_user
from tests.services.brought import bring, say, worked
from trenddojo.domain.terms import ImportStatus
from trenddojo.services.errors import Invalid
from trenddojo.services.imports import asking, columns
from trenddojo.services.imports.asking import Wanted
from trenddojo.services.inputs import parse
from trenddojo.services.inputs.imports import ImportOptions, StopKind
from trenddojo.statements.format import DateOrder, Head
from trenddojo.store.database import db
from trenddojo.store.seats import Seat

OWN = "When;Ticker;Shares;Fill price;Way\n{first};AAPL;100;150,25;buy\n{second};AAPL;100;155,25;sell\n"
NAMED = {"date": "When", "symbol": "Ticker", "quantity": "Shares", "price": "Fill price", "side": "Way"}


def own(first: str = "03/04/2024", second: str = "05/04/2024") -> str:
    return OWN.format(first=first, second=second)


class TestColumns:
    def test_needed_ones_are_asked_for_by_the_field(self, app: Flask, seat: Seat) -> None:
        row = bring(seat, own()).row
        with pytest.raises(Invalid) as refused:
            say(seat, row, "mapped", zone="America/New_York", columns={"date": "When", "nonsense": "x"})
        assert set(refused.value.fields) == {
            "columns.symbol", "columns.quantity", "columns.price", "columns.nonsense"
        }  # fmt: skip

    def test_what_they_probably_are(self) -> None:
        found = columns.proposed(["When", "Ticker", "Shares", "Fill Price", "B/S", "Comm", "xyz"])
        assert found == {
            "date": "When", "symbol": "Ticker", "quantity": "Shares", "price": "Fill Price", "side": "B/S",
            "commission": "Comm",
        }  # fmt: skip

    @given(st.lists(st.text(max_size=12), max_size=20))
    def test_only_columns_of_the_file_are_proposed(self, names: list[str]) -> None:
        assert set(columns.proposed(names).values()) <= set(names)
        assert set(columns.proposed(names)) <= {field.name for field in columns.fields()}

    def test_they_are_remembered_for_the_next_file_of_this_person_alone(self, app: Flask, seat: Seat) -> None:
        row = bring(seat, own("13/04/2024")).row
        assert row.format == ""
        say(seat, row, "mapped", zone="America/New_York", columns=NAMED)
        assert worked(row.id).counts["fills_new"] == 2
        again = bring(seat, own("14/05/2024", "15/05/2024").replace("When;Ticker", "WHEN ; ticker")).row
        assert (again.format, again.status) == ("mapped", ImportStatus.READING)
        other = make_seat(make_user("pia@example.org", "Pia"), "Hers")
        assert bring(other, own("14/05/2024")).row.format == ""


class TestDates:
    def test_what_reads_both_ways_is_asked(self, app: Flask, seat: Seat) -> None:
        row = bring(seat, own()).row
        say(seat, row, "mapped", zone="America/New_York", columns=NAMED)
        row = worked(row.id)
        assert (row.status, bool(row.error)) == (ImportStatus.RECEIVED, True)
        assert asking.wanted(row) == {Wanted.DATE_ORDER}
        say(seat, row, zone="America/New_York", columns=NAMED, date_order="dmy")
        row = worked(row.id)
        assert (row.status, row.counts["first_on"]) == (ImportStatus.READY, "2024-04-03")

    def test_how_the_first_one_would_read(self) -> None:
        found = asking.readings(asking.first_date(Head("", (("a", "b"), ("x", "03/04/2024 10:00")))))
        assert {one.order: one.on for one in found} == {
            DateOrder.MONTH_FIRST: date(2024, 3, 4),
            DateOrder.DAY_FIRST: date(2024, 4, 3),
        }
        assert asking.readings(asking.first_date(Head("", (("a",),)))) == []


class TestAccounts:
    FILE = own("13/04/2024", "14/04/2024").replace("\n", ";Z1\n").replace("Way;Z1", "Way;Account").replace(
        "sell;Z1", "sell;Z2"
    )  # fmt: skip

    def test_which_of_several_is_asked(self, app: Flask, seat: Seat) -> None:
        row = bring(seat, self.FILE).row
        said = {"zone": "America/New_York", "columns": {**NAMED, "account": "Account"}}
        say(seat, row, "mapped", **said)
        row = worked(row.id)
        assert (row.status, asking.accounts_in(row)) == (ImportStatus.RECEIVED, ("Z1", "Z2"))
        assert asking.wanted(row) == {Wanted.ACCOUNT}
        say(seat, row, **said, account="Z3")
        db.session.rollback()
        say(seat, row, **said, account="Z2")
        row = worked(row.id)
        assert (row.status, row.counts["fills_new"]) == (ImportStatus.READY, 1)


class TestOptions:
    def test_nothing_said_is_nothing_kept(self) -> None:
        assert parse(ImportOptions, {}).as_json == {}
        blank = {"zone": "", "date_order": " ", "currency": None, "columns": {"fees": " "}, "stop_rule": ""}
        assert parse(ImportOptions, blank).as_json == {}

    def test_what_was_said_comes_back(self) -> None:
        said = {"zone": "Europe/Berlin", "date_order": "dmy", "stop_rule": {"kind": "atr", "value": "2.5"}}
        read = parse(ImportOptions, said)
        assert (read.stop_rule.kind, read.stop_rule.value) == (StopKind.ATR, Decimal("2.5"))  # type: ignore[union-attr]
        assert parse(ImportOptions, read.as_json) == read

    @pytest.mark.parametrize(
        ("said", "field"),
        [
            ({"zone": "Mars/Base"}, "zone"),
            ({"date_order": "ydm"}, "date_order"),
            ({"currency": "dollars"}, "currency"),
            ({"columns": ["Date"]}, "columns"),
            ({"columns": {"date": "x" * 201}}, "columns"),
            ({"columns": {"date": "\0"}}, "columns"),
            ({"stop_rule": "5%"}, "stop_rule"),
            ({"stop_rule": {"kind": "percent", "value": "0"}}, "stop_rule.value"),
            ({"stop_rule": {"kind": "percent", "value": "100"}}, "stop_rule.value"),
            ({"stop_rule": {"kind": "guess", "value": "1"}}, "stop_rule.kind"),
            ({"account": "x" * 201}, "account"),
            ({"since": "yesterday"}, "since"),
            ({"wherever": 1}, "wherever"),
        ],
    )
    def test_what_cannot_be_is_refused_by_the_field(self, said: dict[str, object], field: str) -> None:
        with pytest.raises(Invalid) as refused:
            parse(ImportOptions, said)
        assert list(refused.value.fields) == [field]


def test_two_headers_of_other_letters_are_one(app: Flask) -> None:
    head = Head("", (("Title",), ("Date", "Symbol", "Qty")))
    mended = Head("", (("Title",), ("DATE", " symbol", "Qty", *asking.ADDED)))
    assert asking.fingerprint_of(head) == asking.fingerprint_of(mended)
    assert asking.fingerprint_of(head) != asking.fingerprint_of(Head("", (("Date", "Symbol", "Price"),)))
