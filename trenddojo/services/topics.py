"""The pulse of open pages: which names changed since a page last looked.

Versions come from one counter that a transaction holds until it commits, so that they appear in their order and a page
that asks for what came after its last version misses nothing.
"""

from collections.abc import Callable, Collection
from uuid import UUID

from trenddojo.store import topics
from trenddojo.store.models import User

JOBS = "jobs"
"""The jobs' table, which everybody may watch."""
_CONNECTION, _ACCOUNT, _ALERTS = "connection-", "account-", "alerts-"


def connection(connection_id: UUID) -> str:
    """The name of a connection, its state and its quotes."""
    return f"{_CONNECTION}{connection_id}"


def account(account_id: UUID) -> str:
    """The name of what is known of an account."""
    return f"{_ACCOUNT}{account_id}"


def alerts(user_id: UUID) -> str:
    """The name of a person's alerts."""
    return f"{_ALERTS}{user_id}"


def bump(*names: str) -> None:
    """Say within the writing transaction that these changed.

    Call it last: from here to the commit, other transactions that have something to say wait.
    """
    if names:
        topics.mark(set(names), topics.advance())


def changed_since(user: User, version: int) -> tuple[int, list[str]]:
    """The present version, and what changed after `version` of all that `user` may see, oldest first.

    Where nothing changed it is one indexed query. A version from the future, as after a restored backup, counts as 0.
    """
    found = topics.after(version)
    newest = found.pop(topics.COUNTER, 0)
    if version > newest:
        return changed_since(user, 0)
    return newest, sorted(_visible(user, found), key=lambda name: (found[name], name))


def present() -> int:
    """The version that a page begins with when it has just been drawn."""
    return topics.newest()


def _visible(user: User, names: Collection[str]) -> set[str]:
    seen = set(names) & {JOBS, alerts(user.id)}
    seen |= _own(_CONNECTION, names, lambda among: topics.own_connections(user.id, among))
    return seen | _own(_ACCOUNT, names, lambda among: topics.seen_accounts(user.id, among))


def _own(prefix: str, names: Collection[str], own: Callable[[Collection[UUID]], set[UUID]]) -> set[str]:
    ids = [UUID(name.removeprefix(prefix)) for name in names if name.startswith(prefix)]
    return {f"{prefix}{one}" for one in own(ids)} if ids else set()
