"""An account's past as its broker tells it: looked at, imported and taken out like a statement."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from flask import Flask

from tests.conftest import Clock
from tests.services.test_onboarding import Past
from tests.services.test_onboarding import past as past  # noqa: PLC0414 - the fixture
from trenddojo.brokers.simulator.client import SimulatedClient
from trenddojo.brokers.types import CashMoved
from trenddojo.domain.terms import CashKind, ImportStatus
from trenddojo.services.errors import Invalid
from trenddojo.services.imports import acts, uploads, work
from trenddojo.store import imports
from trenddojo.store.database import db
from trenddojo.store.models import CashMovement, Import
from trenddojo.store.seats import Seat, seats_of


def seat_of(past: Past) -> Seat:
    db.session.rollback()
    _, user, _ = past.whose()
    return next(seat for seat in seats_of(user) if seat.account.id == past.sim.account_id)


def worked(past: Past, row: Import) -> Import:
    db.session.rollback()
    assert work.work(row.id, past.sim.manager, past.sim.clock())
    found = imports.by_id(row.id)
    assert found is not None
    return found


def test_its_fills_come_and_go(app: Flask, past: Past, clock: Clock) -> None:
    past.buy(10, "NVDA")
    past.sim.clock.turn(hours=2)
    past.sell(10, "NVDA")
    seat = seat_of(past)
    since = clock().date() - timedelta(days=2)
    row = uploads.ask_broker(seat, since, past.sim.clock())
    assert row.status is ImportStatus.READING
    row = worked(past, row)
    assert (row.status, row.counts["fills_new"], row.error) == (ImportStatus.READY, 2, "")
    acts.take(seat_of(past), row.id, {})
    row = worked(past, row)
    assert row.status is ImportStatus.DONE, row.error
    assert [one.quantity for one in past.executions() if one.deleted_at is None] == [Decimal(10)] * 2
    again = uploads.ask_broker(seat_of(past), since, past.sim.clock())
    counts = worked(past, again).counts
    assert (counts["fills_new"], counts["fills_known"]) == (0, 2)
    acts.undo(seat_of(past), row.id)
    assert worked(past, row).status is ImportStatus.UNDONE
    assert [one for one in past.executions() if one.deleted_at is None] == []


def test_a_day_to_come_is_refused(app: Flask, past: Past, clock: Clock) -> None:
    with pytest.raises(Invalid) as refused:
        uploads.ask_broker(seat_of(past), clock().date() + timedelta(days=2), clock())
    assert list(refused.value.fields) == ["since"]


def test_the_same_request_is_done_once(app: Flask, past: Past, clock: Clock) -> None:
    first = uploads.ask_broker(seat_of(past), clock().date(), clock())
    assert uploads.ask_broker(seat_of(past), clock().date(), clock(), first.id).id == first.id


def test_where_nobody_asks_brokers_it_is_said(app: Flask, past: Past, clock: Clock) -> None:
    row = uploads.ask_broker(seat_of(past), clock().date(), clock())
    db.session.rollback()
    work.work(row.id, None, clock())
    found = imports.by_id(row.id)
    assert found is not None
    assert (found.status, "server" in found.error) == (ImportStatus.FAILED, True)


def test_its_cash_comes_too_where_it_tells_that(
    app: Flask, past: Past, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    on = clock().date()
    told = [
        CashMoved(key="c1", on=on, kind=CashKind.WITHDRAWAL, amount=Decimal("-250.00"), note="CSW"),
        CashMoved(key="c2", on=on, kind=CashKind.DIVIDEND, amount=Decimal("-1.85"), note="DIVNRA"),
        CashMoved(key="c3", on=on, kind=None, amount=Decimal(17), note="REORG"),
    ]
    monkeypatch.setattr(SimulatedClient, "get_cash_since", lambda _self, _start: told, raising=False)
    row = worked(past, uploads.ask_broker(seat_of(past), on, past.sim.clock()))
    assert (row.counts["cash_new"], row.counts["lines_refused"], row.error) == (2, 1, "")
    acts.take(seat_of(past), row.id, {})
    assert worked(past, row).status is ImportStatus.DONE
    found = {one.key: (one.kind, one.amount) for one in db.session.scalars(db.select(CashMovement))}
    assert sorted(found.values()) == [(CashKind.DIVIDEND, Decimal("-1.85")), (CashKind.WITHDRAWAL, Decimal("250.00"))]
