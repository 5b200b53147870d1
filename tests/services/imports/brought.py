"""Short ways to bring a statement into an account's books."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import uuid4

from sqlalchemy import select

from tests.conftest import NOW
from trenddojo.domain.terms import AssetType, ImportStatus, Side
from trenddojo.services.imports.booking import book
from trenddojo.services.imports.counts import Counts
from trenddojo.services.imports.survey import survey
from trenddojo.services.imports.undoing import undo
from trenddojo.statements.lines import Contract, FillLine, Said
from trenddojo.statements.spool import Spool
from trenddojo.store.database import Base, db
from trenddojo.store.models import Execution, Import, Trade
from trenddojo.store.seats import Seat

D = Decimal
START = NOW - timedelta(days=400)
NVDA = Contract("NVDA", currency="USD")
FORMAT = "schwab_transactions"


def at(days: float) -> datetime:
    """So many days after the first day of the tests' history."""
    return START + timedelta(days=days)


def fill(line: int, side: str, quantity: Any, price: Any, days: float, **more: Any) -> FillLine:
    """A fill as a statement tells it."""
    given = {"contract": NVDA, "is_dated": False, "fee": D(1), **more}
    return FillLine(line=line, at=at(days), side=Side(side), quantity=D(quantity), price=D(price), **given)


def statement(seat: Seat, format_: str = FORMAT, **options: Any) -> Import:
    """An import of a file, before it is read."""
    row = Import(
        id=uuid4(), account_id=seat.account.id, name="file.csv", size=1, sha256="", format=format_, options=options,
        status=ImportStatus.READY, created_by=seat.user.id, created_at=NOW,
    )  # fmt: skip
    db.session.add(row)
    db.session.commit()
    return row


def spool(folder: Path, lines: Iterable[Said]) -> Spool:
    """What was read of a file."""
    made = Spool.begin(folder / f"{uuid4().hex}.spool")
    for _ in made.take(lines):
        pass
    return made


def silent(_done: int, _total: int) -> None:
    """Tells nobody."""


def bring(
    seat: Seat, folder: Path, lines: Sequence[Said], format_: str = FORMAT, **options: Any
) -> tuple[Import, Counts]:
    """Bring a file into the books; the counts of its survey are those of its booking."""
    row = statement(seat, format_, **options)
    with spool(folder, lines) as read:
        surveyed = survey(row, seat, read, silent)
        booked = book(row, seat, read, NOW, silent)
    assert surveyed == replace(booked, stops_assumed=0, stops_without_bars=0)
    return row, booked


def take_out(seat: Seat, row: Import) -> Counts:
    return undo(row, seat, NOW, silent)


def trades(seat: Seat) -> list[Trade]:
    """The account's trades by their first fill."""
    query = select(Trade).where(Trade.account_id == seat.account.id, Trade.deleted_at.is_(None))
    return list(db.session.scalars(query.order_by(Trade.sort_at, Trade.id)))


def fills(trade: Trade) -> list[Execution]:
    query = select(Execution).where(Execution.trade_id == trade.id, Execution.deleted_at.is_(None))
    return list(db.session.scalars(query.order_by(Execution.at, Execution.sequence, Execution.key)))


_BESIDE = {"audit_log", "imports", "alembic_version", "topics", "instruments", "tags"}


def everything() -> dict[str, list[tuple[Any, ...]]]:
    """All rows of all tables that are somebody's books, as they are stored."""
    db.session.commit()
    found = {}
    for table in Base.metadata.sorted_tables:
        if table.name not in _BESIDE:
            rows = db.session.execute(select(table)).all()
            found[table.name] = sorted(tuple(map(repr, row)) for row in rows)
    db.session.rollback()
    return found


def option(symbol: str = "NVDA", **terms: Any) -> Contract:
    return Contract(symbol, AssetType.OPTION, "USD", multiplier=D(100), **terms)
