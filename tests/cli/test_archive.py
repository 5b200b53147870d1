"""`flask export` and `flask import-archive`."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from tests.conftest import Clock, make_user
from tests.services.recorded import enter, instrument, plan
from trenddojo.store.database import db
from trenddojo.store.models import Account
from trenddojo.store.seats import Seat


@pytest.fixture
def traded(seat: Seat, clock: Clock) -> Seat:
    of = instrument()
    of.identity = "stock|NVDA|USD||1"
    enter(seat, plan(seat, of), "10", "100", clock())
    db.session.commit()
    return seat


def test_out_and_in_again(app: Flask, traded: Seat, tmp_path: Path) -> None:
    run, file = app.test_cli_runner().invoke, tmp_path / "all.zip"
    done = run(args=["export", "marta@example.org", str(file)])
    assert done.exit_code == 0, done.output
    assert done.output == f"Wrote {file.stat().st_size:,} bytes to {file}.\n"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [one.name for one in tmp_path.glob("all*")] == ["all.zip"]
    assert "is there already" in run(args=["export", "marta@example.org", str(file)]).output
    again = run(args=["import-archive", str(file), "--owner", "marta@example.org"])
    assert (again.exit_code, "is here already" in again.output) == (1, True)
    db.session.delete(db.session.get_one(Account, traded.account.id))
    db.session.commit()
    make_user("zoe@example.org", "Zoe")
    brought = run(args=["import-archive", str(file), "--owner", "zoe@example.org"])
    assert brought.output == "Brought Trend Core: 1 trade, 1 fill.\n"
    assert db.session.scalars(select(Account.name)).all() == ["Trend Core"]


def test_fills_for_tradervue(app: Flask, traded: Seat, tmp_path: Path) -> None:
    run, file = app.test_cli_runner().invoke, tmp_path / "fills.csv"
    done = run(args=["export", "marta@example.org", str(file), "--tradervue", "Trend Core"])
    assert done.exit_code == 0, done.output
    assert len(file.read_text().splitlines()) == 2
    late = tmp_path / "late.csv"
    run(args=["export", "marta@example.org", str(late), "--tradervue", str(traded.account.id), "--from", "2030-01-01"])
    assert len(late.read_text().splitlines()) == 1


@pytest.mark.parametrize(
    ("args", "why"),
    [
        (["export", "nobody@example.org", "FILE"], "Nobody signs in as nobody@example.org."),
        (["export", "marta@example.org", "FILE", "--tradervue", "Other"], "has no accounts called Other"),
        (["import-archive", "TEXT", "--owner", "marta@example.org"], "This is no ZIP file, or its end is missing"),
    ],
)
def test_refusals_are_sentences(app: Flask, traded: Seat, tmp_path: Path, args: list[str], why: str) -> None:
    (tmp_path / "a.txt").write_text("no archive at all, and long enough")
    places = {"FILE": str(tmp_path / "out"), "TEXT": str(tmp_path / "a.txt")}
    done = app.test_cli_runner().invoke(args=[places.get(one, one) for one in args])
    assert (done.exit_code, why in done.output) == (1, True), done.output
    assert not (tmp_path / "out").exists()
