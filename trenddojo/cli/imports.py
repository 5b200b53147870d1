"""`flask import`: a statement from a file on the server into an account's books."""

import time
from pathlib import Path
from uuid import UUID

import click
from flask.cli import with_appcontext

from trenddojo.domain.terms import ImportStatus
from trenddojo.runtime import runtime
from trenddojo.services.errors import Invalid, ServiceError
from trenddojo.services.imports import acts, asking, jottings, looking, uploads, work
from trenddojo.services.inputs import parse
from trenddojo.services.inputs.imports import ImportOptions
from trenddojo.store import imports
from trenddojo.store.database import discard
from trenddojo.store.import_files import Incoming
from trenddojo.store.models import Import
from trenddojo.store.seats import Seat, owner_seats

_BLOCK = 1 << 20
_SHOWN = 10
_WAIT_SECONDS = 0.5
_COUNTS = (
    ("fills_new", "new fills"),
    ("fills_known", "fills here already"),
    ("trades_made", "trades made"),
    ("trades_joined", "trades that go on"),
    ("cash_new", "movements of cash"),
    ("cash_known", "movements here already"),
    ("splits_new", "splits"),
    ("lines_skipped", "lines that say nothing for the books"),
    (jottings.REFUSED, "lines refused"),
)


@click.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--account", required=True, help="The account's name or id; its owner imports.")
@click.option("--format", "format_name", default="", help="The format's name, where the file is not recognised.")
@click.option("--zone", default="", help="The zone of clock times that name none, such as America/New_York.")
@click.option("--date-order", type=click.Choice(["mdy", "dmy", "ymd"]), help="How dates such as 03/04/2024 are meant.")
@click.option("--account-in-file", default="", help="Which account, where the file holds several.")
@click.option("--dry-run", is_flag=True, help="Say what would come of it, and forget it.")
@with_appcontext
def import_statement(
    *,
    file: Path,
    account: str,
    format_name: str,
    zone: str,
    date_order: str | None,
    account_in_file: str,
    dry_run: bool,
) -> None:
    """Bring the statement FILE into an account's books. The same file again adds nothing."""
    said = {"zone": zone, "date_order": date_order, "account": account_in_file}
    try:
        seat = seat_at(account)
        row = _read(seat, _brought(seat, file), format_name, {name: text for name, text in said.items() if text})
        _tell(row)
        if dry_run:
            acts.discard(seat, row.id)
            click.echo("Nothing was written to the books.")
        elif row.status is ImportStatus.READY:
            acts.take(seat, row.id, {})
            _tell(done_with(row.id))
    except ServiceError as error:
        raise click.ClickException(told(error)) from None


def told(error: ServiceError) -> str:
    """Why something cannot be done, by the fields that it concerns."""
    if isinstance(error, Invalid):
        return " ".join(f"{name}: {sentence}" for name, sentence in error.fields.items())
    return error.message


def seat_at(account: str) -> Seat:
    """The owner's seat at an account, by its name or id. Raises ClickException."""
    found = [seat for seat in owner_seats() if account in (seat.account.name, str(seat.account.id))]
    if len(found) != 1:
        raise click.ClickException(
            "There is no such account." if not found else "Several are called that: name its id."
        )
    return found[0]


def _brought(seat: Seat, file: Path) -> Import:
    sent = _copied(file)
    received = uploads.receive(seat, file.name, sent, runtime().clock())
    row = received.row
    if not received.is_new:
        raise click.ClickException(f"This file is here already, as {row.name}: {row.status}. Nothing was added.")
    return row


def _copied(file: Path) -> Incoming:
    sent = uploads.folder().incoming()
    with file.open("rb") as opened:
        while block := opened.read(_BLOCK):
            sent.write(block)
    return sent


def _read(seat: Seat, row: Import, format_name: str, said: dict[str, str]) -> Import:
    """What was brought, read as was said. Whatever is still open is told, and the import is forgotten."""
    import_id = row.id
    try:
        if said or format_name:
            options = parse(ImportOptions, {**row.options, **said})
            acts.answer(seat, import_id, format_name, options, runtime().clock())
        row = done_with(import_id)
    except ServiceError:
        discard()
        acts.discard(seat, import_id)
        raise
    if row.status in (ImportStatus.RECEIVED, ImportStatus.FAILED):
        told = f"{row.error or _open(row)} Nothing was imported."
        acts.discard(seat, import_id)
        raise click.ClickException(told)
    return row


def _open(row: Import) -> str:
    if not row.format:
        return "The file is not recognised: name its --format, or import it in the browser and name its columns."
    options = ", ".join(f"--{_OPTIONS.get(one.value, one.value)}" for one in sorted(asking.wanted(row)))
    accounts = asking.accounts_in(row)
    return f"Say {options}." + (f" The file holds the accounts {', '.join(accounts)}." if accounts else "")


_OPTIONS = {"date_order": "date-order", "account": "account-in-file"}


def done_with(import_id: UUID) -> Import:
    """The import after its present stage, whoever does it: the server's own job may have begun.

    Raises ClickException where it is gone.
    """
    while True:
        discard()
        row = imports.by_id(import_id)
        if row is None:
            raise click.ClickException("It was discarded meanwhile.")
        if row.status not in imports.AT_WORK:
            return row
        discard()
        if not work.work(import_id, None, runtime().clock()):
            time.sleep(_WAIT_SECONDS)


def _tell(row: Import) -> None:
    if row.status is ImportStatus.FAILED:
        raise click.ClickException(row.error)
    done = row.status is ImportStatus.DONE
    click.secho(f"{row.name}, {row.format}: {'imported' if done else 'what would come of it'}", bold=True)
    for name, words in _COUNTS:
        if number := row.counts.get(name):
            click.echo(f"  {number:>9,}  {words}")
    if opens_on := row.counts.get("opens_on"):
        click.echo(f"  The account opens on {opens_on}: its starting balance is of the day before.")
    for one in looking.refused(row, _SHOWN, 0) if not done else ():
        click.echo(f"  line {one.line:,}: {one.reason}", err=True)
