"""Commands about the pictures on trades and days."""

import click
from flask.cli import AppGroup

from trenddojo.runtime import runtime
from trenddojo.services.attachments import clear

attachments = AppGroup("attachments", help="The pictures on trades and days.")


@attachments.command()
def clean() -> None:
    """Take away pictures that were deleted a week ago, and files that nobody knows. The server does so every hour."""
    cleared = clear(runtime().clock())
    click.echo(f"Cleared away {cleared.pictures:,} deleted pictures and {cleared.files:,} unknown files.")
