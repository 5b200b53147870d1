"""What the running application was put together from, for whoever is called within it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from flask import Flask, current_app

from trenddojo.config import Config

_EXTENSION = "trenddojo"


@dataclass(frozen=True, slots=True)
class Runtime:
    """The configuration, and a clock that answers UTC-aware times."""

    config: Config
    clock: Callable[[], datetime]


def install(app: Flask, parts: Runtime) -> None:
    """Give `app` its parts."""
    app.extensions[_EXTENSION] = parts


def runtime() -> Runtime:
    """The running application's parts."""
    return cast(Runtime, current_app.extensions[_EXTENSION])
