"""Single questions about single orders, of which a pass has room for a few: whose turn it is, and what was answered."""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from enum import IntEnum
from threading import Lock
from uuid import UUID

from flask import current_app

from trenddojo.brokers.base import BrokerClient
from trenddojo.brokers.errors import BrokerError
from trenddojo.brokers.types import Execution, Order

EXTENSION = "order_questions"
SPARE = 3
"""How many requests a pass has room for, beside the lists that it always asks for."""


class Need(IntEnum):
    """Why a single order is asked about, the most urgent first."""

    UNKNOWN = 1
    LEGS = 2
    FILLS_OF_NOBODY = 3
    MISSING_FILLS = 4
    VANISHED = 5
    REVIEW = 6
    SLEEPING = 7


@dataclass(frozen=True, slots=True)
class Question:
    """Ask for an order by our id, by the broker's, or for its fills. `cost` is how many requests that may take."""

    need: Need
    broker_order_id: str | None = None
    client_order_id: str | None = None
    cost: int = 1

    @property
    def key(self) -> str:
        """What tells it from other questions."""
        return f"{self.need}:{self.broker_order_id or self.client_order_id}"


@dataclass(frozen=True, slots=True)
class Answers:
    """What the broker said: orders that it has, fills of single orders, and ids of which it confirmed to have none."""

    orders: tuple[Order, ...]
    fills: tuple[Execution, ...]
    absent: frozenset[str]


class Turns:
    """When each question was last asked, so that the one that waits longest comes first and none starves."""

    def __init__(self) -> None:
        self._asked: dict[tuple[UUID, str], int] = {}
        self._count = 0
        self._lock = Lock()

    def chosen(self, account_id: UUID, questions: Iterable[Question], room: int = SPARE) -> list[Question]:
        """Those whose turn it is: by need, then by how long they have waited, as far as the room goes."""
        with self._lock:
            chosen = []
            for one in sorted(questions, key=lambda one: (one.need, self._asked.get((account_id, one.key), 0))):
                room -= one.cost
                if room < 0:
                    break
                self._count += 1
                self._asked[account_id, one.key] = self._count
                chosen.append(one)
            return chosen


def turns() -> Turns:
    """The running application's turns."""
    found = current_app.extensions.setdefault(EXTENSION, Turns())
    if not isinstance(found, Turns):
        raise TypeError("the questions' turns were replaced by something else")
    return found


def ask(client: BrokerClient, questions: Iterable[Question]) -> Answers:
    """Ask each question. One that fails has no answer, which proves nothing; it is asked again in its turn."""
    found: list[Order] = []
    fills: list[Execution] = []
    absent: set[str] = set()
    for question in questions:
        with suppress(BrokerError):  # the manager has told the faults
            if question.need is Need.MISSING_FILLS and question.broker_order_id:
                fills += client.get_order_executions(question.broker_order_id)
                continue
            order = _order(client, question)
            if order is None:
                absent.add(question.broker_order_id or question.client_order_id or "")
            else:
                found.append(order)
    return Answers(tuple(found), tuple(fills), frozenset(absent))


def _order(client: BrokerClient, question: Question) -> Order | None:
    if question.broker_order_id is None:
        return client.find_order(question.client_order_id or "")
    try:
        return client.get_order_status(question.broker_order_id)
    except BrokerError as error:
        if error.details.get("reason") == "not_found":
            return None
        raise
