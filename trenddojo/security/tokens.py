"""Tokens: personal ones for programs, and the one-time one that opens the set-up."""

import hashlib
import hmac
import secrets

PREFIX = "td_"


def new_token() -> str:
    """A personal token of 256 random bits; shown once, and kept only as its digest."""
    return PREFIX + secrets.token_urlsafe(32)


def digest(token: str) -> str:
    """What is kept of a token: SHA-256, in hex. A fast hash suits a secret that is random in full."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


def shown_prefix(token: str) -> str:
    """The beginning of a token, by which its owner knows it again."""
    return token[: len(PREFIX) + 6]


def setup_token(secret_key: str) -> str:
    """The token that opens the first set-up: derived from the secret key, so that it needs no storage.

    It can be used once, because the set-up is closed as soon as there is a user.
    """
    return hmac.new(secret_key.encode(), b"trenddojo set-up", hashlib.sha256).hexdigest()[:32]


def is_same(left: str, right: str) -> bool:
    """Compare two secrets in constant time."""
    return hmac.compare_digest(left.encode("utf-8", "replace"), right.encode("utf-8", "replace"))
