"""Fills that were corrected: what a broker said last of each."""

from collections.abc import Iterable

from trenddojo.brokers.types import Execution


def newest(told: Iterable[Execution]) -> list[Execution]:
    """Of each fill and its corrections the last revision, by time; those of one instant stay as they were told."""
    found: dict[str, Execution] = {}
    for one in told:
        before = found.get(one.root_id)
        if before is None or one.revision > before.revision:
            found[one.root_id] = one
    return sorted(found.values(), key=lambda one: one.at)
