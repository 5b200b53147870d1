"""`flask rates`: exchange rates from the ECB's files."""

from pathlib import Path

import click
from flask.cli import AppGroup

from trenddojo.runtime import runtime
from trenddojo.services import rate_files
from trenddojo.services.errors import Invalid

rates = AppGroup("rates", help="Exchange rates by date.")


@rates.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def import_file(file: Path) -> None:
    """Keep the rates of FILE: eurofxref-hist or eurofxref of the ECB, as zip or CSV. Again, it adds nothing."""
    if file.stat().st_size > rate_files.LARGEST:
        raise click.ClickException(f"{file.name} has more than {rate_files.LARGEST >> 20} MB. Nothing was imported.")
    now = runtime().clock()
    try:
        with file.open("rb") as opened:
            done = rate_files.import_rates(opened, file.name, now.date(), now)
    except Invalid as error:
        raise click.ClickException(error.message) from None
    click.echo(
        f"{done.added:,} rates added, {done.changed:,} changed, {done.known:,} known already: "
        f"{done.currencies} currencies, {done.first} to {done.last}."
    )
