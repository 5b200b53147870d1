"""What a person owns, table by table, in the form of an archive."""

from collections.abc import Iterator, Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import Row as Found

from trenddojo.domain.account_numbers import masked
from trenddojo.services.archive.contents import MARKET, OWN, PEOPLE, Content, contents, table_of, tables
from trenddojo.services.archive.fields import OWNER
from trenddojo.services.bars import realms_of
from trenddojo.store import archive
from trenddojo.store.archive import Estate
from trenddojo.store.models import Account, Attachment, User

BROUGHT = ", archive"
"""What a connection's name ends with that an archive brought: one made here never takes its place."""

Row = Mapping[str, Any]


def rows_in(owner: User, name: str) -> Iterator[Row]:
    """The rows of one table of the archive."""
    content = contents()[name]
    if content.is_whole:
        return _rows(owner, content)
    return {PEOPLE: _people, "connections": _connections, "bars": _bars}[name](owner)


def kept_pictures(owner: User) -> Iterator[Found[Any]]:
    """The pictures on a person's accounts, each with `id` and `media_type`, deleted ones that may come back too."""
    return _estate(owner).rows(table_of(Attachment), ("id", "media_type"))


def _estate(owner: User) -> Estate:
    return Estate(owner, tuple(tables()))


def _rows(owner: User, content: Content) -> Iterator[Row]:
    names = [field.name for field in content.fields]
    people = [field.name for field in content.fields if field.is_person]
    for found in _estate(owner).rows(table_of(content.model), names):
        row = dict(zip(names, found, strict=True))
        for name in people:
            row[name] = _named(row[name], owner)
        if content.model is Account and row["broker_account_id"] is not None:
            row["broker_account_id"] = masked(row["broker_account_id"], row["mode"])
        yield row


def _named(person: UUID | None, owner: User) -> str | None:
    return OWNER if person == owner.id else None if person is None else str(person)


def _people(owner: User) -> Iterator[Row]:
    unknown = dict.fromkeys(("email", "time_zone", "currency"))
    yield {"id": OWNER, "name": owner.name, **{name: getattr(owner, name) for name in unknown}}
    for person, name in archive.names_of(_estate(owner).writers() - {owner.id}):
        yield {"id": str(person), "name": name, **unknown}


def _connections(owner: User) -> Iterator[Row]:
    for one in archive.connections_of(owner.id):
        name = one.name.removesuffix(BROUGHT)
        yield {"id": one.id, "broker": one.broker, "mode": one.mode, "name": name, "created_at": one.created_at}


def _bars(owner: User) -> Iterator[Row]:
    names = [field.name for field in contents()["bars"].fields[2:]]
    for account in archive.accounts_of(owner.id):
        seen = realms_of(account)
        for of, realms in ((OWN, (seen.own,)), (MARKET, (seen.brought, seen.market))):
            for found in archive.bars_of(account, realms, names):
                yield {"account_id": account.id, "of": of, **dict(zip(names, found, strict=True))}
