"""Flask whose web is built when the first request comes, or before it on demand.

Migrations and commands never need the pages, forms and API, and start in half the time without them. A server builds
them before its first visitor (`trenddojo.server`).
"""

from collections.abc import Callable, Iterable
from threading import Lock
from typing import Any

from flask import Flask


class Application(Flask):
    """A Flask application that calls `furnisher` with itself once, before the first request is routed."""

    def __init__(self, *arguments: Any, furnisher: Callable[[Flask], None], **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._furnisher: Callable[[Flask], None] | None = furnisher
        self._furnishing = Lock()

    def furnish(self) -> None:
        """Build the web now, unless it has been."""
        with self._furnishing:
            if self._furnisher is not None:
                self._furnisher(self)
                self._furnisher = None

    def wsgi_app(self, environ: Any, start_response: Any) -> Iterable[bytes]:
        """Answer a request."""
        if self._furnisher is not None:
            self.furnish()
        return super().wsgi_app(environ, start_response)
