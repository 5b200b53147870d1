"""What the settings show."""

from dataclasses import dataclass
from datetime import datetime

from trenddojo.domain.terms import Role, TokenScope
from trenddojo.store.models import ApiToken, User
from trenddojo.web.forms import Form

ROLES = {
    Role.ADMIN: "Admin: adds people and helps them back in; trades like a trader.",
    Role.TRADER: "Trader: owns accounts, plans and records trades.",
    Role.VIEWER: "Viewer: sees what is shared, and changes nothing.",
}
_SCOPES = [
    (TokenScope.READ, "Read: look at everything you may see"),
    (TokenScope.TRADE, "Trade: also plan, record and correct trades"),
    (TokenScope.ADMIN, "Admin: also change accounts, limits, members and brokers"),
]


@dataclass(frozen=True, slots=True)
class Profile:
    """What a person cannot change about themselves."""

    role: str
    since: datetime


@dataclass(frozen=True, slots=True)
class Made:
    """A token just made, with the secret that is shown once."""

    name: str
    secret: str


@dataclass(frozen=True, slots=True)
class TokenRow:
    """A token of the list."""

    id: str
    name: str
    prefix: str
    scope: str
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None
    is_expired: bool


def profile(user: User) -> Profile:
    """The profile's facts."""
    return Profile(ROLES[user.role], user.created_at)


def filled(user: User) -> Form:
    """What a person may change about themselves, as it would be typed."""
    return Form({"name": user.name, "email": user.email, "time_zone": user.time_zone, "currency": user.currency or ""})


def token_row(token: ApiToken, now: datetime) -> TokenRow:
    """A token as it stands `now`."""
    return TokenRow(
        id=str(token.id),
        name=token.name,
        prefix=token.prefix,
        scope=token.scope.value,
        created_at=token.created_at,
        expires_at=token.expires_at,
        last_used_at=token.last_used_at,
        is_expired=token.expires_at is not None and token.expires_at <= now,
    )


def scopes(user: User) -> list[tuple[str, str]]:
    """What a token of `user` may be made for."""
    offered = _SCOPES[:1] if user.role is Role.VIEWER else _SCOPES
    return [(scope.value, text) for scope, text in offered]
