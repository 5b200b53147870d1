"""The composition root: configuration, database, web and commands become one application here."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from trenddojo import cli
from trenddojo.application import Application
from trenddojo.config import Config, from_environment
from trenddojo.runtime import Runtime, install
from trenddojo.services import audit
from trenddojo.store import models
from trenddojo.store.database import db, prepare

ROOT = Path(__file__).parents[1]


def system_clock() -> datetime:
    """The present time, UTC-aware."""
    return datetime.now(UTC)


def create_app(config: Config | None = None, clock: Callable[[], datetime] = system_clock) -> Application:
    """The application; without `config` it is read from the environment.

    Raises SystemExit with one line for each bad variable.
    """
    config = config or from_environment()
    app = Application(
        "trenddojo",
        furnisher=_furnish,
        root_path=str(ROOT),
        template_folder="templates",
        static_folder="static",
        instance_path=str(ROOT / "instance"),
    )
    app.config.update(
        SECRET_KEY=config.secret_key,
        SQLALCHEMY_DATABASE_URI=config.database_url,
        SEND_FILE_MAX_AGE_DEFAULT=31536000,  # every address of a static file carries its digest
    )
    install(app, Runtime(config, clock))
    _connect(app)
    if config.command_line:
        cli.init(app)
    if config.trusted_proxies:
        hops = config.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]
    return app


def _connect(app: Flask) -> None:
    models.register()
    audit.watch()
    db.init_app(app)
    with app.app_context():
        prepare(db.engine)


def _furnish(app: Flask) -> None:
    # What only requests need is imported here; see trenddojo.application.
    from trenddojo.services import brokerage  # noqa: PLC0415
    from trenddojo.web import deps, rooms  # noqa: PLC0415

    brokerage.install(app, deps.trading_unlocked)
    rooms.init(app)
