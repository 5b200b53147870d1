"""What was exported and brought into an empty installation reports the same, to the last digit."""

from __future__ import annotations

import io
from random import Random

import pytest
from flask import Flask
from sqlalchemy import select

from tests.agreement.loading import recorded, written
from tests.agreement.worlds import random_world
from tests.archive.figures import differing, figures_of
from tests.archive.moving import Elsewhere, data_files, made
from tests.conftest import Clock
from trenddojo.services.archive.bringing import bring
from trenddojo.services.errors import Invalid
from trenddojo.store.database import db
from trenddojo.store.models import Instrument
from trenddojo.store.seats import Seat, seats_of


def _spelled(seat: Seat) -> None:
    """Instruments are known by their terms, as the product itself makes them."""
    for row in db.session.scalars(select(Instrument)):
        multiplier = f"{row.multiplier.normalize():f}"
        row.identity = f"{row.asset_type}|{row.symbol}|{row.currency}||{multiplier}"
    db.session.commit()


@pytest.mark.parametrize("seed", range(6))
def test_every_figure_comes_back(app: Flask, clock: Clock, elsewhere: Elsewhere, seed: int) -> None:
    world = random_world(4000 + seed, recordable=seed % 2 == 0)
    clock.now = world.now
    seat = recorded(world, Random(seed)) if seed % 2 == 0 else written(world)
    _spelled(seat)
    before, archive, email = figures_of(seat, clock()), made(seat.user, clock), seat.user.email
    with elsewhere.running():
        pass

    def then(person, _brought):
        [there] = seats_of(person)
        after = figures_of(there, clock())
        again = made(person, clock)
        with pytest.raises(Invalid, match="is here already"):
            bring(person, io.BytesIO(archive), clock())
        return after, again

    after, again = elsewhere.bring(archive, email, then)
    assert differing(before, after) == {}
    first, second = data_files(archive), data_files(again)
    del first["json/people.jsonl"], second["json/people.jsonl"], first["csv/people.csv"], second["csv/people.csv"]
    assert first == second
