"""Commands about brokers: `sync` follows accounts there, `reconcile` sets the books beside them or a statement."""

from collections.abc import Iterator
from typing import cast
from uuid import UUID

import click
from flask import current_app
from flask.cli import with_appcontext

from trenddojo.application import Application
from trenddojo.brokers.manager import BrokerManager
from trenddojo.domain.figures import quantity
from trenddojo.runtime import runtime
from trenddojo.services import brokerage
from trenddojo.services.errors import NotFound, ServiceError
from trenddojo.services.imports import acts
from trenddojo.services.orders import rounds
from trenddojo.services.orders.reporting import Report, report_of
from trenddojo.services.reconciling import comparing, words
from trenddojo.store.database import discard
from trenddojo.store.models import Reconciliation
from trenddojo.store.seats import Seat, broker_seats, owner_seats

_ACCOUNT = click.option("--account", default="", help="The account's name or id; without it, every one at a broker.")


@click.command()
@_ACCOUNT
@with_appcontext
def sync(account: str) -> None:
    """Ask the brokers now: orders, fills and positions. The server must not be running beside it."""
    _follow(account)


@click.command()
@_ACCOUNT
@click.option("--report", is_flag=True, help="Ask nobody: show how books and brokers stood at the last pass.")
@click.option("--statement", type=click.UUID, metavar="IMPORT_ID", help="Ask nobody: beside a statement that was read.")
@with_appcontext
def reconcile(account: str, report: bool, statement: UUID | None) -> None:
    """Set books beside brokers, or beside a statement, item by item; ends with 1 where something differs."""
    if statement is None:
        _beside_brokers(account, asks=not report)
    elif account or report:
        raise click.UsageError("--statement goes alone: it is of one account, and asks nobody.")
    else:
        _beside_statement(statement)


def _beside_brokers(account: str, *, asks: bool) -> None:
    if asks:
        _follow(account)
    differences = 0
    for seat in _seats(account):
        found = report_of(seat)
        differences += found.differences
        for line in _lines(found):
            click.echo(line)
    if differences:
        raise click.exceptions.Exit(1)


def _beside_statement(import_id: UUID) -> None:
    """As the account's owner, and kept like a comparison that is made on the page."""
    try:
        seat, statement = acts.import_of(owner_seats(), import_id)
        made = comparing.compare_statement(seat, statement, runtime().clock())
    except NotFound:
        raise click.ClickException("There is no such import.") from None
    except ServiceError as error:
        raise click.ClickException(error.message) from None
    for line in _compared(seat, made):
        click.echo(line)
    if made.differing:
        raise click.exceptions.Exit(1)


def _compared(seat: Seat, made: Reconciliation) -> Iterator[str]:
    """A comparison as text: a head, then one line for each figure."""
    span = f"{made.since:%Y-%m-%d} to {made.as_of:%Y-%m-%d}"
    head = f"{seat.account.name}, {made.source}, {span}: {made.matching} agree, {made.differing} differ"
    yield click.style(head, bold=True)
    for one in comparing.findings_of(made):
        of = f"{one.name}: " if one.name else ""
        told = f"{of}ours {words.told(one, one.ours)}, theirs {words.told(one, one.theirs)}. {words.why(one)}"
        yield _line(one.matches, one.matter, told.rstrip())


def _follow(account: str) -> None:
    cast(Application, current_app).furnish()
    manager = cast(BrokerManager, current_app.extensions[brokerage.EXTENSION])
    try:
        for seat in _seats(account):
            name = seat.account.name
            passed = rounds.sync(manager, seat, runtime().clock())
            click.echo(
                f"{name}: {passed.calls} calls, {'books brought up to date' if passed.wrote else 'nothing new'}."
            )
    except ServiceError as error:
        raise click.ClickException(error.message) from error
    finally:
        discard()  # the lease is given back by a connection of its own, and SQLite has one writer
        brokerage.close(cast(Application, current_app))


def _seats(account: str) -> Iterator[Seat]:
    found = broker_seats(account)
    if not found:
        raise click.ClickException("There is no such account at a broker.")
    yield from found


def _lines(found: Report) -> Iterator[str]:
    """The report as text: a head, then one line for each item."""
    yield click.style(f"{found.account}: {found.matches} match, {found.differences} differ", bold=True)
    if found.held_reason:
        yield _line(False, "account", f"new risk is held: {found.held_reason}")
    for position in found.positions:
        told = (
            f"{position.symbol}: ours {quantity(position.ours)}, outside {quantity(position.outside)}, "
            f"broker {quantity(position.theirs)}"
        )
        yield _line(position.matches, "position", f"{told}. {position.cause}".rstrip())
    for one in found.orders:
        order = one.order
        told = f"{order.symbol} {order.role.label}, {quantity(order.quantity)}, {order.state.replace('_', ' ')}"
        yield _line(one.matches, "order", f"{told}. {one.cause}".rstrip())
    for guarded in found.protection:
        missing = "" if guarded.matches else f", {quantity(guarded.missing)} without a working stop"
        yield _line(guarded.matches, "stop", f"{guarded.symbol}: {quantity(guarded.held)} held{missing}")


def _line(matches: bool, what: str, told: str) -> str:
    mark = click.style("ok", fg="green") if matches else click.style("!!", fg="red", bold=True)
    return f"  {mark}  {what:11} {told}"
