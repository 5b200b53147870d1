"""Doing something with every connection that answers, at the same time, so that a slow one holds no other up."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar
from uuid import UUID

from flask import Flask, current_app

from trenddojo.store import connections
from trenddojo.store.database import discard
from trenddojo.store.models import ConnectionState

_T = TypeVar("_T")
_AT_ONCE = 32


def each_connected(act: Callable[[UUID], _T]) -> list[_T]:
    """Call `act` with the id of each connected connection, within the application, and collect what came of it.

    Ends the caller's transaction without keeping it. What one call raises is raised when all have ended.
    """
    ids = [one.id for one in connections.active() if one.state is ConnectionState.CONNECTED]
    discard()
    if not ids:
        return []
    app = current_app._get_current_object()  # type: ignore[attr-defined]
    with ThreadPoolExecutor(min(_AT_ONCE, len(ids)), thread_name_prefix="brokers") as pool:
        return list(pool.map(lambda connection_id: _within(app, act, connection_id), ids))


def _within(app: Flask, act: Callable[[UUID], _T], connection_id: UUID) -> _T:
    with app.app_context():
        return act(connection_id)
