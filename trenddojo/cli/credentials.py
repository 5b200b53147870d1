"""`flask credentials`: the key under which broker credentials are kept."""

import click
from flask.cli import AppGroup

from trenddojo.runtime import runtime
from trenddojo.services import credentials as service
from trenddojo.services.credentials import KeyMissing, Rotation

credentials = AppGroup("credentials", help="The key under which broker credentials are kept.")


@credentials.command("rotate")
def rotate() -> None:
    """Encrypt all broker credentials with the current BROKER_ENCRYPTION_KEY; the application may run meanwhile."""
    try:
        done = service.rotate(runtime().clock())
    except KeyMissing as refusal:
        raise click.ClickException(refusal.message) from None
    click.echo(f"Encrypted anew with the current key: {done.renewed:,}.")
    click.echo(f"Under it already: {done.current:,}.")
    _tell_the_rest(done)


def _tell_the_rest(done: Rotation) -> None:
    if done.overtaken:
        click.echo(f"Replaced or removed meanwhile, and left alone: {done.overtaken:,}. Run this again.")
    if done.unreadable:
        click.echo(f"Left alone because they do not open: {len(done.unreadable):,}.")
        click.echo("\n".join(f"  {sentence}" for sentence in done.unreadable))
        raise click.exceptions.Exit(1)
    if not done.overtaken:
        click.echo("No record needs an older key. Empty BROKER_ENCRYPTION_KEYS_OLD and restart.")
