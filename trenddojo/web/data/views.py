"""What the page of a person's own data shows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from trenddojo.services.archive.arrivals import Arrival
from trenddojo.services.archive.course import Stage

_HELD = (
    ("accounts", "Accounts", "with their limits, fees, goals, checklist and cash"),
    ("trades", "Trades", "plans, legs, stops, labels and tags"),
    ("executions", "Fills", "deleted and corrected ones too"),
    ("trade_notes", "Notes on trades", "as you typed them"),
    ("journal_notes", "Notes on days", "as you typed them"),
    ("orders", "Orders", "with all that became of them"),
    ("attachments", "Pictures", "as they are kept, to the byte"),
)


@dataclass(frozen=True, slots=True)
class Held:
    """One kind of record: how many the person owns."""

    name: str
    note: str
    count: int


def holds(counted: Mapping[str, int]) -> Sequence[Held]:
    """What an archive would hold now."""
    return [Held(name, note, counted[table]) for table, name, note in _HELD]


_STAGES = {
    Stage.WAITING: ("Waiting for its turn", ""),
    Stage.READING: ("Looking through it", "rows"),
    Stage.WRITING: ("Writing it down", "rows"),
    Stage.RECKONING: ("Computing every figure", "trades"),
}


@dataclass(frozen=True, slots=True)
class Coming:
    """An archive on its way: what is being done, how far, in which units; or how it ended."""

    name: str
    what: str
    units: str
    done: int
    total: int
    is_over: bool
    error: str
    told: str


def coming(arrival: Arrival) -> Coming:
    """What the page says of an archive that was sent."""
    what, units = _STAGES[arrival.stage]
    told = arrival.brought.told("your") if arrival.brought else ""
    return Coming(arrival.name, what, units, arrival.done, arrival.total, arrival.is_over, arrival.error, told)
