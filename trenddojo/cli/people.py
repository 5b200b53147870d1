"""`flask user`: people from the terminal of the server, for whoever has no way in."""

from datetime import datetime

import click
from flask.cli import AppGroup

from trenddojo.domain.terms import Role
from trenddojo.runtime import runtime
from trenddojo.services import access, people
from trenddojo.services.errors import Invalid
from trenddojo.services.inputs import parse
from trenddojo.services.inputs.people import FirstAdminInput, NewPasswordInput

user = AppGroup("user", help="Add people and reset their passwords.")


def _ask_password() -> str:
    return str(click.prompt("Password", hide_input=True, confirmation_prompt=True))


def _refusal(error: Invalid) -> click.ClickException:
    return click.ClickException("\n".join(f"{name}: {sentence}" for name, sentence in error.fields.items()))


def _now() -> datetime:
    return runtime().clock()


@user.command("create")
@click.option("--email", prompt="E-mail", help="What the person signs in with.")
@click.option("--name", prompt="Name", help="The person's name.")
@click.option("--role", type=click.Choice([role.value for role in Role]), default=Role.TRADER.value, show_default=True)
@click.option("--admin", is_flag=True, help="The same as --role admin.")
@click.option("--time-zone", help="A name of the tz database; without it, the installation's.")
def create(email: str, name: str, role: str, admin: bool, time_zone: str | None) -> None:
    """Add a person; the password is asked for."""
    entered = {"email": email, "name": name, "time_zone": time_zone or runtime().config.time_zone}
    try:
        person = parse(FirstAdminInput, {**entered, "password": _ask_password()})
        made = people.create_from_terminal(person, Role.ADMIN if admin else Role(role), _now())
    except Invalid as error:
        raise _refusal(error) from None
    click.echo(f"{made.name} can sign in as {made.email} ({made.role}).")


@user.command("reset-password")
@click.argument("email")
def reset_password(email: str) -> None:
    """Set a new password for EMAIL; the password is asked for, and every session of theirs ends."""
    password = _ask_password()
    try:
        person = access.set_from_terminal(email, parse(NewPasswordInput, {"password": password, "again": password}))
    except Invalid as error:
        raise _refusal(error) from None
    click.echo(f"{person.name} can sign in with the new password.")
