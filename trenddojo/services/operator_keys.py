"""Credentials that whoever runs this server has set in its environment, for an installation of one person.

They stand in for fields that the person leaves empty, and are read anew whenever a client is built, so that they are
rotated with the environment. They are never stored. With a second person they stand in for nothing: nobody trades with
another's keys.
"""

from trenddojo.brokers.spec import BrokerSpec
from trenddojo.domain.terms import Mode
from trenddojo.runtime import runtime
from trenddojo.store import people


def standing_in(spec: BrokerSpec, mode: Mode) -> dict[str, str]:
    """The values by field of a broker's form; empty where the operator set none, or more than one person is here."""
    variables = runtime().config.variables
    asked = {one.name: variables.get(one.variable, "").strip() for one in spec.fields_for(mode) if one.variable}
    found = {name: value for name, value in asked.items() if value}
    return found if found and people.is_alone() else {}
