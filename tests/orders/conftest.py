"""The floors that the tests of the order engine stand on."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.conftest import Clock
from tests.orders.floor import Floor, floor
from trenddojo.store.models import User


@pytest.fixture
def sim(app: Flask, clock: Clock, user: User) -> Floor:
    """An account at the simulated broker, whose exits grow with their entry's fills."""
    return floor(app, clock, user)


@pytest.fixture
def alpaca(app: Flask, clock: Clock, user: User) -> Floor:
    """An account in Alpaca's mock mode: exits sleep until the whole entry has filled, a replace makes a new order."""
    return floor(app, clock, user, "alpaca", starting_cash="90000000")
