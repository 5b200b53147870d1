"""What the house keeps about itself: its audit log, jobs, leases, alerts, and what changed last for whom."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, Integer, text
from sqlalchemy.orm import Mapped, mapped_column

from trenddojo.store.areas import Area
from trenddojo.store.database import Base
from trenddojo.store.types import words

_UNRESOLVED = text("resolved_at IS NULL")


class Source(StrEnum):
    """Where an act came from."""

    BROWSER = "browser"
    API = "api"
    COMMAND = "command"
    JOB = "job"


class JobOutcome(StrEnum):
    """How a job's run ended."""

    OK = "ok"
    FAILED = "failed"


class AuditEntry(Base):
    """One act: who, from where, what, and what it changed. Append-only by triggers, chained by hashes.

    `hash` is SHA-256 over `previous_hash` and every other column in a canonical form (security.chain). `seq` counts
    without gaps. `subject` names what it was about in words, `account_id` whose people may see it; neither is a foreign
    key, so that the entry outlives what it tells of. `detail` is what no row tells; `changes` are rows with the fields
    that changed, each as [before, after].
    """

    __tablename__ = "audit_log"
    __audit__ = None
    __table_args__ = (Index(None, "account_id", "seq"), Index(None, "actor_id", "seq"), Index(None, "at"))

    seq: Mapped[int] = mapped_column(
        BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=False
    )
    at: Mapped[datetime]
    actor_id: Mapped[UUID | None]
    actor: Mapped[str]
    source: Mapped[Source] = mapped_column(words(Source))
    address: Mapped[str]
    area: Mapped[Area] = mapped_column(words(Area))
    act: Mapped[str]
    subject: Mapped[str]
    account_id: Mapped[UUID | None]
    detail: Mapped[dict[str, Any]] = mapped_column(JSON)
    changes: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    previous_hash: Mapped[str]
    hash: Mapped[str]


class Alert(Base):
    """Something that a person should know. `key` is the same for the same trouble, which rings the bell once.

    `count` and `last_at` tell how often it came; `resolved_at` is when it was over, `read_at` when it was seen.
    """

    __tablename__ = "alerts"
    __audit__ = None
    __table_args__ = (
        Index(None, "user_id", "last_at", "id"),
        Index("uq_alerts_open", "user_id", "key", unique=True, sqlite_where=_UNRESOLVED, postgresql_where=_UNRESOLVED),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    key: Mapped[str]
    code: Mapped[str]
    title: Mapped[str]
    next_step: Mapped[str]
    connection_id: Mapped[UUID | None] = mapped_column(ForeignKey("broker_connections.id", ondelete="CASCADE"))
    account_id: Mapped[UUID | None] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"))
    trade_id: Mapped[UUID | None] = mapped_column(ForeignKey("trades.id", ondelete="CASCADE"))
    first_at: Mapped[datetime]
    last_at: Mapped[datetime]
    count: Mapped[int] = mapped_column(default=1)
    read_at: Mapped[datetime | None]
    resolved_at: Mapped[datetime | None]


class Job(Base):
    """A recurring job as it last went, and when it comes next."""

    __tablename__ = "jobs"
    __audit__ = None

    name: Mapped[str] = mapped_column(primary_key=True)
    every_seconds: Mapped[int]
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    milliseconds: Mapped[int | None]
    outcome: Mapped[JobOutcome | None] = mapped_column(words(JobOutcome))
    told: Mapped[str]
    next_run_at: Mapped[datetime | None]
    runs: Mapped[int] = mapped_column(default=0)
    failures: Mapped[int] = mapped_column(default=0)


class Lease(Base):
    """Who alone may do something, until when. `token` rises with every new holder, so that an old one is told apart."""

    __tablename__ = "leases"
    __audit__ = None

    name: Mapped[str] = mapped_column(primary_key=True)
    holder: Mapped[str]
    token: Mapped[int]
    expires_at: Mapped[datetime]


class Topic(Base):
    """What open pages watch. `version` is taken from one counter, so that a page asks for what came after its last."""

    __tablename__ = "topics"
    __audit__ = None
    __table_args__ = (Index(None, "version"),)

    name: Mapped[str] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(BigInteger)
