"""Programs, and the desks that they call on."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from flask import Flask

from tests.conftest import Clock, CompiledTemplates, make_seat, make_user, serving
from tests.web.api.desk import Desk, Program, furnished
from trenddojo.store.models import User
from trenddojo.store.people import user_by_email
from trenddojo.store.seats import Seat

DESKS = {"desk", "strangers"}


@dataclass(frozen=True)
class Furnished:
    """A database with both desks on it, made once: to copy it takes a hundredth of the time to make it."""

    path: Path
    desk: Desk
    strangers: Desk

    def bring_statements(self, app: Flask) -> None:
        """Lay the desks' statements where `app` looks for them."""
        place = app.extensions["trenddojo"].config.imports_path
        shutil.copytree(self.path.parent / "imports", place, dirs_exist_ok=True)


@pytest.fixture(scope="session")
def both_desks(
    tmp_path_factory: pytest.TempPathFactory, empty_database: Path, compiled_templates: CompiledTemplates
) -> Furnished:
    path = tmp_path_factory.mktemp("desks") / "desks.db"
    shutil.copy(empty_database, path)
    with serving(f"sqlite:///{path}", Clock(), compiled_templates) as app:
        marta, member = make_user("marta@example.org", "Marta Lind"), jon()
        desk = furnished(Program(app, marta), make_seat(marta), member)
        strangers = hers(app, member)
        return Furnished(path, replace(desk, owner=None), replace(strangers, owner=None))


@pytest.fixture
def database_file(database_file: Path | None, request: pytest.FixtureRequest) -> Path | None:
    """The file that a test's SQLite database begins as: one with desks where the test asks for a desk."""
    if database_file is None or not DESKS & set(request.fixturenames):
        return database_file
    made: Furnished = request.getfixturevalue("both_desks")
    return made.path


@pytest.fixture
def program(app: Flask, seat: Seat) -> Program:
    """Marta's, with every scope."""
    return Program(app, seat.user)


@pytest.fixture
def member(app: Flask) -> User:
    """Jon, who will be let in to look."""
    return jon()


@pytest.fixture
def desk(
    program: Program, seat: Seat, member: User, database_file: Path | None, request: pytest.FixtureRequest
) -> Desk:
    """Marta's desk with a plan, an open trade and a member."""
    if database_file is None:
        return furnished(program, seat, member)
    made: Furnished = request.getfixturevalue("both_desks")
    made.bring_statements(program.app)
    return replace(made.desk, owner=program)


@pytest.fixture
def strangers(app: Flask, member: User, database_file: Path | None, request: pytest.FixtureRequest) -> Desk:
    """Somebody else's desk, of which Marta knows nothing."""
    if database_file is None:
        return hers(app, member)
    made: Furnished = request.getfixturevalue("both_desks")
    return made.strangers


def jon() -> User:
    return user_by_email("jon@example.org") or make_user("jon@example.org", "Jon Berg")


def hers(app: Flask, member: User) -> Desk:
    pia = make_user("pia@example.org", "Pia Holm")
    return furnished(Program(app, pia), make_seat(pia, "Hers"), member)
