"""The recurring jobs: what each is for, how often it runs, and the one service that it calls."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from trenddojo.brokers.manager import BrokerManager
from trenddojo.services import connections, snapshots

Run = Callable[[BrokerManager, datetime], str]
"""What a job does; its answer says in a line what it did."""


@dataclass(frozen=True, slots=True)
class Recurring:
    """A job: its name in the records, how often it begins, in seconds, and what it does."""

    name: str
    every_seconds: int
    run: Run


def _check(manager: BrokerManager, _now: datetime) -> str:
    return f"Connections looked at: {connections.check_all(manager)}."


def _orders(manager: BrokerManager, now: datetime) -> str:
    return f"Connections asked: {snapshots.take_orders(manager, now)}."


def _snapshots(manager: BrokerManager, now: datetime) -> str:
    return f"Connections asked: {snapshots.take_all(manager, now)}."


JOBS = (
    Recurring("connection_check", 30, _check),
    Recurring("order_sync", 15, _orders),
    Recurring("snapshots", 10, _snapshots),
)
