"""Random closed trades written as rows, as if their books had been settled."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from random import Random
from typing import Any
from uuid import UUID, uuid5

from sqlalchemy import insert

from tests.conftest import NOW
from tests.services.recorded import instrument
from trenddojo.domain.equity import local_date
from trenddojo.domain.terms import Direction, TradeStatus
from trenddojo.store.audit import UNAUDITED
from trenddojo.store.database import Base, db
from trenddojo.store.models import Instrument, Tag, Trade, TradeTag
from trenddojo.store.seats import Seat

TAGS = ("leader", "gap", "ai, or not", 'quo"ted', "ü")
LARGE = 10**16
"""Cents that a sum of nine of does not fit 64 bits when squared, and R of the like."""


def write(seat: Seat, random: Random, count: int, *, large: bool = False) -> None:
    """So many closed trades, with some that are deleted."""
    of = instrument(f"I{random.random()}")
    rows = [_row(seat, of, random, large) for _ in range(count)]
    tags = {name: uuid5(seat.account.id, name) for name in TAGS}
    db.session.add_all(Tag(id=key, account_id=seat.account.id, name=name) for name, key in tags.items())
    db.session.flush()
    _insert(Trade, rows)
    _insert(TradeTag, [{"trade_id": row["id"], "tag_id": tags[name]} for row in rows for name in row["tags"]])
    db.session.commit()


def _insert(table: type[Base], rows: list[dict[str, Any]]) -> None:
    if rows:
        db.session.execute(insert(table), rows, execution_options={UNAUDITED: True})


def _row(seat: Seat, of: Instrument, random: Random, large: bool) -> dict[str, Any]:
    opened = NOW - timedelta(days=random.choice([0, 3, 8, 18, 18.5, 200, 246, 400]), seconds=random.randrange(90_000))
    closed = min(NOW, opened + timedelta(days=random.choice([0, 0, 0.9, 1, 2, 6, 15, 61]) * random.random()))
    most = LARGE if large else 5_000
    cents = random.choice([0, 0, random.randint(-most, most), random.randint(-most, most)])
    r = random.choice(
        [
            None,
            Decimal(cents) / (10**9 if large else 5_000),
            Decimal(random.randint(-(10**17), 10**17) if large else 1) / 10**9,
        ]
    )
    labels = {
        "setup": random.choice(["", "Breakout", "Pullback"]), "setup_quality": random.choice([None, 1, 4, 5]),
        "market_condition": random.choice(["", "trend", "choppy"]), "tags": random.sample(TAGS, random.randrange(4)),
    }  # fmt: skip
    return {
        "id": UUID(int=random.getrandbits(128)), "account_id": seat.account.id, "instrument_id": of.id,
        "symbol": random.choice("ABC"), "direction": random.choice(list(Direction)), "status": TradeStatus.CLOSED,
        "planned_entry": 1, "planned_quantity": 1, "planned_at": opened, "created_by": seat.user.id,
        "sort_at": opened, "opened_at": opened, "closed_at": closed,
        "closed_on": local_date(closed, seat.zone), **labels,
        "realised": Decimal(cents) / 100, "r": r and round(r, 9), "deleted_at": random.choice([None, None, None, NOW]),
    }  # fmt: skip
