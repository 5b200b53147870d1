"""Reads an archive from end to end before anything of it is written, so that nobody waits for a file that is wrong."""

from collections.abc import Mapping
from typing import Any

import msgspec

from trenddojo.brokers.registry import ADAPTERS
from trenddojo.domain.terms import MANUAL, AccountType, Mode
from trenddojo.services.archive.arriving import Arriving
from trenddojo.services.archive.bad import BadArchive, BadRow
from trenddojo.services.archive.checking import problem_in
from trenddojo.services.archive.contents import PEOPLE, Content, contents
from trenddojo.services.archive.course import Stage
from trenddojo.services.archive.fields import OWNER
from trenddojo.services.archive.manifest import json_name
from trenddojo.services.archive.reading import Archive

_MOST = {PEOPLE: 10_000, "connections": 1_000, "accounts": 1_000, "instruments": 200_000, "saved_views": 1_000}
"""Rows of the tables that an import keeps in memory."""

Row = Mapping[str, Any]


def examine(archive: Archive, arriving: Arriving) -> dict[str, int]:
    """Check every row of an archive, and note who and what is in it; how many rows each table has.

    Raises BadArchive for the first thing that is wrong.
    """
    found = {}
    arriving.course.begin(Stage.READING, archive.row_count)
    for name, content in contents().items():
        found[name] = 0
        for number, told in archive.rows(name):
            found[name] = number
            _check(content, number, msgspec.structs.asdict(told), arriving)
            arriving.course.step()
    if OWNER not in arriving.people:
        raise BadArchive(f"{json_name(PEOPLE)} does not name the owner.")
    return found


def _check(content: Content, number: int, row: Row, arriving: Arriving) -> None:
    file = json_name(content.name)
    if number > _MOST.get(content.name, number):
        raise BadRow(file, number, f"There are {_MOST[content.name]:,} at most.")
    if wrong := problem_in(content.name, content.fields, row, arriving.now):
        raise BadRow(file, number, wrong[1], wrong[0])
    for field in content.fields:
        if field.is_person and row[field.name] not in (None, *arriving.people):
            raise BadRow(file, number, f"Nobody in {json_name(PEOPLE)} has this id.", field.name)
        if field.goes_to == "instruments" and row[field.name] not in arriving.instruments:
            raise BadRow(file, number, "The archive has no such instrument.", field.name)
    if content.name in _NOTED and (wrong := _NOTED[content.name](arriving, row)):
        raise BadRow(file, number, wrong[1], wrong[0])


# ---- what the rest is held against

Problem = tuple[str, str] | None


def _person(arriving: Arriving, row: Row) -> Problem:
    if row["id"] in arriving.people:
        return "id", "It is there twice."
    arriving.people[row["id"]] = row["name"]
    return None


def _connection(arriving: Arriving, row: Row) -> Problem:
    if row["broker"] not in ADAPTERS:
        return "broker", "This TrendDojo does not know it."
    if row["broker"] == "simulated" and row["mode"] is not Mode.MOCK:
        return "mode", "A simulated exchange has no other mode than mock."
    arriving.connections[row["id"]] = row
    return None


def _account(arriving: Arriving, row: Row) -> Problem:
    if row["owner_id"] != OWNER:
        return "owner_id", "An archive holds its owner's accounts alone."
    if row["account_type"] is not _type_of(row["mode"]) or (row["broker"] == MANUAL) is not (row["mode"] is None):
        return "account_type", "It does not go with the account's broker and mode."
    if row["connection_id"] is not None:
        found = arriving.connections.get(row["connection_id"])
        if found is None or (found["broker"], found["mode"]) != (row["broker"], row["mode"]):
            return "connection_id", "The archive has no such connection of this broker and mode."
        if not row["broker_account_id"]:
            return "broker_account_id", "It is missing."
    elif row["broker_account_id"] is not None:
        return "broker_account_id", "Only a connected account has one."
    arriving.accounts[row["id"]] = row
    return None


def _type_of(mode: Mode | None) -> AccountType:
    if mode is None:
        return AccountType.TRACKING
    return AccountType.LIVE if mode is Mode.LIVE else AccountType.PAPER


def _instrument(arriving: Arriving, row: Row) -> Problem:
    if not row["symbol"].strip() or "|" in row["symbol"]:
        return "symbol", "It is no symbol."
    if row["id"] in arriving.instruments:
        return "id", "It is there twice."
    arriving.instruments[row["id"]] = row["id"]
    return None


def _of_account(arriving: Arriving, row: Row) -> Problem:
    if row["account_id"] in arriving.accounts or row["account_id"] is None:
        return None
    return "account_id", "The archive has no such account."


_NOTED = {PEOPLE: _person, "connections": _connection, "accounts": _account, "instruments": _instrument}
_NOTED |= {
    name: _of_account
    for name, content in contents().items()
    if any(field.name == "account_id" for field in content.fields)
}
