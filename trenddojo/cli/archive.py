"""`flask export` and `flask import-archive`: everything that a person owns, as one file, out and in again."""

import os
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import IO

import click
from flask.cli import with_appcontext

from trenddojo.runtime import runtime
from trenddojo.services import audit
from trenddojo.services.archive.bringing import bring
from trenddojo.services.archive.writing import archive_of
from trenddojo.services.errors import Forbidden, Invalid
from trenddojo.services.tradervue import tradervue_file
from trenddojo.store import people
from trenddojo.store.areas import Area
from trenddojo.store.models import User
from trenddojo.store.seats import Seat, SeatRole, seats_of

_DAY = click.DateTime(["%Y-%m-%d"])


@click.command("export")
@click.argument("user_email")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--tradervue", "account", help="Only the fills of this account, by name or id, as Tradervue reads them.")
@click.option("--from", "since", type=_DAY, help="With --tradervue: the first date.")
@click.option("--to", "until", type=_DAY, help="With --tradervue: the last date.")
@with_appcontext
def export(user_email: str, file: Path, account: str | None, since: datetime | None, until: datetime | None) -> None:
    """Write everything that USER_EMAIL owns to FILE, an archive that `import-archive` reads. FILE must not be there."""
    person = _person(user_email)
    if file.exists():
        raise click.ClickException(f"{file} is there already.")
    if account is None:
        audit.record("archive_made", Area.ACCOUNTS, person.name)
        pieces = archive_of(person, runtime().clock())
    else:
        first, last = (day.date() if day else None for day in (since, until))
        pieces = tradervue_file(_seat(person, account), first, last)
    click.echo(f"Wrote {_write(file, pieces):,} bytes to {file}.")


@click.command("import-archive")
@click.argument("file", type=click.File("rb"))
@click.option("--owner", required=True, help="The e-mail of the person whose the accounts become.")
@with_appcontext
def import_archive(file: IO[bytes], owner: str) -> None:
    """Bring the archive FILE in as new accounts of --owner: all of it or nothing."""
    try:
        brought = bring(_person(owner), file, runtime().clock(), with_rates=True)
    except (Invalid, Forbidden) as refusal:
        raise click.ClickException(refusal.message) from None
    click.echo(brought.told("the owner's"))


def _person(email: str) -> User:
    found = people.user_by_email(email)
    if found is None:
        raise click.ClickException(f"Nobody signs in as {email}.")
    return found


def _seat(person: User, named: str) -> Seat:
    mine = [seat for seat in seats_of(person) if seat.role is SeatRole.OWNER]
    found = [seat for seat in mine if named in (seat.account.name, str(seat.account.id))]
    if len(found) != 1:
        raise click.ClickException(f"{person.email} has {len(found) or 'no'} accounts called {named}: give its id.")
    return found[0]


def _write(file: Path, pieces: Iterator[bytes]) -> int:
    """The whole file or none, readable by its owner alone."""
    half = file.with_name(f"{file.name}.part")
    try:
        with os.fdopen(os.open(half, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "wb") as into:
            size = sum(into.write(piece) for piece in pieces)
        half.replace(file)
    finally:
        half.unlink(missing_ok=True)
    return size
