"""Many things, some at a time."""

from collections.abc import Iterator
from itertools import islice
from typing import TypeVar

PORTION = 500
"""Lines that are looked at, or kept, together."""
_T = TypeVar("_T")


def portions(lines: Iterator[_T], size: int) -> Iterator[list[_T]]:
    """Some at a time."""
    while portion := list(islice(lines, size)):
        yield portion
