"""Personal API tokens: made, revoked, and recognised when a program shows one."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from trenddojo.domain.terms import Role, TokenScope
from trenddojo.security import tokens
from trenddojo.services.errors import Conflict, Invalid, NotFound
from trenddojo.services.inputs.people import TokenInput
from trenddojo.services.people import REPEATED_WITHIN
from trenddojo.store import people
from trenddojo.store.database import db
from trenddojo.store.models import ApiToken, User

MOST = 50
"""How many tokens a person may have at a time."""
_NOTE_USE_EVERY = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Bearer:
    """Whoever shows a token, and what the token lets them do."""

    user: User
    token: ApiToken


def create_token(user: User, entered: TokenInput, now: datetime) -> tuple[ApiToken, str]:
    """A new token and its secret, which is shown once and not kept.

    Sent a second time with the same key, it finds the token of the first and gives it a new secret.
    Raises Invalid for a scope beyond what the person may do, and Conflict where the key is an older token's.
    """
    if user.role is Role.VIEWER and entered.scope is not TokenScope.READ:
        raise Invalid({"scope": "You may look but not trade, so your tokens can only read."})
    token = _found(user, entered, now) or _new(user, entered, now)
    secret = tokens.new_token()
    token.prefix, token.digest = tokens.shown_prefix(secret), tokens.digest(secret)
    db.session.add(token)
    db.session.commit()
    return token, secret


def _found(user: User, entered: TokenInput, now: datetime) -> ApiToken | None:
    token = people.token_by_id(entered.key)
    if token is None:
        return None
    is_fresh = token.last_used_at is None and token.revoked_at is None and now - token.created_at < REPEATED_WITHIN
    if token.user_id != user.id or not is_fresh:
        raise Conflict("This token was made already. Load the page again to make another one.")
    return token


def _new(user: User, entered: TokenInput, now: datetime) -> ApiToken:
    if len(people.tokens_of(user.id)) >= MOST:
        raise Conflict(f"You have {MOST} tokens. Revoke one that is no longer used.")
    return ApiToken(
        id=entered.key,
        user_id=user.id,
        name=entered.name,
        scope=entered.scope,
        created_at=now,
        expires_at=now + timedelta(days=entered.days) if entered.days else None,
    )


def revoke_token(user: User, token_id: UUID, now: datetime) -> ApiToken:
    """End a token at once. Raises NotFound for somebody else's and for one that is revoked already."""
    token = people.token_by_id(token_id)
    if token is None or token.user_id != user.id or token.revoked_at is not None:
        raise NotFound
    token.revoked_at = now
    db.session.commit()
    return token


def token_user(secret: str, now: datetime) -> Bearer | None:
    """Whoever shows `secret`, or None where it is unknown, revoked, expired, or its owner is not let in."""
    token = people.token_by_digest(tokens.digest(secret))
    if token is None or token.revoked_at is not None or (token.expires_at is not None and token.expires_at <= now):
        return None
    user = people.user_by_id(token.user_id)
    if user is None or not user.is_active:
        return None
    if token.last_used_at is None or now - token.last_used_at >= _NOTE_USE_EVERY:
        _note_use(token.id, now)
    return Bearer(user, token)


def _note_use(token_id: UUID, now: datetime) -> None:
    # In a transaction of its own, which writes first: one that has read may find that another wrote in between.
    db.session.commit()
    people.mark_used(token_id, now)
    db.session.commit()
