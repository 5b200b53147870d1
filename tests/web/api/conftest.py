"""Programs, and the desks that they call on."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.conftest import make_seat, make_user
from tests.web.api.desk import Desk, Program, furnished
from trenddojo.store.models import User
from trenddojo.store.seats import Seat


@pytest.fixture
def program(app: Flask, seat: Seat) -> Program:
    """Marta's, with every scope."""
    return Program(app, seat.user)


@pytest.fixture
def member(app: Flask) -> User:
    """Jon, who will be let in to look."""
    return make_user("jon@example.org", "Jon Berg")


@pytest.fixture
def desk(program: Program, seat: Seat, member: User) -> Desk:
    """Marta's desk with a plan, an open trade and a member."""
    return furnished(program, seat, member)


@pytest.fixture
def strangers(app: Flask, member: User) -> Desk:
    """Somebody else's desk, of which Marta knows nothing."""
    other = make_user("pia@example.org", "Pia Holm")
    return furnished(Program(app, other), make_seat(other, "Hers"), member)
