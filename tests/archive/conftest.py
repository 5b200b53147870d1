"""A second installation beside the first."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests import postgres
from tests.archive.moving import Elsewhere
from tests.conftest import Clock, CompiledTemplates, with_tables
from tests.orders.conftest import sim

__all__ = ["sim"]


@pytest.fixture(scope="session")
def tables_elsewhere(postgres_server: postgres.Server | None) -> str:
    """The address of a second PostgreSQL database with all tables."""
    if postgres_server is None:
        postgres.skip_or_fail()
    assert postgres_server is not None
    return with_tables(postgres_server.fresh_database())


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def elsewhere(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    empty_database: Path,
    compiled_templates: CompiledTemplates,
    clock: Clock,
) -> Elsewhere:
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path}/elsewhere.db"
    else:
        url = request.getfixturevalue("tables_elsewhere")
        postgres.clear(url)
    return Elsewhere(url, empty_database, compiled_templates, clock, tmp_path / "pictures elsewhere")
