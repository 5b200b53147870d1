"""A second installation beside the first."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests import postgres
from tests.archive.moving import Elsewhere
from tests.conftest import Clock, CompiledTemplates
from tests.orders.conftest import sim

__all__ = ["sim"]


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
        server: postgres.Server | None = request.getfixturevalue("postgres_server")
        if server is None:
            postgres.skip_or_fail()
        assert server is not None
        url = server.fresh_database()
    return Elsewhere(url, empty_database, compiled_templates, clock, tmp_path / "pictures elsewhere")
