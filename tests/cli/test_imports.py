"""`flask import`."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask

from tests.services.brought import TRADERVUE, bring, lying
from trenddojo.domain.terms import ImportStatus
from trenddojo.store.database import db
from trenddojo.store.models import Import, Trade
from trenddojo.store.seats import Seat


@pytest.fixture
def file(tmp_path: Path) -> str:
    path = tmp_path / "2026.csv"
    path.write_text(TRADERVUE)
    return str(path)


def test_a_statement_is_imported_once(app: Flask, seat: Seat, file: str) -> None:
    run = app.test_cli_runner().invoke
    done = run(args=["import", file, "--account", "Trend Core", "--zone", "America/New_York"])
    assert done.exit_code == 0, done.output
    assert "2026.csv, tradervue: what would come of it" in done.output
    assert "2026.csv, tradervue: imported" in done.output
    assert "4  new fills" in done.output
    assert "line 5: " in done.output
    assert len(db.session.scalars(db.select(Trade)).all()) == 2
    assert db.session.scalars(db.select(Import)).one().status is ImportStatus.DONE
    again = run(args=["import", file, "--account", str(seat.account.id), "--zone", "America/New_York"])
    assert (again.exit_code, "here already, as 2026.csv: done. Nothing was added." in again.output) == (1, True)


def test_a_dry_run_leaves_nothing(app: Flask, seat: Seat, file: str, tmp_path: Path) -> None:
    run = app.test_cli_runner().invoke
    done = run(args=["import", file, "--account", "Trend Core", "--zone", "America/New_York", "--dry-run"])
    assert done.exit_code == 0, done.output
    assert "Nothing was written to the books." in done.output
    assert db.session.scalars(db.select(Import)).all() == []
    assert db.session.scalars(db.select(Trade)).all() == []
    assert lying(tmp_path / "imports") == []


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--account", "Trend Core"], "Say --zone. Nothing was imported."),
        (["--account", "Nobody's"], "There is no such account."),
        (["--account", "Trend Core", "--zone", "Mars/Base"], "zone: "),
        (["--account", "Trend Core", "--format", "nonsense"], "format: Choose one of the formats."),
    ],
)
def test_what_is_open_is_told(app: Flask, seat: Seat, file: str, options: list[str], sentence: str) -> None:
    done = app.test_cli_runner().invoke(args=["import", file, *options])
    assert (done.exit_code, sentence in done.output) == (1, True), done.output
    assert db.session.scalars(db.select(Import)).all() == []


def test_the_stops_of_its_trades_are_assumed_afterwards(app: Flask, seat: Seat, file: str) -> None:
    run = app.test_cli_runner().invoke
    run(args=["import", file, "--account", "Trend Core", "--zone", "America/New_York"])
    stops = ["import-stops", "2026.csv", "--account", "Trend Core"]
    done = run(args=[*stops, "--rule", "percent", "--value", "8"])
    assert (done.exit_code, "2  trades with an assumed stop" in done.output) == (0, True), done.output
    assert all(trade.r is not None for trade in db.session.scalars(db.select(Trade)))
    done = run(args=[*stops, "--rule", "atr", "--value", "2"])
    assert "2  lack bars" in done.output
    done = run(args=[*stops, "--rule", "percent", "--value", "100"])
    assert (done.exit_code, "stop_rule.value: Must be below 100 percent." in done.output) == (1, True)
    row = db.session.scalars(db.select(Import)).one()
    done = run(args=["import-stops", str(row.id), "--account", "Trend Core", "--rule", "none"])
    assert "2  without any" in done.output
    done = run(args=["import-stops", "other.csv", "--account", "Trend Core", "--rule", "none"])
    assert (done.exit_code, "There is no such import." in done.output) == (1, True)


def test_what_waits_in_the_browser_is_not_brought_again(app: Flask, seat: Seat, file: str) -> None:
    bring(seat)
    done = app.test_cli_runner().invoke(args=["import", file, "--account", "Trend Core"])
    assert (done.exit_code, "here already, as trades.csv: received" in done.output) == (1, True)
