"""The same request several times at the same moment, on both databases: it is done once, and answered alike."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.web.api.desk import MAKING, Desk, Program, counts
from trenddojo.store.database import db
from trenddojo.web.api.operations import Operation


@pytest.fixture
def database_url(both_databases: str) -> str:
    return both_databases


@pytest.mark.parametrize("operation", MAKING, ids=lambda one: one.name)
def test_at_the_same_moment_it_is_done_once(program: Program, desk: Desk, operation: Operation) -> None:
    path, body = desk.path_of(operation), desk.body_of(operation)
    db.session.rollback()
    before = counts()
    db.session.remove()
    replies = _together(lambda: program.call("POST", path, body, Idempotency_Key="one"))
    assert [reply.status_code for reply in replies] == [operation.status] * len(replies)
    assert all(reply.get_json() == replies[0].get_json() for reply in replies)
    assert max(now - then for now, then in zip(counts(), before, strict=True)) <= 1


def _together(send: Callable[[], Any], times: int = 4) -> list[Any]:
    with ThreadPoolExecutor(times) as pool:
        return [future.result() for future in [pool.submit(send) for _ in range(times)]]
