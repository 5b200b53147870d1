"""Brings an archive in: all of it or nothing, as new accounts of whoever brings it, and no row of anybody else's.

The file is read from end to end first. Then its pictures are placed, its rows are written in one transaction, and
whatever follows from records is computed from them, never taken from the file.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import IO
from uuid import UUID, uuid4

from sqlalchemy.exc import DBAPIError, StatementError

from trenddojo.domain.fills import BookError
from trenddojo.domain.terms import Mode, Role
from trenddojo.services import audit
from trenddojo.services.archive.arriving import Arriving
from trenddojo.services.archive.bad import BadArchive
from trenddojo.services.archive.contents import Content, contents, table_of
from trenddojo.services.archive.course import Course, Stage, Tell
from trenddojo.services.archive.examining import examine
from trenddojo.services.archive.manifest import json_name
from trenddojo.services.archive.owned import BROUGHT
from trenddojo.services.archive.pictures import Placed
from trenddojo.services.archive.putting import Numbered, numbered, put, put_personal, put_table
from trenddojo.services.archive.reading import Archive, opened
from trenddojo.services.errors import Forbidden, Invalid
from trenddojo.services.instruments import Terms
from trenddojo.services.rebuild import settle_account
from trenddojo.store import accounts, connections, saved_views
from trenddojo.store import archive as stored
from trenddojo.store.areas import Area
from trenddojo.store.bars import put as keep_bars
from trenddojo.store.database import db, discard
from trenddojo.store.instruments import instrument_by_identity
from trenddojo.store.models import (
    Account,
    BrokerConnection,
    ConnectionState,
    ExchangeRate,
    Instrument,
    SavedView,
    User,
)
from trenddojo.store.seats import Seat, SeatRole

FIELD = "file"
"""The field that a refusal stands by."""
VIEWERS = "You may look at accounts, but not add one."
_BY_HAND = {"people", "connections", "instruments", "exchange_rates", "saved_views", "bars"}
"""Tables whose rows meet what is here already."""


@dataclass(frozen=True, slots=True)
class Brought:
    """What an archive brought: its accounts by name, how many rows of each table, and whose acts are now the owner's.

    `rates_left` are rates of the ECB that were left out, because only an admin may bring them.
    """

    accounts: tuple[str, ...]
    rows: dict[str, int]
    others: tuple[str, ...]
    rates_left: int

    def told(self, whose: str) -> str:
        """The same in a sentence or two; `whose` name acts of others are under now, such as "your"."""
        names = ", ".join(self.accounts) or "no account"
        said = f"Brought {names}: {_count(self.rows['trades'], 'trade')}, {_count(self.rows['executions'], 'fill')}."
        if self.others:
            said += f" What {', '.join(self.others)} did there is under {whose} name here."
        if self.rates_left:
            said += f" Left out: {_count(self.rates_left, 'exchange rate')} of the ECB, which an admin imports."
        return said


def _count(number: int, one: str) -> str:
    return f"{number:,} {one}{'' if number == 1 else 's'}"


def bring(
    user: User, file: IO[bytes], now: datetime, *, with_rates: bool | None = None, tell: Tell | None = None
) -> Brought:
    """Bring an archive in as `user`'s own, and commit. Ends the caller's transaction without keeping it.

    `with_rates`: whether rates that all share may come with it; without an answer those of an admin do. `tell` is
    told how far it is, and ends it by raising.
    Raises Forbidden for a person who may only look, Invalid with a sentence where it cannot be brought in; nothing has
    changed then.
    """
    if user.role is Role.VIEWER:
        raise Forbidden(VIEWERS)
    shared = user.role is Role.ADMIN if with_rates is None else with_rates
    discard()
    placed = Placed()
    done = False
    try:
        with opened(file) as archive:
            course = Course(tell) if tell else Course()
            brought = _bring(archive, Arriving(user, now, course=course), placed, shared=shared)
        done = True
    except BadArchive as error:
        raise Invalid({FIELD: f"{error} Nothing was brought in."}) from None
    finally:
        if not done:
            discard()
            placed.take_back()
    return brought


def _bring(archive: Archive, arriving: Arriving, placed: Placed, *, shared: bool) -> Brought:
    rows = examine(archive, arriving)
    _refuse_known(arriving)
    discard()
    placed.place(archive, _pictures(archive))
    discard()
    accounts.lock_owner(arriving.user)
    arriving.course.begin(Stage.WRITING, sum(rows.values()))
    left = _write(archive, arriving, shared=shared)
    arriving.course.begin(Stage.RECKONING, rows["trades"])
    _settle(arriving)
    names = tuple(str(row["name"]) for row in arriving.accounts.values())
    only = next(iter(arriving.accounts)) if len(arriving.accounts) == 1 else None
    told = {name: count for name, count in rows.items() if count}
    audit.note("archive_brought", Area.ACCOUNTS, ", ".join(names)[:200], account_id=only, rows=told)
    db.session.commit()
    others = tuple(sorted(name for person, name in arriving.people.items() if person != "owner"))
    return Brought(names, rows, others, left)


def _refuse_known(arriving: Arriving) -> None:
    for model, found, what in (
        (Account, arriving.accounts, "The account"),
        (BrokerConnection, arriving.connections, "The connection"),
    ):
        known = stored.known(table_of(model), [(row_id,) for row_id in found])
        if known:
            name = found[next(iter(known))[0]]["name"]
            raise BadArchive(f"{what} {name} is here already. An archive adds accounts, and changes none.")


def _pictures(archive: Archive) -> dict[UUID, dict[str, object]]:
    if not archive.pictures():
        return {}
    return {told["id"]: told for batch in numbered(archive, "attachments") for _, told in batch}


def _write(archive: Archive, arriving: Arriving, *, shared: bool) -> int:
    """Write every table; how many rates were left out."""
    _connect(arriving)
    for name, content in contents().items():
        if name == "instruments":
            _instruments(archive, arriving)
        if name not in _BY_HAND:
            (put_personal if _is_personal(content) else put_table)(archive, content, arriving)
    _views(archive, arriving)
    _bars(archive, arriving)
    return _rates(archive, arriving, shared=shared)


def _is_personal(content: Content) -> bool:
    return any(field.name == "user_id" for field in content.fields)


# ---- what meets something that is here


def _connect(arriving: Arriving) -> None:
    """Connections that have ended: accounts keep their mode and their orders, and reach nobody."""
    rows = []
    for row in arriving.connections.values():
        fixed = {"id": row["id"], "broker": row["broker"], "mode": row["mode"], "created_at": row["created_at"]}
        rows.append(
            {
                **fixed,
                "user_id": arriving.user.id,
                "name": _free_name(arriving, row["broker"], row["mode"], f"{row['name']}{BROUGHT}"),
                "is_paper": row["mode"] is not Mode.LIVE,
                "is_active": False,
                "settings": {},
                "state": ConnectionState.DISCONNECTED,
                "state_since": arriving.now,
            }
        )
        put(table_of(BrokerConnection), json_name("connections"), [(len(rows), dict(row))], rows[-1:])


def _free_name(arriving: Arriving, broker: str, mode: Mode, name: str) -> str:
    tried, number = name, 1
    while connections.named(arriving.user.id, broker, mode, tried):
        number += 1
        tried = f"{name} {number}"
    return tried


def _instruments(archive: Archive, arriving: Arriving) -> None:
    """What is traded here already stays as it is; the rest is added."""
    content = contents()["instruments"]
    for batch in numbered(archive, "instruments"):
        fresh: list[Numbered] = []
        taken = stored.known(table_of(Instrument), [(told["id"],) for _, told in batch])
        for number, told in batch:
            identity = _identity(told)
            if found := instrument_by_identity(identity):
                arriving.instruments[told["id"]] = found.id
                continue
            here = uuid4() if (told["id"],) in taken else told["id"]
            arriving.instruments[told["id"]] = here
            fresh.append((number, {**told, "id": here, "identity": identity}))
        put(table_of(Instrument), json_name(content.name), fresh, [told for _, told in fresh])


def _identity(told: dict[str, object]) -> str:
    names = ("symbol", "asset_type", "currency", "exchange", "multiplier", "lot", "expiry", "strike", "right")
    return Terms(**{name: told[name] for name in names}).identity  # type: ignore[arg-type]


def _views(archive: Archive, arriving: Arriving) -> None:
    """Views whose names are free; the others get a number. A view that is here already is left alone."""
    content, table = contents()["saved_views"], table_of(SavedView)
    for batch in numbered(archive, "saved_views"):
        known = stored.known(table, [(told["id"],) for _, told in batch])
        for number, told in batch:
            if (told["id"],) in known:
                continue
            row = arriving.as_row(content, told)
            name, count = row["name"], 1
            while saved_views.named(arriving.user.id, row["room"], row["name"]):
                count += 1
                row["name"] = f"{name} {count}"
            put(table, json_name("saved_views"), [(number, told)], [row])


def _rates(archive: Archive, arriving: Arriving, *, shared: bool) -> int:
    """An account's own rates; those that all share where they may come, and are not known."""
    content, table, left = contents()["exchange_rates"], table_of(ExchangeRate), 0
    for batch in numbered(archive, "exchange_rates"):
        mine = [one for one in batch if one[1]["account_id"] is not None]
        put(table, json_name("exchange_rates"), mine, [arriving.as_row(content, told) for _, told in mine])
        ours = [one for one in batch if one[1]["account_id"] is None]
        known = stored.known(table, [_rate_key(told) for _, told in ours])
        news = [one for one in ours if _rate_key(one[1]) not in known]
        if shared:
            put(table, json_name("exchange_rates"), news, [arriving.as_row(content, told) for _, told in news])
        else:
            left += len(news)
    return left


def _rate_key(told: dict[str, object]) -> tuple[object, ...]:
    return told["source"], told["base_currency"], told["quote_currency"], told["on"]


def _bars(archive: Archive, arriving: Arriving) -> None:
    """Bars in realms that came with the archive, so that nobody else sees them."""
    content = contents()["bars"]
    for batch in numbered(archive, "bars"):
        rows = []
        for _, told in batch:
            row = {**arriving.as_row(content, told), "realm": arriving.realm_of(told)}
            del row["account_id"], row["of"]
            rows.append(row)
        keep_bars(rows)
        arriving.course.step(len(batch))


# ---- what follows


def _settle(arriving: Arriving) -> None:
    """Compute every figure of the accounts from their records. Raises BadArchive where they are no books."""
    for seat in _seats(arriving):
        name = seat.account.name
        try:
            settle_account(seat, arriving.course.step)
            db.session.flush()
        except BookError as error:
            raise BadArchive(f"The fills of a trade of {name} are none that can follow one another: {error}") from None
        except (StatementError, DBAPIError, ArithmeticError):
            raise BadArchive(f"The figures that follow from the records of {name} are too large.") from None


def _seats(arriving: Arriving) -> Sequence[Seat]:
    db.session.expire_all()
    found = [accounts.account_by_id(account_id) for account_id in arriving.accounts]
    return [Seat(arriving.user, account, SeatRole.OWNER) for account in found if account]
