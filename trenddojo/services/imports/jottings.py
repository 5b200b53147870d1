"""What the work jots down among an import's counts, beside the figures."""

from collections.abc import Mapping
from datetime import date
from typing import Any, NamedTuple

ACCOUNTS = "accounts"
"""The broker's names of the accounts that a file holds, where they are several."""
REFUSED = "lines_refused"
"""How many lines were refused, by reading and by the survey."""
WANTS = "wants"
"""What reading found out to be open in this file, though not in every one of its format."""
TRIES, GOT_TO = "tries", "got_to"
"""How often the present stage was begun without getting further, and how far it had got."""
PHASE, COMPARING, ASSUMING = "phase", "comparing", "assuming"
"""Which part of a stage is under way: the second half of the reading, or of booking that only stops are assumed anew.
The latter stays where that failed, to say what did."""
MOVED = "opening_moved"
"""From which day to which it moved the account's opening."""
_OF_WORK = (TRIES, GOT_TO, PHASE)


def figures(counts: Mapping[str, Any]) -> dict[str, Any]:
    """The counts without what only the work needs."""
    return {name: value for name, value in counts.items() if name not in _OF_WORK}


def only_accounts(counts: Mapping[str, Any]) -> dict[str, Any]:
    """What stays known of a file that is read anew."""
    return {name: value for name, value in counts.items() if name == ACCOUNTS}


def begun(counts: Mapping[str, Any]) -> dict[str, Any]:
    """The counts of a stage that begins, maybe again: reading does so with its first half."""
    return dict(counts) if is_assuming(counts) else {name: one for name, one in counts.items() if name != PHASE}


def is_assuming(counts: Mapping[str, Any]) -> bool:
    """Whether stops are assumed anew, or could not be."""
    return counts.get(PHASE) == ASSUMING


def with_phase(counts: Mapping[str, Any], phase: str) -> dict[str, Any]:
    """The figures with the part of a stage that comes next."""
    return {**figures(counts), PHASE: phase}


class Move(NamedTuple):
    """The account opened on the day `since`, and does on the earlier day `to` because of an import."""

    since: date
    to: date


def move_of(counts: Mapping[str, Any]) -> Move | None:
    """How an import moved the account's opening; None where it did not."""
    found = counts.get(MOVED)
    return Move(*map(date.fromisoformat, found)) if found else None


def with_move(counts: Mapping[str, Any], move: Move | None) -> dict[str, Any]:
    """The counts with another move, or without any."""
    rest = {name: value for name, value in counts.items() if name != MOVED}
    return {**rest, MOVED: [day.isoformat() for day in move]} if move else rest
