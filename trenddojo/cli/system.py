"""Commands about the installation: `doctor` and `books rebuild`."""

import click
from flask.cli import AppGroup, with_appcontext

from trenddojo.runtime import runtime
from trenddojo.services import doctor as doctors
from trenddojo.services import rebuild as rebuilding

books = AppGroup("books", help="The figures that follow from the records.")


@click.command()
@with_appcontext
def doctor() -> None:
    """Check configuration, database, keys and books, and say in plain words what is wrong."""
    findings = []
    for finding in doctors.examine(runtime().config):
        findings.append(finding)
        mark = click.style("ok", fg="green") if finding.is_well else click.style("!!", fg="red", bold=True)
        click.echo(f"{mark}  {finding.subject:14} {finding.sentence}")
    if not all(finding.is_well for finding in findings):
        raise click.exceptions.Exit(1)


@books.command()
def rebuild() -> None:
    """Write every derived figure anew from the records."""
    click.echo(f"Rebuilt {rebuilding.rebuild():,} trades.")
