"""Statements compiled once for all applications of a test process.

SQLAlchemy remembers what it compiled for each engine and each engine's dialect. Applications of one process differ in
their database alone; without this every test would compile its statements anew, which is half of what most of them do.
"""

from __future__ import annotations

from sqlalchemy import Engine
from sqlalchemy.util import LRUCache

_first: dict[str, Engine] = {}


def share(engine: Engine) -> None:
    """Let an engine that may connect use the dialect, and what was compiled for it, of the first one of its kind."""
    first = _first.setdefault(engine.dialect.name, engine)
    if first is engine:
        engine._compiled_cache = LRUCache(3_000)
        engine.connect().close()  # a dialect learns from its first connection what it talks to
    else:
        engine.dialect, engine._compiled_cache = first.dialect, first._compiled_cache
