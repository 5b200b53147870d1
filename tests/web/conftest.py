"""What the tests of the order pages share: a trading floor, and the browser of the person who trades there."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.conftest import Clock, sign_in
from tests.orders.floor import Floor, floor
from trenddojo.store.database import discard
from trenddojo.store.models import User


@pytest.fixture
def desk(app: Flask, clock: Clock, user: User) -> Floor:
    return floor(app, clock, user)


@pytest.fixture
def browser(app: Flask, desk: Floor) -> FlaskClient:
    client = sign_in(app, desk.seat.user)
    client.post("/accounts/switch", data={"account_id": str(desk.account_id)})
    discard()
    return client
