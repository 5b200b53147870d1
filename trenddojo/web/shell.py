"""What every signed-in page shows around its own matter: who, which account, where."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from trenddojo.domain.terms import Role


class ShownMode(StrEnum):
    """Where an order from here would go, as pages show it; `MIXED` where the rows or panels of one page differ."""

    MANUAL = "manual"
    SIMULATED = "simulated"
    PAPER = "paper"
    LIVE = "live"
    MIXED = "mixed"


class Theme(StrEnum):
    """The person's choice, kept in the cookie `theme`; `SYSTEM` leaves it to the device."""

    SYSTEM = "system"
    LIGHT = "light"
    DARK = "dark"

    @property
    def following(self) -> "Theme":
        """The theme that one press of the switch leads to."""
        return {Theme.SYSTEM: Theme.LIGHT, Theme.LIGHT: Theme.DARK, Theme.DARK: Theme.SYSTEM}[self]


@dataclass(frozen=True, slots=True)
class Person:
    """Whoever is signed in. `zone` formats clock times; it decides no day (rule 17 of docs/NUMBERS.md)."""

    name: str
    role: Role
    zone: ZoneInfo

    @property
    def place(self) -> str:
        """The place the person's zone is named after: `America/New_York` reads `New York`."""
        return self.zone.key.rpartition("/")[2].replace("_", " ")

    @property
    def initials(self) -> str:
        """First letters of the first and last word of the name, upper case."""
        words = self.name.split()
        return "".join(word[0] for word in (words[:1] + words[1:][-1:])).upper()

    @property
    def is_admin(self) -> bool:
        """Whether people are among this person's settings."""
        return self.role is Role.ADMIN


@dataclass(frozen=True, slots=True)
class AccountLink:
    """One account in the switcher. `equity` is text as shown, empty where it is unknown."""

    id: str
    name: str
    broker: str
    mode: ShownMode
    equity: str = ""


@dataclass(frozen=True, slots=True)
class Bell:
    """How many alerts the person has not seen; `topic` is what the pulse says when that changes."""

    unread: int
    topic: str


@dataclass(frozen=True, slots=True)
class Lock:
    """The lock of live trading: when it closes by itself, None where it is closed; `now` is the page's time."""

    until: datetime | None
    now: datetime


@dataclass(frozen=True, slots=True)
class Shell:
    """The frame's facts, built once a request. `nav` is the key of the section that the page belongs to.

    `version` is what the pulse goes on from; `lock` is None for whom live trading does not concern. `about` is the
    account that the page is about, where that need not be the one at hand.
    """

    person: Person
    account: AccountLink | None
    accounts: tuple[AccountLink, ...]
    open_trades: int
    nav: str
    bell: Bell
    connections: int
    version: int
    lock: Lock | None = None
    theme: Theme = Theme.SYSTEM
    about: AccountLink | None = None

    @property
    def mode(self) -> ShownMode | None:
        """The mode that the page's edge shows: of the account that the page is about, else of the one at hand."""
        shown = self.about or self.account
        return shown.mode if shown else None
