"""What statements brought, splits and comparisons leave with everything else, and come back."""

from __future__ import annotations

import io

from flask import Flask
from sqlalchemy import select

from tests.archive.moving import Elsewhere, made
from tests.archive.test_round_trip import returns
from tests.conftest import Clock, make_user
from tests.services import brought
from trenddojo.domain.terms import ImportStatus
from trenddojo.services import splits
from trenddojo.services.archive.arriving import UNDER_WAY
from trenddojo.services.archive.bringing import Brought, bring
from trenddojo.services.imports import acts
from trenddojo.services.inputs import parse
from trenddojo.services.inputs.splits import SplitInput
from trenddojo.store.database import db
from trenddojo.store.models import (
    Account,
    Execution,
    Import,
    ImportMapping,
    Instrument,
    Reconciliation,
    StockSplit,
    User,
)
from trenddojo.store.seats import Seat


def test_what_statements_brought_comes_back(app: Flask, clock: Clock, seat: Seat, elsewhere: Elsewhere) -> None:
    row = brought.looked_at(seat)
    acts.take(seat, row.id, {})
    assert brought.worked(row.id).status is ImportStatus.DONE
    apple = db.session.scalars(select(Instrument).where(Instrument.symbol == "AAPL")).one()
    asked = {"on": "2026-03-04", "numerator": "2", "denominator": "1"}
    splits.record_split(seat, apple, parse(SplitInput, asked), clock())
    who, day = {"created_by": seat.user.id, "created_at": clock()}, clock().date()
    findings = [{"matter": "cash", "ours": "1.00", "theirs": None}]
    counted = {"matching": 0, "differing": 1, "findings": findings, "notes": {"0": "=Rounded"}, "mends": {}}
    compared = Reconciliation(
        account_id=seat.account.id, import_id=row.id, source="tradervue", since=day, as_of=day, **counted, **who
    )
    mapping = ImportMapping(user_id=seat.user.id, fingerprint="f", options={"zone": "Asia/Tokyo"}, updated_at=clock())
    db.session.add_all([compared, mapping])
    db.session.commit()
    import_id = row.id

    def look(person: User) -> None:
        assert db.session.scalars(select(Import.id)).all() == [import_id]
        assert set(db.session.scalars(select(Execution.import_id))) == {import_id}
        assert db.session.scalars(select(StockSplit.numerator)).all() == [2]
        assert db.session.scalars(select(Account.has_splits)).all() == [True]
        assert db.session.scalars(select(Reconciliation.findings)).all() == [findings]
        assert set(db.session.scalars(select(ImportMapping.user_id))) == {person.id}

    returns(seat, clock, elsewhere, look)


def test_one_that_is_under_way_has_ended(app: Flask, clock: Clock, seat: Seat, elsewhere: Elsewhere) -> None:
    row = brought.bring(seat, brought.TRADERVUE).row
    brought.say(seat, row, zone="America/New_York")
    assert row.status is ImportStatus.READING

    def then(_person: User, _brought: Brought) -> None:
        found = db.session.scalars(select(Import)).one()
        assert (found.status, found.error) == (ImportStatus.FAILED, UNDER_WAY)

    elsewhere.bring(made(seat.user, clock), "marta@example.org", then)


def test_one_that_is_given_other_stops_stays_in_the_books(
    app: Flask, clock: Clock, seat: Seat, elsewhere: Elsewhere
) -> None:
    row = brought.looked_at(seat)
    acts.take(seat, row.id, {})
    brought.worked(row.id)
    acts.assume(seat, row.id, {"kind": "percent", "value": "8"})

    def then(_person: User, _brought: Brought) -> None:
        found = db.session.scalars(select(Import)).one()
        assert (found.status, found.error) == (ImportStatus.DONE, UNDER_WAY)

    elsewhere.bring(made(seat.user, clock), "marta@example.org", then)


def test_columns_that_are_named_here_stay_so(app: Flask, clock: Clock, seat: Seat, elsewhere: Elsewhere) -> None:
    seat_id = seat.user.id
    for name in ("known", "new"):
        db.session.add(ImportMapping(user_id=seat_id, fingerprint=name, options={"a": 1}, updated_at=clock()))
    db.session.commit()
    archive = made(seat.user, clock)
    with elsewhere.running():
        zoe = make_user("zoe@example.org", "Zoe")
        db.session.add(ImportMapping(user_id=zoe.id, fingerprint="known", options={"a": 2}, updated_at=clock()))
        db.session.commit()
        bring(zoe, io.BytesIO(archive), clock())
        found = db.session.execute(select(ImportMapping.fingerprint, ImportMapping.options))
        assert sorted((name, options["a"]) for name, options in found) == [("known", 2), ("new", 1)]
