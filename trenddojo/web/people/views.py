"""What the pages about people show."""

from dataclasses import dataclass
from datetime import datetime

from trenddojo.domain.terms import Role
from trenddojo.store.models import User

ROLES = [
    (Role.ADMIN.value, "Admin: also adds people"),
    (Role.TRADER.value, "Trader: plans and records trades"),
    (Role.VIEWER.value, "Viewer: looks, changes nothing"),
]


@dataclass(frozen=True, slots=True)
class PersonRow:
    """A person as an admin sees them. `is_you` marks the admin themselves."""

    id: str
    name: str
    email: str
    role: str
    state: str
    is_active: bool
    is_you: bool
    created_at: datetime
    place: str


@dataclass(frozen=True, slots=True)
class Given:
    """A password that an admin hands over; shown once."""

    name: str
    email: str
    password: str


def row(person: User, viewer: User) -> PersonRow:
    """`person` as the admin `viewer` sees them."""
    return PersonRow(
        id=str(person.id),
        name=person.name,
        email=person.email,
        role=person.role.value,
        state=_state(person),
        is_active=person.is_active,
        is_you=person.id == viewer.id,
        created_at=person.created_at,
        place=person.time_zone.replace("_", " "),
    )


def _state(person: User) -> str:
    if not person.is_active:
        return "deactivated"
    return "has to choose a password" if person.must_change_password else "active"


def given(person: User, password: str) -> Given:
    """What to hand over to `person`."""
    return Given(person.name, person.email, password)


def named(role: Role) -> str:
    """A role within a sentence."""
    return f"an {role.value}" if role is Role.ADMIN else f"a {role.value}"
