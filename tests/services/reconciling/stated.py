"""Statements that tell figures, as if they had been read."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from tests.conftest import NOW
from tests.services import exposed
from trenddojo.domain.equity import local_date
from trenddojo.domain.terms import ImportStatus
from trenddojo.services.imports import uploads
from trenddojo.services.imports.counts import Counts
from trenddojo.statements.lines import Said, SumKind, SumLine
from trenddojo.statements.spool import Spool
from trenddojo.store.database import db
from trenddojo.store.models import Import
from trenddojo.store.seats import Seat


def on(seat: Seat, ago: float) -> date:
    """The account's date of so many days ago."""
    return local_date(exposed.days_ago(ago), seat.zone)


def statement(seat: Seat, *lines: Said, **options: str) -> Import:
    """A statement that was read: of these lines."""
    row = Import(
        account_id=seat.account.id,
        name="statement.csv",
        size=1,
        sha256="",
        status=ImportStatus.DONE,
        options=options,
        counts=Counts().as_json,
        created_by=seat.user.id,
        created_at=NOW,
    )
    db.session.add(row)
    db.session.commit()
    place = uploads.folder()
    place.make(row.id)
    with Spool.begin(place.spool(row.id)) as spool:
        list(spool.take(lines))
    return row


def sum_line(seat: Seat, kind: SumKind, amount: str, symbol: str = "", currency: str = "USD") -> SumLine:
    """A figure of the last nine days."""
    return SumLine(9, kind, on(seat, 9), on(seat, 0), currency, Decimal(amount), symbol)
