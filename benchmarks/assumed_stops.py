"""The stops of 5,000 trades from a statement assumed by a rule after it was booked, by another one, and taken away.

Run: .venv/bin/python -m benchmarks.assumed_stops [fills]
Printed are seconds by the clock and at work, the longest transaction, and memory over what the process had before.
"""

import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from sqlalchemy import select

from benchmarks import imports as brought
from benchmarks.pages import application
from benchmarks.seed import NOW, fill
from trenddojo.domain.bars import Bar
from trenddojo.domain.terms import Timeframe
from trenddojo.services.bars import REAL
from trenddojo.services.imports.assuming import assume
from trenddojo.services.imports.booking import book
from trenddojo.services.imports.turns import Turns
from trenddojo.statements.spool import Spool
from trenddojo.store.database import db
from trenddojo.store.models import Account, Import, User
from trenddojo.store.seats import Seat, SeatRole

FILLS = 16_500
"""About 5,000 trades of them."""
RULES = (
    ("percent", {"kind": "percent", "value": "8"}),
    ("the same again", {"kind": "percent", "value": "8"}),
    ("fixed risk", {"kind": "fixed_risk", "value": "500"}),
    ("none", None),
)


class _Longest(Turns):
    """Remembers the longest turn."""

    seconds = 0.0
