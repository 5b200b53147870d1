"""Passwords: Argon2id hashes, and what a new password must be."""

import secrets
import unicodedata
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

MINIMUM_LENGTH = 12
MAXIMUM_LENGTH = 200
"""Long passphrases are welcome; a bound keeps a sign-in from hashing megabytes."""

_hasher = PasswordHasher()
_ALPHABET = "abcdefghijkmnpqrstuvwxyz23456789"
"""Letters and digits that cannot be taken for each other."""


def hashed(password: str) -> str:
    """The Argon2id hash of `password`, with its parameters and salt (RFC 9106)."""
    return _hasher.hash(_normal(password))


def matches(password: str, stored: str) -> bool:
    """Whether `password` is the one that `stored` was made of."""
    try:
        return _hasher.verify(stored, _normal(password))
    except (VerificationError, InvalidHashError):
        return False


def _normal(password: str) -> str:
    # One keyboard sends é as one character and another as two (RFC 8265, section 4.2.2).
    return unicodedata.normalize("NFC", password)


def generated() -> str:
    """A password for somebody else's first sign-in: four groups of four, 80 random bits."""
    return "-".join("".join(secrets.choice(_ALPHABET) for _ in range(4)) for _ in range(4))


@cache
def decoy() -> str:
    """A hash that no password matches: checked for unknown people, so that they take as long as known ones."""
    return _hasher.hash("nobody signs in with this")


def needs_rehash(stored: str) -> bool:
    """Whether `stored` was made with weaker parameters than today's."""
    return _hasher.check_needs_rehash(stored)


def weakness(password: str, *personal: str) -> str | None:
    """Why `password` may not be used, as a sentence, or None; `personal` are words that others know of the person."""
    if len(password) < MINIMUM_LENGTH:
        return f"Use at least {MINIMUM_LENGTH} characters; a few unrelated words are good."
    if len(password) > MAXIMUM_LENGTH:
        return f"Use at most {MAXIMUM_LENGTH} characters."
    folded = password.casefold()
    if len(set(folded)) < 5 or _is_common(folded):
        return "This is among the first passwords that an attacker tries. Choose another."
    if any(len(word) > 3 and word.casefold() in folded for word in personal):
        return "Leave your name and e-mail out of it."
    return None


def _is_common(folded: str) -> bool:
    # Thirty thousand leaked passwords, also with digits put after them or written twice.
    from zxcvbn.frequency_lists import FREQUENCY_LISTS  # noqa: PLC0415 - 4 MB that only a new password needs

    common: list[str] = FREQUENCY_LISTS["passwords"]
    half = folded[: len(folded) // 2]
    return folded in common or folded.rstrip("0123456789!.") in common or (half * 2 == folded and half in common)
