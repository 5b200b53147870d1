"""Statements for tests: small files as brokers write them, brought in and worked off."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID

from tests.conftest import NOW
from trenddojo.services.imports import acts, uploads, work
from trenddojo.services.imports.uploads import Received
from trenddojo.services.inputs import parse
from trenddojo.services.inputs.imports import ImportOptions
from trenddojo.store import imports
from trenddojo.store.database import discard
from trenddojo.store.models import Import
from trenddojo.store.seats import Seat

TRADERVUE = """Date,Time,Symbol,Quantity,Price,Side
2026-03-02,10:30:00,AAPL,100,150.25,B
2026-03-05,15:10:00,AAPL,100,155.75,S
2026-03-09,11:00:00,MSFT,40,400.10,B
2026-03-12,12:00:00,MSFT,forty,410.10,S
2026-03-13,12:30:00,MSFT,40,410.60,S
"""
"""Two round trips, and one line that nobody can read. Its clock times name no zone."""


def bring(seat: Seat, content: str | bytes = TRADERVUE, name: str = "trades.csv") -> Received:
    """Send a file."""
    sent = uploads.folder().incoming()
    sent.write(content.encode() if isinstance(content, str) else content)
    with_closing = uploads.receive(seat, name, sent, NOW)
    sent.close()
    return with_closing


def say(seat: Seat, row: Import, form: str = "", **options: object) -> Import:
    """Answer what is asked of it."""
    return acts.answer(seat, row.id, form, parse(ImportOptions, options), NOW)


def looked_at(seat: Seat, content: str | bytes = TRADERVUE) -> Import:
    """A statement that is ready to be imported."""
    row = bring(seat, content).row
    say(seat, row, zone="America/New_York")
    return worked(row.id)


def worked(import_id: UUID) -> Import:
    """An import after its present stage."""
    discard()
    assert work.work(import_id, None, NOW)
    found = imports.by_id(import_id)
    assert found is not None
    return found


def lying(path: Path) -> list[str]:
    """What lies in a folder, by name."""
    return sorted(str(one.relative_to(path)) for one in path.rglob("*") if one.is_file())
