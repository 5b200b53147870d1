"""`flask audit verify`."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import text

from trenddojo.store import triggers
from trenddojo.store.database import db
from trenddojo.store.models import AuditEntry
from trenddojo.store.seats import Seat


def run(app: Flask, *arguments: str) -> tuple[int, str]:
    done = app.test_cli_runner().invoke(args=["audit", "verify", *arguments])
    return done.exit_code, done.output


def hashes() -> list[str]:
    return [entry.hash for entry in db.session.query(AuditEntry).order_by(AuditEntry.seq)]


@pytest.fixture
def renamed(seat: Seat) -> Seat:
    for name in ("Second", "Third"):
        seat.account.name = name
        db.session.commit()
    return seat


def test_an_empty_log(app: Flask) -> None:
    code, said = run(app)
    assert code == 0
    assert said.startswith("0 entries, chain intact.\n")


def test_a_whole_log(app: Flask, renamed: Seat) -> None:
    assert run(app) == (0, f"4 entries, chain intact.\nLast hash: {hashes()[-1]}\n")


def test_verifying_is_no_act(app: Flask, renamed: Seat) -> None:
    run(app)
    assert len(hashes()) == 4


def test_a_changed_entry_is_named(app: Flask, renamed: Seat) -> None:
    for statement in [*triggers.removal("sqlite", "audit_log"), "UPDATE audit_log SET subject = 'x' WHERE seq = 3"]:
        db.session.execute(text(statement))
    db.session.commit()
    code, said = run(app)
    assert code == 1
    assert "The chain breaks at entry 3. Entry 3 was changed after it was written." in said


def test_entries_taken_off_the_end_are_missed_by_a_noted_hash(app: Flask, renamed: Seat) -> None:
    noted = hashes()[-1]
    assert run(app, "--anchor", noted)[0] == 0
    for statement in [*triggers.removal("sqlite", "audit_log"), "DELETE FROM audit_log WHERE seq = 4"]:
        db.session.execute(text(statement))
    db.session.commit()
    assert run(app)[0] == 0
    code, said = run(app, "--anchor", noted)
    assert code == 1
    assert "taken off the end" in said
