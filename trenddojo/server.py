"""How gunicorn serves the application: `gunicorn -c python:trenddojo.server app:app`.

One process with threads: the limits of requests, the broker connections and the scheduler live in its memory.
"""

import sys
from typing import Any

from gunicorn.arbiter import Arbiter

from trenddojo.config import Config, from_environment
from trenddojo.jobs.scheduler import EXTENSION, Scheduler
from trenddojo.security.tokens import setup_token
from trenddojo.services import brokerage, leases
from trenddojo.store import people
from trenddojo.store.database import db
from trenddojo.store.schema import StaleSchema, require_current

_config = from_environment()

bind = f"{_config.host}:{_config.port}"
threads = _config.threads
workers = 1
worker_class = "gthread"
timeout = 60
graceful_timeout = 20
keepalive = 15
accesslog = None
loglevel = "warning"


def post_worker_init(worker: Any) -> None:
    """Build the web before the first visitor, refuse a database of another version, run the jobs, say where we are."""
    app = worker.app.callable
    app.furnish()
    if problems := brokerage.misset(_config):
        print("TrendDojo cannot start with this configuration:", *problems, sep="\n  ", file=sys.stderr, flush=True)  # noqa: T201
        raise SystemExit(Arbiter.APP_LOAD_ERROR)
    with app.app_context():
        try:
            require_current(db.engine)
        except StaleSchema as error:
            print(error, file=sys.stderr, flush=True)  # noqa: T201
            raise SystemExit(Arbiter.APP_LOAD_ERROR) from None
        scheduler = app.extensions[EXTENSION] = Scheduler(app, app.extensions[brokerage.EXTENSION])
        leases.keeper().owns()
        scheduler.start()
        print(greeting(_config), flush=True)  # noqa: T201


def worker_exit(_server: Any, worker: Any) -> None:
    """Let go of the brokers at once, so that the next process need not wait for the lease to run out."""
    app = worker.app.callable
    if EXTENSION in app.extensions:
        app.extensions[EXTENSION].stop()
        brokerage.close(app)


def greeting(config: Config) -> str:
    """Where the application answers; while there is no user, the address that opens the set-up once."""
    address = f"http://{config.host}:{config.port}"
    if not people.is_empty():
        return f"\n  TrendDojo is at {address}\n"
    setup = f"{address}/setup?token={setup_token(config.secret_key)}"
    return f"\n  TrendDojo is at {address}\n  Set it up (this address works once): {setup}\n"
