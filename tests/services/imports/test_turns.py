"""Turns at writing leave the database to others after so much of it, and not after each."""

from __future__ import annotations

import pytest
from flask import Flask

from trenddojo.services.imports.turns import FREE, HELD, Turns


@pytest.mark.parametrize("computed", [0.0, FREE / 2, FREE * 2])
def test_after_so_much_writing_the_database_is_left_to_others(app: Flask, computed: float) -> None:
    now, slept = [0.0], list[float]()

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        now[0] += seconds

    turns = Turns(lambda: now[0], sleep)
    for _ in range(9):
        with turns.turn():
            now[0] += HELD * 0.6
        now[0] += computed
    assert slept == pytest.approx([max(FREE - computed, 0)] * 4)
