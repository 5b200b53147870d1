"""Getting in: the check of a password, new passwords, and the end of sessions.

A session carries its person's epoch, so that raising the epoch ends every session at once.
"""

from trenddojo.security import passwords
from trenddojo.services import audit
from trenddojo.services.errors import FORM, Invalid
from trenddojo.services.inputs.people import NewPasswordInput, PasswordChangeInput, UnlockInput, weak
from trenddojo.services.people import hashed
from trenddojo.store import people
from trenddojo.store.areas import Area
from trenddojo.store.database import db, discard, reading
from trenddojo.store.models import User

LONGEST_EMAIL = 254
"""How much of what was typed for an e-mail is kept with a failed sign-in."""
REFUSED = "E-mail or password is not right."
"""Said of unknown people, wrong passwords and deactivated people alike, so that it tells nobody who is here."""


def sign_in(email: str, password: str) -> User:
    """The person with this e-mail and password.

    Raises Invalid with one and the same sentence, after the same time, for whatever is wrong. Either way it is audited.
    """
    user = _let_in(email, password)
    if user is None:
        audit.record("sign_in_failed", Area.SIGN_IN, email=email.strip()[:LONGEST_EMAIL])
        raise Invalid({FORM: REFUSED})
    audit.record("sign_in", Area.SIGN_IN, user.name, who=user)
    return user


def _let_in(email: str, password: str) -> User | None:
    with reading():
        found = people.user_by_email(email)
        known = (found.id, found.session_epoch, found.password_hash) if found and found.is_active else None
        discard()
    stored = known[2] if known else passwords.decoy()
    if not passwords.matches(password, stored) or known is None:
        return None
    renewed = passwords.hashed(password) if passwords.needs_rehash(stored) else None
    user = people.user_by_id(known[0])
    # Whoever was reset or deactivated while the password was checked has another epoch by now.
    if user is None or not user.is_active or user.session_epoch != known[1]:
        return None
    if renewed:
        user.password_hash = renewed
    return user


def sign_out(user: User) -> None:
    """Note that a person ended the session of one browser."""
    audit.record("sign_out", Area.SIGN_IN, user.name)


def change_password(user: User, entered: PasswordChangeInput) -> None:
    """A new password, proved by the present one; every session ends, so the caller begins its own anew.

    Raises Invalid for a wrong present password and for one that is too easy.
    """
    stored = user.password_hash
    discard()
    if not passwords.matches(entered.present, stored):
        raise Invalid({"present": "This is not your present password."})
    choose_password(user, entered)


def confirm(user: User, entered: UnlockInput) -> None:
    """Prove that whoever asks to unlock trading is `user`. Raises Invalid for a wrong password."""
    stored = user.password_hash
    discard()
    if not passwords.matches(entered.password, stored):
        audit.record("unlock_failed", Area.SIGN_IN, user.name)
        raise Invalid({"password": "This is not your password."})
    audit.record("unlock", Area.SIGN_IN, user.name)


def choose_password(user: User, entered: NewPasswordInput) -> None:
    """A password that its owner chooses after an admin gave them one; every session ends.

    Raises Invalid for one that is too easy, or that is the present one.
    """
    stored = user.password_hash
    if problems := weak("password", entered.password, user.name, user.email):
        raise Invalid(problems)
    discard()
    if passwords.matches(entered.password, stored):
        raise Invalid({"password": "This is the present password. Choose another."})
    _set(user, entered.password)


def set_from_terminal(email: str, entered: NewPasswordInput) -> User:
    """A password typed on the server, for whoever has lost theirs. Raises Invalid where nobody has this e-mail."""
    user = people.user_by_email(email)
    if user is None:
        raise Invalid({"email": "Nobody signs in with this e-mail."})
    if problems := weak("password", entered.password, user.name, user.email):
        raise Invalid(problems)
    _set(user, entered.password)
    return user


def _set(user: User, password: str) -> None:
    password_hash = hashed(password)
    user.password_hash, user.must_change_password = password_hash, False
    user.session_epoch += 1
    db.session.commit()


def sign_out_everywhere(user: User) -> None:
    """End every session of `user`; whoever wants to keep the present one begins it anew."""
    user.session_epoch += 1
    db.session.commit()
