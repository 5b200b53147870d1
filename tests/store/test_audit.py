"""Whatever is committed is in the audit log, and what is in it stays, on both databases."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Date,
    Enum,
    Integer,
    LargeBinary,
    Uuid,
    delete,
    insert,
    text,
    update,
)
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm import Mapped, Session, mapped_column
from sqlalchemy.types import JSON, Text

from tests.conftest import NOW, make_seat, make_user
from trenddojo.domain.terms import AccountType, AssetType, Direction, Mode
from trenddojo.services import audit
from trenddojo.store import audit_log, triggers
from trenddojo.store.audit import UNAUDITED, Unaudited
from trenddojo.store.database import Base, db
from trenddojo.store.models import (
    Account,
    AuditEntry,
    BrokerConnection,
    CashMovement,
    ChecklistItem,
    ConnectionState,
    Instrument,
    Setup,
    Trade,
    User,
)
from trenddojo.store.origin import HOUSE, acting, of_job
from trenddojo.store.seats import Seat
from trenddojo.store.types import Scaled, Utc

MODELS = sorted((one.class_ for one in Base.registry.mappers), key=lambda one: one.__tablename__)
AUDITED = [model for model in MODELS if model.__audit__]
OTHERS = {
    "account_days",
    "account_snapshots",
    "alerts",
    "audit_log",
    "bar_coverage",
    "bars",
    "equity_histories",
    "exchange_rates",
    "idempotency_keys",
    "import_mappings",
    "jobs",
    "leases",
    "order_attempts",
    "order_events",
    "position_snapshots",
    "quotes",
    "report_days",
    "report_totals",
    "saved_views",
    "simulator_records",
    "topics",
    "trade_days",
    "trade_events",
    "trade_tags",
}


@pytest.fixture
def database_url(both_databases: str) -> str:
    return both_databases


def log() -> list[AuditEntry]:
    return list(db.session.query(AuditEntry).order_by(AuditEntry.seq))


def last() -> AuditEntry:
    return log()[-1]


# ---- every table decides


def test_every_table_says_what_becomes_of_its_changes() -> None:
    assert {model.__tablename__ for model in MODELS} == set(Base.metadata.tables)
    assert {model.__tablename__ for model in MODELS if model.__audit__ is None} == OTHERS


def test_a_table_that_does_not_say_is_refused() -> None:
    with pytest.raises(TypeError, match="Undecided must say in __audit__"):

        class Undecided(Base):
            __tablename__ = "undecided"
            id: Mapped[int] = mapped_column(primary_key=True)

    assert "undecided" not in Base.metadata.tables


def test_marks_are_spelled_right() -> None:
    columns = [column for table in Base.metadata.tables.values() for column in table.columns]
    assert {column.info["audit"] for column in columns if "audit" in column.info} == {"skip", "secret"}


def test_secrets_are_marked() -> None:
    looks_secret = re.compile("password_hash|digest|salt|nonce|ciphertext|secret")
    for model in AUDITED:
        for column in model.__table__.columns:
            assert (column.info.get("audit") == "secret") == bool(looks_secret.search(column.name)), column


# ---- each of them is told


class Rows:
    """One row of any audited table, with what it hangs on."""

    def __init__(self) -> None:
        self.owner, self.other = make_user("owner@example.org", "Owner"), make_user("other@example.org", "Other")
        self.account = make_seat(self.owner).account
        instrument = Instrument(identity="NVDA", symbol="NVDA", asset_type=AssetType.STOCK, currency="USD")
        item = ChecklistItem(account_id=self.account.id, text="Trend is up", required=True, position=0)
        tied = self._connection("tied")
        db.session.add_all([instrument, item, tied])
        db.session.flush()
        trade = Trade(**self._trade(instrument))
        self.traded = self._at_broker(tied)
        db.session.add_all([trade, self.traded])
        db.session.commit()
        self.ids = {
            "users.id": self.other.id,
            "accounts.id": self.account.id,
            "instruments.id": instrument.id,
            "trades.id": trade.id,
            "checklist_items.id": item.id,
            "broker_connections.id": tied.id,
            "accounts.mode": Mode.PAPER,
        }

    def _trade(self, instrument: Instrument) -> dict[str, Any]:
        return {
            "account_id": self.account.id,
            "instrument_id": instrument.id,
            "symbol": "NVDA",
            "direction": Direction.LONG,
            "planned_entry": Decimal(100),
            "planned_quantity": Decimal(10),
            "planned_at": NOW,
            "sort_at": NOW,
            "created_by": self.owner.id,
        }

    def _at_broker(self, tied: BrokerConnection) -> Account:
        """An account that orders may be sent on."""
        return Account(
            owner_id=self.owner.id,
            name="Traded",
            broker=tied.broker,
            mode=tied.mode,
            account_type=AccountType.PAPER,
            connection_id=tied.id,
            broker_account_id="A-1",
            base_currency="USD",
            time_zone="UTC",
            opened_on=NOW.date(),
            starting_balance=Decimal(0),
            balance=Decimal(0),
            equity=Decimal(0),
            created_at=NOW,
        )

    def _connection(self, name: str) -> BrokerConnection:
        return BrokerConnection(
            user_id=self.owner.id,
            broker="alpaca",
            mode=Mode.PAPER,
            name=name,
            is_paper=True,
            settings={},
            state=ConnectionState.CONNECTED,
            state_since=NOW,
            created_at=NOW,
        )

    def make(self, model: type[Base]) -> Base:
        if model is BrokerConnection:
            return self._connection("made")
        if model.__tablename__ == "risk_settings":
            db.session.delete(db.session.get_one(model, self.account.id))
            db.session.commit()
        return model(**{column.name: self._value(column) for column in model.__table__.columns if self._is_due(column)})

    @staticmethod
    def _is_due(column: Column[Any]) -> bool:
        is_chosen = f"{column.table.name}.{column.name}" == "attachments.on"  # a picture has a trade or a day
        return is_chosen or (not column.nullable and column.default is None)

    def _value(self, column: Column[Any]) -> Any:
        if column.table.name == "orders" and column.name == "account_id":
            return self.traded.id
        if column.foreign_keys:
            names = {key.target_fullname for key in column.foreign_keys}
            return next(found for name, found in self.ids.items() if name in names)
        return value_of(column, 1)


def value_of(column: Column[Any], number: int) -> Any:
    match column.type:
        case Enum():
            return list(column.type.enum_class or ())[number % 2]
        case Scaled():
            return Decimal(number)
        case Uuid():
            return UUID(int=number)
        case Utc():
            return NOW.replace(minute=number)
        case Date():
            return date(2026, 1, number)
        case Boolean():
            return bool(number % 2)
        case Integer():
            return number
        case LargeBinary():
            return bytes([number])
        case JSON():
            return [str(number)]
        case Text():
            return f"text {number}"
        case other:
            raise AssertionError(other)


def told(model: type[Base]) -> dict[str, Any]:
    """What the last entry tells of the only row that it tells of."""
    changes = last().changes
    assert [change["table"] for change in changes] == [model.__tablename__]
    found: dict[str, Any] = changes[0]
    return found


def changeable(model: type[Base]) -> list[Column[Any]]:
    fixed = triggers.FIXED.get(model.__tablename__, ())
    checks = " ".join(str(one.sqltext) for one in model.__table__.constraints if isinstance(one, CheckConstraint))
    return [
        column
        for column in model.__table__.columns
        if not (column.primary_key or column.foreign_keys or isinstance(column.type, Uuid) or column.name in fixed)
        and column.info.get("audit") != "skip"
        and not re.search(rf"\b{column.name}\b", checks)
    ]


@pytest.mark.parametrize("model", AUDITED, ids=lambda one: one.__tablename__)
def test_rows_are_told_when_added_changed_and_removed(app: Flask, model: type[Base]) -> None:
    row = Rows().make(model)
    db.session.add(row)
    db.session.commit()
    assert told(model)["act"] == "added"
    assert last().area is model.__audit__
    name = told(model)["row"]
    for column in changeable(model):
        before = getattr(row, column.name)
        setattr(row, column.name, value_of(column, 1 if before == value_of(column, 2) else 2))
        db.session.commit()
        change = told(model)
        assert (change["act"], change["row"], list(change["fields"])) == ("changed", name, [column.name])
        was, now = change["fields"][column.name]
        if column.info.get("audit") == "secret":
            assert (was, now) == ("(secret)", "(secret)")
        else:
            assert was != now
    db.session.delete(row)
    db.session.commit()
    change = told(model)
    assert (change["act"], change["row"]) == ("removed", name)
    assert all(now is None for _, now in change["fields"].values())
    assert audit.verify().broken is None


@pytest.mark.parametrize("model", AUDITED, ids=lambda one: one.__tablename__)
@pytest.mark.parametrize("statement", [insert, update, delete], ids=["insert", "update", "delete"])
def test_no_statement_changes_audited_rows_past_the_session(
    app: Flask, model: type[Base], statement: Callable[..., Any]
) -> None:
    for target in (model, model.__table__):
        with pytest.raises(Unaudited, match=f"{model.__tablename__} is audited"):
            db.session.execute(statement(target))
        db.session.rollback()


PAST_THE_SESSION = {
    "audit.py",
    "people.py",  # that a token was used
    "imports.py",  # how far the reading of a statement is
    "import_books.py",  # what a statement brings: the writer tells the rows' number and hash
    "import_stops.py",  # what stops an import assumes: one act tells how many by which rule
    "archive.py",  # what an archive brings: one act tells how many rows of what
}
"""Where statements go past what watches the session, and what they write."""


def test_only_what_is_told_otherwise_goes_past_the_session() -> None:
    sources = {path: path.read_text(encoding="utf-8") for path in Path("trenddojo").rglob("*.py")}
    users = {path.as_posix() for path, source in sources.items() if UNAUDITED in source or "UNAUDITED" in source}
    assert users == {f"trenddojo/store/{name}" for name in PAST_THE_SESSION}
    for path, source in sources.items():
        assert not re.search(r"\bbulk_(insert|save|update)\w*\(", source), path


# ---- what is told of a change


def test_values_are_exact_and_the_old_ones_are_read_where_they_had_expired(app: Flask, seat: Seat) -> None:
    movement = CashMovement(
        account_id=seat.account.id, on=date(2026, 1, 2), kind="deposit", amount=Decimal("10.50"),
        created_by=seat.user.id, created_at=NOW,
    )  # fmt: skip
    db.session.add(movement)
    db.session.commit()
    movement.amount, movement.deleted_at = Decimal("0.10"), NOW  # everything had expired with the commit
    db.session.commit()
    assert told(CashMovement)["fields"] == {
        "amount": ["10.5", "0.1"],
        "deleted_at": [None, "2026-11-19T19:42:10+00:00"],
    }


def test_several_flushes_are_one_change(app: Flask, seat: Seat) -> None:
    for name in ("First", "Second", "Third"):
        seat.account.name = name
        db.session.flush()
    db.session.commit()
    assert last().changes[0]["fields"] == {"name": ["Trend Core", "Third"]}


def test_what_ends_as_it_began_is_no_act(app: Flask, seat: Seat) -> None:
    before = len(log())
    seat.account.name = "Other"
    db.session.flush()
    seat.account.name = "Trend Core"
    setup = Setup(account_id=seat.account.id, name="Breakout")
    db.session.add(setup)
    db.session.flush()
    db.session.delete(setup)
    db.session.commit()
    seat.account.equity = Decimal(7)  # derived
    db.session.commit()
    assert len(log()) == before


def test_a_row_that_takes_the_place_of_a_removed_one_is_a_change(app: Flask, seat: Seat) -> None:
    setup = Setup(account_id=seat.account.id, name="Breakout")
    db.session.add(setup)
    db.session.commit()
    again = Setup(id=setup.id, account_id=seat.account.id, name="Pullback")
    db.session.delete(setup)
    db.session.add(again)
    db.session.commit()
    change = told(Setup)
    assert (change["act"], change["fields"]) == ("changed", {"name": ["Breakout", "Pullback"]})


def test_act_and_entry_are_kept_together_or_not_at_all(app: Flask, seat: Seat) -> None:
    before = len(log())
    seat.account.name = "Other"
    db.session.flush()
    db.session.rollback()
    db.session.commit()
    db.session.add(
        User(email=seat.user.email, name="Twin", role="trader", time_zone="UTC", password_hash="", created_at=NOW)
    )
    with pytest.raises(IntegrityError):
        db.session.commit()
    db.session.rollback()
    seat.account.name = "Third"
    db.session.commit()
    assert len(log()) == before + 1
    assert last().changes[0]["fields"] == {"name": ["Trend Core", "Third"]}


def test_an_entry_that_cannot_be_written_undoes_the_act(
    app: Flask, seat: Seat, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = len(log())
    monkeypatch.setattr(audit_log, "put", lambda session, **columns: session.execute(text("INSERT INTO nowhere")))
    seat.account.name = "Other"
    with pytest.raises(DBAPIError):
        db.session.commit()
    db.session.rollback()
    assert (seat.account.name, len(log())) == ("Trend Core", before)


def test_what_a_savepoint_takes_back_is_forgotten(app: Flask, seat: Seat) -> None:
    seat.account.fee_per_unit = Decimal(1)
    outer = db.session.begin_nested()
    seat.account.name = "Other"
    db.session.flush()
    with db.session.begin_nested():
        seat.account.leverage = Decimal(2)
    outer.rollback()
    with db.session.begin_nested():
        seat.account.breakeven_band = Decimal(3)
    db.session.commit()
    assert last().changes[0]["fields"] == {"fee_per_unit": ["0", "1"], "breakeven_band": ["0", "3"]}


def test_a_session_of_its_own_is_watched_too(app: Flask, seat: Seat) -> None:
    account_id = seat.account.id
    db.session.rollback()
    with Session(db.engine) as session, acting(of_job("broker check")):
        session.add(Setup(account_id=account_id, name="Breakout"))
        session.commit()
    entry = last()
    assert (entry.act, entry.actor, entry.source, entry.account_id) == ("broker check", HOUSE.name, "job", account_id)


# ---- the rows stay


@pytest.mark.parametrize(
    "statement", ["UPDATE audit_log SET actor = 'x'", "DELETE FROM audit_log", "UPDATE audit_log SET seq = seq + 1"]
)
def test_the_database_refuses_to_change_the_log(app: Flask, seat: Seat, statement: str) -> None:
    before = [entry.hash for entry in log()]
    with pytest.raises(IntegrityError, match="rows are never changed or deleted"):
        db.session.execute(text(statement))
    db.session.rollback()
    assert [entry.hash for entry in log()] == before


@contextmanager
def without_triggers() -> Iterator[None]:
    """Changes past the triggers, committed with their return: other tests meet the same database."""
    dialect = db.engine.dialect.name
    for statement in triggers.removal(dialect, "audit_log"):
        db.session.execute(text(statement))
    yield
    for statement in triggers.statements(dialect, "audit_log"):
        db.session.execute(text(statement))
    db.session.commit()


@pytest.mark.parametrize(
    ("statements", "at"),
    [
        (["UPDATE audit_log SET actor = 'x' WHERE seq = 2"], 2),
        (["UPDATE audit_log SET changes = '[]' WHERE seq = 3"], 3),
        (["DELETE FROM audit_log WHERE seq = 2"], 2),
        ([f"UPDATE audit_log SET seq = {new} WHERE seq = {old}" for old, new in ((2, 99), (3, 2), (99, 3))], 2),
        (
            [
                "UPDATE audit_log SET seq = 6 WHERE seq = 5",
                "UPDATE audit_log SET seq = 5 WHERE seq = 4",
                "INSERT INTO audit_log (seq, at, actor, source, address, area, act, subject, detail, changes,"
                " previous_hash, hash) SELECT 4, at, actor, source, address, area, act, subject, detail, changes,"
                " previous_hash, hash FROM audit_log WHERE seq = 3",
            ],
            4,
        ),
    ],
    ids=["changed", "emptied", "deleted", "swapped", "inserted"],
)
def test_tampering_past_the_triggers_is_found(app: Flask, seat: Seat, statements: list[str], at: int) -> None:
    for name in ("Second", "Third", "Fourth"):
        seat.account.name = name
        db.session.commit()
    assert len(log()) == 5
    assert audit.verify().broken is None
    with without_triggers():
        for statement in statements:
            db.session.execute(text(statement))
    broken = audit.verify().broken
    assert broken is not None
    assert broken.seq == at


def test_writers_at_once_make_one_chain(app: Flask) -> None:
    seats = [make_seat(make_user(f"{number}@example.org", f"Person {number}")) for number in range(4)]
    ids = [seat.account.id for seat in seats]
    before, failures = len(log()), []

    def write(account_id: Any) -> None:
        with app.app_context():
            try:
                for number in range(10):
                    db.session.add(Setup(account_id=account_id, name=f"Setup {number}"))
                    db.session.commit()
            except DBAPIError as error:
                failures.append(error)
            finally:
                db.session.remove()

    db.session.remove()
    threads = [threading.Thread(target=write, args=(account_id,)) for account_id in ids]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    entries = log()
    assert [entry.seq for entry in entries] == list(range(1, before + 41))
    assert audit.verify().entries == before + 40
    assert isinstance(entries[-1].at, datetime)
