"""Splits that a statement tells of."""

from trenddojo.services.imports.courses import REFUSED
from trenddojo.services.imports.ground import Ground
from trenddojo.statements import spooled
from trenddojo.statements.spool import Spool
from trenddojo.statements.spooled import Verdict
from trenddojo.store.seats import Seat


def surveyed(spool: Spool, ground: Ground, seat: Seat) -> list[Verdict]:
    """Which splits are new."""
    why = "Record this split by hand."
    return [Verdict(one.said.line, "split", one.row, REFUSED, why) for one in spooled.splits(spool)]
