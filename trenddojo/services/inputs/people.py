"""What is asked of people: who they are, their passwords, their tokens."""

from collections.abc import Mapping
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, BeforeValidator

from trenddojo.domain.terms import Role, TokenScope
from trenddojo.security.passwords import weakness
from trenddojo.services.inputs import kinds
from trenddojo.services.inputs.base import Input
from trenddojo.services.inputs.types import Name, OptionalCurrency, Password, TimeZone

# The form that browsers check in <input type="email"> (https://html.spec.whatwg.org/#valid-e-mail-address), with the
# lengths of RFC 5321. Nothing is ever sent there, so an address of the own network is as good as any.
_LABEL = r"[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?"
_EMAIL = rf"(?=.{{3,254}}$)[a-zA-Z0-9.!#$%&'*+/=?^_`{{|}}~-]{{1,64}}@{_LABEL}(?:\.{_LABEL})*"
Email = Annotated[
    str, kinds.matching(_EMAIL, "Enter an e-mail such as marta@example.org.", upper=False), AfterValidator(str.casefold)
]
_BLANK = BeforeValidator(lambda value: None if kinds.is_blank(value) else value)
Days = Annotated[Annotated[int, kinds.whole(1, 3650)] | None, _BLANK]
FormKey = Annotated[
    UUID, kinds.matching("[0-9a-f]{32}", "Load the page again.", upper=False), AfterValidator(lambda key: UUID(hex=key))
]
GivenPassword = Annotated[Password | None, _BLANK]


def weak(field: str, password: str, *personal: str) -> Mapping[str, str]:
    """The sentence by `field` that says why `password` may not be used, if so; `personal` are texts about its owner."""
    found = weakness(password, *(word for text in personal for word in text.replace("@", " ").split()))
    return {field: found} if found else {}


def _differing(password: str, again: str) -> Mapping[str, str]:
    return {} if password == again else {"again": "This is not what you typed above."}


class ProfileInput(Input):
    """Who a person is. The e-mail is what they sign in with; the zone is the one that clock times are shown in."""

    name: Name
    email: Email
    time_zone: TimeZone


class OwnProfileInput(ProfileInput):
    """Who a person is, and the currency of their totals; empty for that of their first account."""

    currency: OptionalCurrency = None


class FirstAdminInput(ProfileInput):
    """Whoever sets the installation up."""

    password: Password

    def problems(self) -> Mapping[str, str]:
        """A weak password."""
        return weak("password", self.password, self.name, self.email)


class PersonInput(ProfileInput):
    """A person whom an admin adds; without a password one is made. `key` is the same when a form is sent twice."""

    role: Role
    password: GivenPassword = None
    key: FormKey

    def problems(self) -> Mapping[str, str]:
        """A weak password."""
        return weak("password", self.password, self.name, self.email) if self.password else {}


class RoleInput(Input):
    """What a person may do on the installation."""

    role: Role


class NewPasswordInput(Input):
    """A password that its owner chooses, typed twice."""

    password: Password
    again: Password

    def problems(self) -> Mapping[str, str]:
        """A weak password, or two that differ."""
        return {**_differing(self.password, self.again), **weak("password", self.password)}


class PasswordChangeInput(NewPasswordInput):
    """A new password, with the present one as proof."""

    present: Password


class UnlockInput(Input):
    """The present password, as proof that its owner is the one who asks."""

    password: Password


class TokenInput(Input):
    """A personal API token; without `days` it does not expire. `key` is the same when a form is sent twice."""

    name: Name
    scope: TokenScope
    days: Days = None
    key: FormKey
