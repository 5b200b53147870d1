"""An instrument that is compared and booked in stretches comes out as if it were looked at as a whole."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any

import pytest
from sqlalchemy import select

from tests.conftest import NOW
from tests.services.imports import brought
from tests.services.imports.brought import NVDA, D, bring, everything, fill, silent, spool, statement, take_out, trades
from tests.services.imports.test_any_order import known
from tests.services.recorded import correct, enter, leave, plan
from trenddojo.domain.round_trips import PART
from trenddojo.services import notes, plans
from trenddojo.services.errors import Conflict
from trenddojo.services.imports import booking, cutting, survey, turns
from trenddojo.services.imports.contracts import grouped
from trenddojo.services.imports.courses import Course, course_of
from trenddojo.services.imports.ground import ground_of
from trenddojo.services.imports.stretches import cuts_of
from trenddojo.services.inputs import parse
from trenddojo.services.inputs.records import NoteInput
from trenddojo.statements import spooled
from trenddojo.statements.lines import FillLine, LabelLine, Said, SplitLine
from trenddojo.statements.spool import Spool
from trenddojo.store.database import db
from trenddojo.store.models import Execution, Import
from trenddojo.store.seats import Seat

WHOLE, TINY = 10**6, 0
DAYS = 14
FORMATS = ("schwab_transactions", "schwab_transactions", "ibkr_flex", "ibkr_activity", "webull", "tradervue")


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(booking, "CHUNK", 3)
    monkeypatch.setattr(turns, "FREE", 0)


def history(rng: Random) -> Iterator[FillLine]:
    """Day trades, some held over night, some turned round; fills of one content and moment."""
    held = 0
    for day in range(DAYS):
        for number in range(rng.randint(0, 2)):
            size, price, at = rng.choice((5, 10)), rng.randint(90, 110), day + number / 10
            side = rng.choice(("buy", "sell"))
            key = f"0000e0d5.{day}.{number}"
            yield fill(0, side, size, price, at, key=f"{key}a")
            left = rng.choice((0, 0, 0, 5, size))
            held += left if side == "buy" else -left
            if size - left:
                yield fill(0, "sell" if side == "buy" else "buy", size - left, price + 1, at + 0.05, key=f"{key}b")
        if held and rng.random() < 0.7:
            yield fill(0, "sell" if held > 0 else "buy", abs(held), 100, day + 0.4, key=f"0000e0d5.{day}.z")
            held = 0


def distorted(rng: Random, told: list[FillLine]) -> list[FillLine]:
    """The same with some times corrected by days, some names twice, and some fills left out."""
    found = []
    for one in told:
        if rng.random() < 0.9:
            days = rng.randint(-4, 4) if rng.random() < 0.08 else 0
            found.append(replace(one, at=one.at + timedelta(days=days)))
        if rng.random() < 0.06:
            found.append(replace(one, price=one.price + 3, at=one.at + timedelta(days=rng.randint(0, 5))))
    return found


def numbered(rng: Random, told: list[FillLine]) -> list[Said]:
    """Lines of a file: without names or with them, some lines telling two fills, with words and a split."""
    if rng.random() < 0.4:
        told = [replace(one, key="") for one in told]
    lines: list[Said] = []
    number = 2
    for one in told:
        number += rng.random() < 0.9
        lines.append(replace(one, line=number))
    at = sorted({one.line for one in lines})
    lines += [LabelLine(one, f"Words of {one}.", ("tag",)) for one in at if rng.random() < 0.15]
    if rng.random() < 0.3:
        lines.append(SplitLine(number + 5, NVDA, brought.at(rng.randint(2, DAYS)).date(), D(2), D(1)))
    return lines


def typed(seat: Seat, rng: Random, told: list[FillLine]) -> None:
    """Two trades that people typed, before anything was brought."""
    first, last = sorted(rng.sample([one for one in told if one.side == "buy"], 2), key=lambda one: one.at)
    for one, days in ((first, 0.001), (last, rng.choice((0.001, 2)))):
        trade = plan(seat, known("NVDA"))
        enter(seat, trade, f"{one.quantity:f}", f"{one.price:f}", one.at)
        leave(seat, trade, f"{one.quantity:f}", "101", one.at + timedelta(days=days))


def worked_on(seat: Seat, rng: Random) -> None:
    """What people did since: notes, changed times, and trades that were put away."""
    for trade in trades(seat):
        chance = rng.random() if trade.import_id is not None else 1
        if chance < 0.1:
            notes.add_note(seat, trade, parse(NoteInput, {"kind": "review", "body": "Too early."}), NOW)
        elif chance < 0.2:
            plans.delete_trade(seat, trade, NOW)
        elif chance < 0.3:
            first = brought.fills(trade)[0]
            correct(seat, trade, first, at=(first.at - timedelta(days=rng.choice((0.01, 3)))).isoformat())


def outcome(seat: Seat, row: Import, read: Spool) -> list[Any]:
    """The counts and verdicts of an import, and the books with it."""
    surveyed = survey.survey(row, seat, read, silent)
    judged = [one for _, one in spooled.verdicts(read, 10**6, 0)]
    booked = booking.book(row, seat, read, NOW, silent)
    return [surveyed, judged, booked, books()]


def books() -> dict[str, list[tuple[Any, ...]]]:
    """All rows but the ids of splits, which are made up each time."""
    found = everything()
    return found | {"splits": sorted(row[1:] for row in found["splits"])}


def quantities() -> dict[str, Decimal]:
    """How much there is of each fill, those together that turned the position round."""
    found: defaultdict[str, Decimal] = defaultdict(Decimal)
    for key, quantity in db.session.execute(select(Execution.key, Execution.quantity)):
        found[key.removesuffix(PART)] += quantity
    db.session.rollback()
    return dict(found)


def taken_out(seat: Seat, row: Import) -> str:
    try:
        take_out(seat, row)
    except Conflict as why:
        return str(why)
    return ""


def check(seat: Seat, folder: Path, seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    rng = Random(seed)
    told = list(history(rng))
    typed(seat, rng, told)
    bring(seat, folder, numbered(rng, [one for one in told if rng.random() < 0.5]), rng.choice(FORMATS))
    worked_on(seat, rng)
    row = statement(seat, rng.choice(FORMATS))
    with spool(folder, numbered(rng, distorted(rng, told))) as read:
        monkeypatch.setattr(cutting, "AT_ONCE", WHOLE)
        before = quantities()
        outcome(seat, row, read)
        assert before.items() <= quantities().items()
        assert taken_out(seat, row) or quantities() == before
        whole = outcome(seat, row, read)
        why_not = taken_out(seat, row)
        without = books()
        monkeypatch.setattr(cutting, "AT_ONCE", TINY)
        if not why_not:
            assert outcome(seat, row, read) == whole
        assert taken_out(seat, row) == why_not
        assert books() == without


@pytest.mark.parametrize("seed", range(int(os.environ.get("IMPORT_ROUNDS", "12"))))
def test_stretches_come_out_as_the_whole(
    seat: Seat, tmp_path: Path, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    check(seat, tmp_path, seed, monkeypatch)


class TestOnBothDatabases:
    @pytest.fixture
    def database_url(self, both_databases: str) -> str:
        return both_databases

    @pytest.mark.parametrize("seed", [28, 52, 122])
    def test_stretches_come_out_as_the_whole(
        self, seat: Seat, tmp_path: Path, seed: int, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Rounds that once lost fills, or ended in the middle."""
        check(seat, tmp_path, seed, monkeypatch)


# ---- where it is cut


def stretches(seat: Seat, read: Spool) -> list[Course]:
    ground = ground_of(statement(seat), seat, NOW)
    (group,) = grouped(spooled.contracts_of_fills(read), ground)
    cuts = cuts_of(read, group, ground, seat)
    found = [course_of(read, group, ground, seat, cuts=cuts)]
    while (since := found[-1].until) is not None:
        found.append(course_of(read, group, ground, seat, cuts=cuts, since=since))
    return found


def sizes(seat: Seat, folder: Path, lines: Sequence[Said]) -> list[int]:
    with spool(folder, lines) as read:
        return [len(one.found) for one in stretches(seat, read)]


@pytest.fixture
def _tiny(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cutting, "AT_ONCE", 1)


def day_trade(line: int, day: float, key: str = "") -> list[FillLine]:
    names = (f"{key}1", f"{key}2") if key else ("", "")
    return [fill(line, "buy", 5, 100, day, key=names[0]), fill(line + 1, "sell", 5, 101, day + 0.1, key=names[1])]


@pytest.mark.usefixtures("_tiny")
class TestCuts:
    def test_each_day_from_flat_to_flat_is_one(self, seat: Seat, tmp_path: Path) -> None:
        lines = [*day_trade(2, 1), *day_trade(4, 2), *day_trade(6, 3)]
        assert sizes(seat, tmp_path, lines) == [2, 2, 2]
        bring(seat, tmp_path, lines)
        assert sizes(seat, tmp_path, lines) == [2, 2, 2]

    def test_what_is_held_is_never_cut(self, seat: Seat, tmp_path: Path) -> None:
        assert sizes(seat, tmp_path, [fill(1, "buy", 1, 100, 0), *day_trade(2, 1), *day_trade(4, 2)]) == [5]

    def test_a_position_of_the_books_goes_through_what_is_flat_in_the_file(self, seat: Seat, tmp_path: Path) -> None:
        bring(seat, tmp_path, [fill(1, "buy", 1, 100, 0), fill(2, "sell", 1, 100, 2.2)])
        assert sizes(seat, tmp_path, [*day_trade(2, 1), *day_trade(4, 2), *day_trade(6, 3)]) == [4, 2]

    def test_what_the_file_does_not_tell_of_a_position_is_in_the_books(self, seat: Seat, tmp_path: Path) -> None:
        bring(seat, tmp_path, [fill(1, "buy", 9, 100, 0)])
        lines = [fill(2, "sell", 9, 100, 1), *day_trade(4, 2), *day_trade(6, 3)]
        assert sizes(seat, tmp_path, lines) == [1, 2, 2]

    def test_one_name_twice_is_seen(self, seat: Seat, tmp_path: Path) -> None:
        lines = [*day_trade(2, 1, key="A"), *day_trade(4, 2), *day_trade(6, 3, key="A"), *day_trade(8, 4)]
        assert sizes(seat, tmp_path, lines) == [6, 2]

    def test_a_corrected_time_is_seen(self, seat: Seat, tmp_path: Path) -> None:
        bring(seat, tmp_path, [*day_trade(2, 1, key="A"), *day_trade(4, 2)])
        assert sizes(seat, tmp_path, [*day_trade(4, 2), *day_trade(6, 3, key="A"), *day_trade(8, 4)]) == [4, 2]

    def test_fills_of_one_line_stay_together(self, seat: Seat, tmp_path: Path) -> None:
        lines = [*day_trade(2, 1), *day_trade(4, 2), *day_trade(2, 3), *day_trade(8, 4)]
        assert sizes(seat, tmp_path, lines) == [6, 2]

    def test_a_split_over_night_is_held(self, seat: Seat, tmp_path: Path) -> None:
        bring(seat, tmp_path, [SplitLine(1, NVDA, brought.at(2).date(), D(2), D(1))])
        lines = [fill(2, "buy", 5, 100, 1), fill(3, "sell", 10, 50, 3), *day_trade(4, 4)]
        assert sizes(seat, tmp_path, lines) == [2, 2]

    def test_a_trade_that_was_changed_meanwhile_is_not_torn(self, seat: Seat, tmp_path: Path) -> None:
        with spool(tmp_path, [*day_trade(2, 1), *day_trade(4, 2)]) as read:
            ground = ground_of(statement(seat), seat, NOW)
            (group,) = grouped(spooled.contracts_of_fills(read), ground)
            cuts = cuts_of(read, group, ground, seat)
            trade = plan(seat)
            enter(seat, trade, "1", "100", brought.at(1))
            leave(seat, trade, "1", "100", brought.at(2))
            with pytest.raises(Conflict):
                course_of(read, group, ground, seat, cuts=cuts)


@pytest.mark.usefixtures("_tiny")
@pytest.mark.parametrize("names", ["", "A"])
def test_what_is_too_long_to_be_looked_at_together_is_refused_before_anything_is_written(
    seat: Seat, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, names: str
) -> None:
    held = [fill(1, "buy", 1, 100, 0), *day_trade(2, 1)] if not names else day_trade(2, 1, key=names)
    lines = [*held, *day_trade(4, 2), *day_trade(6, 3, key=names)]
    monkeypatch.setattr(cutting, "MOST_TOGETHER", 4)
    with pytest.raises(Conflict, match="More than 4 fills of NVDA follow one another"):
        bring(seat, tmp_path, lines)
    assert trades(seat) == []
    bring(seat, tmp_path, [*day_trade(2, 1), *day_trade(4, 2), *day_trade(6, 3)])
    assert len(trades(seat)) == 3


@pytest.mark.usefixtures("_tiny")
def test_the_longest_that_is_looked_at_together_is_known_again(
    seat: Seat, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = [fill(1, "buy", 1, 100, 0), *day_trade(2, 1), *day_trade(4, 2)]
    monkeypatch.setattr(cutting, "MOST_TOGETHER", len(lines))
    bring(seat, tmp_path, lines)
    _, again = bring(seat, tmp_path, lines)
    assert (again.fills_new, again.fills_known) == (0, len(lines))
