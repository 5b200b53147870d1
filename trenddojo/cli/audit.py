"""`flask audit`: whether the log of all acts is whole."""

import click
from flask.cli import AppGroup

from trenddojo.services import audit as audits

audit = AppGroup("audit", help="The log of who did what.")


@audit.command("verify")
@click.option("--anchor", default="", help="The hash of an entry that was noted earlier: it must still be there.")
def verify(anchor: str) -> None:
    """Check that no entry was changed, removed, added or moved since it was written.

    The hash that is printed last is worth noting elsewhere: given back as --anchor it shows whether entries were taken
    off the end, which the chain alone cannot tell.
    """
    verdict = audits.verify(anchor.strip())
    if verdict.broken is not None:
        raise click.ClickException(f"The chain breaks at entry {verdict.broken.seq}. {verdict.broken.sentence}")
    if anchor and not verdict.has_anchor:
        raise click.ClickException(f"No entry has the hash {anchor.strip()}: entries were taken off the end.")
    click.echo(f"{verdict.entries:,} entries, chain intact.")
    click.echo(f"Last hash: {verdict.last_hash}")
