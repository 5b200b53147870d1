"""The recurring jobs: what each is for, how often it runs, and the one service that it calls."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from trenddojo.brokers.manager import BrokerManager
from trenddojo.services import attachments, connections, snapshots, watching
from trenddojo.services.archive import arrivals
from trenddojo.services.imports import clearing, work
from trenddojo.services.market import filling
from trenddojo.services.orders import rounds

Run = Callable[[BrokerManager, datetime], str]
"""What a job does; its answer says in a line what it did."""


@dataclass(frozen=True, slots=True)
class Recurring:
    """A job: its name in the records, how often it begins, in seconds, and what it does.

    A quiet one begins too often for each of its runs to be written down: the records follow it now and then.
    """

    name: str
    every_seconds: int
    run: Run
    is_quiet: bool = False


def _check(manager: BrokerManager, _now: datetime) -> str:
    return f"Connections looked at: {connections.check_all(manager)}."


def _orders(manager: BrokerManager, now: datetime) -> str:
    done = rounds.tick(manager, now)
    failed = f"; without an answer: {done.failed}" if done.failed else ""
    return f"Accounts followed: {done.asked}{failed}."


def _snapshots(manager: BrokerManager, now: datetime) -> str:
    return f"Connections asked: {snapshots.take_all(manager, now)}."


def _bars(manager: BrokerManager, now: datetime) -> str:
    done = filling.fill_all(manager, now)
    failed = f"; without an answer: {done.failed}" if done.failed else ""
    return f"Questions about prices: {done.asked}, bars told: {done.bars}{failed}."


def _watch(_manager: BrokerManager, now: datetime) -> str:
    return f"Accounts looked at: {watching.watch_all(now)}."


def _attachments(_manager: BrokerManager, now: datetime) -> str:
    cleared = attachments.clear(now)
    return f"Pictures cleared away: {cleared.pictures}; files that nobody knew: {cleared.files}."


def _imports(manager: BrokerManager, now: datetime) -> str:
    return f"Statements worked on: {work.work_off(manager, now)}."


def _import_files(_manager: BrokerManager, now: datetime) -> str:
    cleared = clearing.clear(now)
    return f"Imports that nobody went on with: {cleared.imports}; files of statements taken away: {cleared.files}."


def _archives(_manager: BrokerManager, now: datetime) -> str:
    return f"Archives brought in: {arrivals.work_off(now)}."


JOBS = (
    Recurring("connection_check", 30, _check),
    Recurring("order_sync", 1, _orders, is_quiet=True),
    Recurring("snapshots", 10, _snapshots),
    Recurring("bars", 60, _bars),
    Recurring("watch", 60, _watch),
    Recurring("attachments", 3600, _attachments),
    Recurring("imports", 1, _imports, is_quiet=True),
    Recurring("import_files", 3600, _import_files),
    Recurring(arrivals.JOB, 1, _archives, is_quiet=True),
)
