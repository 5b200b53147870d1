"""Files that tell how far they are read, whatever reads them."""

from __future__ import annotations

from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from trenddojo.statements import registry
from trenddojo.statements.format import Options
from trenddojo.statements.tables import rows
from trenddojo.statements.watched import Watched

LINE = "2026-03-02,10:30:00,AAPL,100,150.25,B\n"
NEW_YORK = ZoneInfo("America/New_York")
OPTIONS = Options(NEW_YORK, NEW_YORK, "USD")


class CalledOff(Exception):
    pass


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "trades.csv"
    path.write_text("Date,Time,Symbol,Quantity,Price,Side\n" + LINE * 2_000)
    return path


def test_it_is_the_same_file_and_tells_how_far_it_is_read(file: Path) -> None:
    heard = list[int]()
    watched = Watched.of(file, heard.append)
    with watched.open("rb") as opened:
        assert opened.read() == file.read_bytes()
    assert heard[-1] == file.stat().st_size
    assert list(rows(watched)) == list(rows(file))


def test_a_pass_over_the_whole_file_is_heard_before_anything_is_said(file: Path) -> None:
    heard = list[int]()
    said = registry.named("tradervue").read(Watched.of(file, heard.append), OPTIONS)
    next(said)
    passes = heard.count(file.stat().st_size)
    assert passes >= 1
    assert len(list(said)) == 1_999
    assert heard.count(file.stat().st_size) > passes


def test_what_the_listener_raises_ends_the_reading(file: Path) -> None:
    def stop(at: int) -> None:
        if at > 20_000:
            raise CalledOff

    with pytest.raises(CalledOff):
        next(registry.named("tradervue").read(Watched.of(file, stop), OPTIONS))
