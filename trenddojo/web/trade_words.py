"""What fills and notes of a trade are called, the same on every page that tells of them."""

from trenddojo.domain.terms import Direction, ExitReason, NoteKind

REASONS = {
    ExitReason.STOP_LOSS: "stop loss",
    ExitReason.TRAILING_STOP: "trailing stop",
    ExitReason.TARGET: "target",
    ExitReason.MANUAL: "by hand",
    ExitReason.EXPIRED: "expired",
    ExitReason.RECONCILED: "reconciled",
}
NOTES = {
    NoteKind.ENTRY: "Entry note",
    NoteKind.MANAGEMENT: "Management note",
    NoteKind.EXIT: "Exit note",
    NoteKind.REVIEW: "Review",
}


def entered(direction: Direction) -> str:
    """What an entry did, in the past tense."""
    return "Bought" if direction is Direction.LONG else "Sold short"


def left(direction: Direction) -> str:
    """What an exit did, in the past tense."""
    return "Sold" if direction is Direction.LONG else "Bought back"
