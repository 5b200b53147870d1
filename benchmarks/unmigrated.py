"""The server's settings without its look at the schema: seeded databases are made without migrations."""

from trenddojo.server import bind, keepalive, loglevel, threads, timeout, worker_class, workers

__all__ = ["bind", "keepalive", "loglevel", "threads", "timeout", "worker_class", "workers"]
