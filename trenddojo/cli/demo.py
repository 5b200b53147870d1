"""`flask demo`: a year of trades to look at."""

import click
from flask.cli import AppGroup

from trenddojo.runtime import runtime
from trenddojo.services.demo import NAME, load_demo, visitor
from trenddojo.services.errors import Conflict, Forbidden
from trenddojo.store import people
from trenddojo.store.models import User

demo = AppGroup("demo", help="A year of trades to look at.")


@demo.command("load")
@click.option("--email", help="Load it for this person, and leave the demo's own alone.")
def load(email: str | None) -> None:
    """Load the demo year; without --email for the demo person, whose new sign-in is printed."""
    if email is not None:
        _load(_person(email))
        return
    added = visitor.welcome(runtime().clock(), runtime().config.time_zone)
    _load(added.user)
    click.echo(f"Sign in as {added.user.email} with the password {added.password}")


def _person(email: str) -> User:
    found = people.user_by_email(email)
    if found is None:
        raise click.ClickException(f"Nobody signs in as {email}.")
    return found


def _load(user: User) -> None:
    try:
        seat = load_demo(user, runtime().clock())
    except Conflict:
        click.echo(f"{user.email} has the demo year already.")
    except Forbidden as refusal:
        raise click.ClickException(refusal.message) from None
    else:
        click.echo(f"Loaded the account {NAME}: {seat.account.equity:,.2f} {seat.account.base_currency}.")
