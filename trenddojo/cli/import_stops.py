"""`flask import-stops`: the stops of a statement's trades assumed by another rule, or by none."""

import click
from flask.cli import with_appcontext

from trenddojo.cli.imports import done_with, seat_at, told
from trenddojo.services.errors import ServiceError
from trenddojo.services.imports import acts, looking
from trenddojo.services.inputs.imports import StopKind
from trenddojo.store import imports
from trenddojo.store.models import Import
from trenddojo.store.seats import Seat

_NONE = "none"


@click.command("import-stops")
@click.argument("statement")
@click.option("--account", required=True, help="The account's name or id; its owner acts.")
@click.option(
    "--rule",
    required=True,
    type=click.Choice([_NONE, *(kind.value for kind in StopKind)]),
    help="How a stop is assumed.",
)
@click.option("--value", default="", help="How far: percent, average true ranges, or the account's currency at risk.")
@with_appcontext
def import_stops(*, statement: str, account: str, rule: str, value: str) -> None:
    """Assume the stops of STATEMENT's trades, an import's name or id, by another rule; those set by people stay."""
    chosen = None if rule == _NONE else {"kind": rule, "value": value}
    try:
        seat = seat_at(account)
        row = done_with(acts.assume(seat, _import(seat, statement).id, chosen).id)
    except ServiceError as error:
        raise click.ClickException(told(error)) from None
    if row.error:
        raise click.ClickException(row.error)
    _tell(row)


def _import(seat: Seat, statement: str) -> Import:
    found = imports.named(seat.account.id, statement)
    if len(found) != 1:
        raise click.ClickException("There is no such import." if not found else "Several are called that: name its id.")
    return found[0]


def _tell(row: Import) -> None:
    stops = looking.stops_of(row)
    click.secho(row.name, bold=True)
    for number, words in zip(stops, ("trades with an assumed stop", "without any", "with one of people"), strict=True):
        click.echo(f"  {number:>9,}  {words}")
    if lacking := row.counts.get("stops_without_bars"):
        click.echo(f"  {lacking:>9,}  lack bars: bring their prices, and say it again")
