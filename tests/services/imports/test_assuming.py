"""A rule for stops that is chosen after an import leaves the same books as one that was chosen before it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.conftest import NOW
from tests.services.imports.brought import (
    NVDA, D, at, bring, everything, fill, fills, silent, take_out, trades,
)  # fmt: skip
from trenddojo.services.imports.assuming import assume
from trenddojo.store.database import db
from trenddojo.store.models import Import
from trenddojo.store.seats import Seat

PERCENT = {"kind": "percent", "value": "5"}
RISK = {"kind": "fixed_risk", "value": "250"}
LINES = [
    fill(2, "buy", 10, 100, 1), fill(3, "buy", 10, 110, 2), fill(4, "sell", 20, 130, 3),
    fill(5, "sell", 5, 50, 4), fill(6, "buy", 15, 60, 5), fill(7, "sell", 4, 70, 6),
]  # fmt: skip


@pytest.fixture
def database_url(both_databases: str) -> str:
    return both_databases


def choose(seat: Seat, row: Import, rule: dict[str, Any] | None) -> Any:
    row.options = {name: value for name, value in row.options.items() if name != "stop_rule"}
    row.options = {**row.options, "stop_rule": rule} if rule else row.options
    db.session.commit()
    return assume(row, seat, silent)


@pytest.mark.parametrize("rule", [PERCENT, RISK])
def test_chosen_afterwards_it_is_as_chosen_before(seat: Seat, tmp_path: Path, rule: dict[str, Any]) -> None:
    row, _ = bring(seat, tmp_path, LINES)
    plain = everything()
    counts = choose(seat, row, rule)
    afterwards = everything()
    assert choose(seat, row, None).stops_assumed == 0
    assert everything() == plain
    take_out(seat, row)
    db.session.commit()
    again, booked = bring(seat, tmp_path, LINES, stop_rule=rule)
    assert booked.stops_assumed == counts.stops_assumed == 3
    assert without_ids(everything(), again) == without_ids(afterwards, row)


def without_ids(found: dict[str, Any], row: Import) -> Any:
    return repr(found).replace(repr(row.id), "its import")
