"""Commands about orders: `sync` follows accounts at their brokers, `reconcile` sets the books beside them."""

from collections.abc import Iterator
from typing import cast

import click
from flask import current_app
from flask.cli import with_appcontext

from trenddojo.application import Application
from trenddojo.brokers.manager import BrokerManager
from trenddojo.domain.figures import quantity
from trenddojo.runtime import runtime
from trenddojo.services import brokerage
from trenddojo.services.errors import ServiceError
from trenddojo.services.orders import rounds
from trenddojo.services.orders.reporting import Report, report_of
from trenddojo.store.database import discard
from trenddojo.store.seats import Seat, broker_seats

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
@with_appcontext
def reconcile(account: str, report: bool) -> None:
    """Set books beside brokers, item by item; ends with 1 where something differs."""
    if not report:
        _follow(account)
    differences = 0
    for seat in _seats(account):
        found = report_of(seat)
        differences += found.differences
        for line in _lines(found):
            click.echo(line)
    if differences:
        raise click.exceptions.Exit(1)


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
    return f"  {mark}  {what:9} {told}"
