"""The contract: every fill is told, and a restart loses nothing."""

from tests.brokers.contract.steps import added, bought, resting
from tests.brokers.subjects import Subject


def test_each_fill_is_told_once_for_all(subject: Subject) -> None:
    first = bought(subject)
    early = subject.client.get_executions()
    second = bought(subject)
    late = subject.client.get_executions(early.cursor)
    assert added(early.fills, first) == added(late.fills, second) == 10
    every = subject.client.get_executions().fills
    assert {fill.execution_id for fill in every} == {fill.execution_id for fill in (*early.fills, *late.fills)}
    assert sorted(every, key=lambda fill: fill.at) == list(every)
    assert len({fill.execution_id for fill in every}) == len(every)
    ours = {first.order_id: first.client_order_id, second.order_id: second.client_order_id}
    assert {fill.order_id for fill in every} == set(ours)
    assert all(fill.client_order_id in (None, ours[fill.order_id]) for fill in every)


def test_a_cursor_at_the_end_brings_nothing_new(subject: Subject) -> None:
    bought(subject)
    known = subject.client.get_executions()
    again = subject.client.get_executions(known.cursor)
    assert {fill.execution_id for fill in again.fills} <= {fill.execution_id for fill in known.fills}


def test_a_restart_loses_nothing(subject: Subject) -> None:
    filled, rests = bought(subject), resting(subject)
    cursor = subject.client.get_executions().cursor
    positions = subject.client.get_positions()
    fills = subject.client.get_executions().fills
    subject.restart()
    assert subject.client.get_order_status(filled.order_id) == filled
    assert [one.order_id for one in subject.client.get_open_orders()] == [rests.order_id]
    assert subject.client.get_positions() == positions
    assert subject.client.get_executions().fills == fills
    third = bought(subject)
    assert added(subject.client.get_executions(cursor).fills, third) == 10
