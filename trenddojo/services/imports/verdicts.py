"""What the survey said of each line, read for the page that shows it."""

from collections.abc import Iterator
from dataclasses import dataclass

from trenddojo.statements import spooled
from trenddojo.statements.lines import Line, Refusal
from trenddojo.statements.spool import Spool


@dataclass(frozen=True, slots=True)
class PreviewLine:
    """A line as it was understood, and what would become of it: `verdict` is new, known, refused, or skipped where it
    is another account's."""

    said: Line
    verdict: str
    detail: str


def preview(spool: Spool, limit: int, offset: int) -> list[PreviewLine]:
    """Some lines in the file's order, with their verdicts."""
    return [PreviewLine(said, one.verdict, one.detail) for said, one in spooled.verdicts(spool, limit, offset)]


def refusals(spool: Spool) -> Iterator[Refusal]:
    """The lines that were refused, by reading and by the survey, in the file's order.

    The survey has no text of the lines that it refuses: the file does.
    """
    return spooled.refused(spool)
