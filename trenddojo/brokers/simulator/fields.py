"""The settings that every broker's mock mode asks for, none of them secret, and what they make of its profile."""

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal

from trenddojo.brokers.simulator.profile import Profile
from trenddojo.brokers.spec import CredentialField, FieldKind
from trenddojo.domain.terms import Mode

STARTING_CASH = "starting_cash"
ALWAYS_OPEN = "always_open"
LATENCY_MS = "latency_ms"

_MOCK = frozenset({Mode.MOCK})

SIMULATION_FIELDS = (
    CredentialField(
        name=STARTING_CASH,
        label="Starting cash",
        message="Enter an amount such as 100000 or 2500.50.",
        pattern=r"[1-9]\d{0,8}(\.\d{1,2})?",
        kind=FieldKind.NUMBER,
        hint="In USD. Counts when the simulated account is opened.",
        default="100000",
        is_setting=True,
        modes=_MOCK,
    ),
    CredentialField(
        name=ALWAYS_OPEN,
        label="Market always open",
        message="Send on, or leave it out.",
        pattern="on|yes|true|1",
        kind=FieldKind.CHECK,
        hint="Otherwise it keeps the hours of the New York Stock Exchange.",
        is_setting=True,
        is_optional=True,
        modes=_MOCK,
    ),
    CredentialField(
        name=LATENCY_MS,
        label="Latency",
        message="Enter whole milliseconds from 0 to 9999.",
        pattern=r"\d{1,4}",
        kind=FieldKind.NUMBER,
        hint="Milliseconds until an answer comes. Empty: as with the broker itself.",
        is_setting=True,
        is_optional=True,
        modes=_MOCK,
    ),
)
"""A check that is sent at all is on; an empty latency is the profile's."""


def profile_with(profile: Profile, settings: Mapping[str, str]) -> Profile:
    """A broker's profile as the settings of one connection change it."""
    cash, latency = settings.get(STARTING_CASH), settings.get(LATENCY_MS)
    return replace(
        profile,
        starting_cash=Decimal(cash) if cash else profile.starting_cash,
        latency_seconds=int(latency) / 1000 if latency else profile.latency_seconds,
    )


def is_always_open(settings: Mapping[str, str]) -> bool:
    """Whether the connection's market never closes."""
    return bool(settings.get(ALWAYS_OPEN))
