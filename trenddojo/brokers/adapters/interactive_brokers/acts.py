"""What is sent about orders, and what has to be heard until it counts as answered. On the loop's thread."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from trenddojo.brokers.adapters.interactive_brokers import codes, limits
from trenddojo.brokers.adapters.interactive_brokers.heard import Note, OrderTold, number
from trenddojo.brokers.adapters.interactive_brokers.inbox import Told
from trenddojo.brokers.adapters.interactive_brokers.line import Line

_ON_ITS_WAY = ("", "PendingSubmit", "ApiPending")
_CANCELLED = ("Cancelled", "ApiCancelled")
_ENDING = (*_CANCELLED, "PendingCancel", "Filled", "Inactive")

Sending = tuple[int, Any, Any]
"""A number, a contract, and an order."""


async def place(line: Line, orders: Sequence[Sending]) -> list[OrderTold]:
    """Send a family of orders, and wait until each was answered.

    Raises Told where the first was refused, or the last without which none works, TimeoutError where nothing was heard.
    """
    sent = line.send(orders)
    first = sent[0]
    with suppress(TimeoutError):
        async with asyncio.timeout(limits.ANSWER):
            await line.inbox.until(lambda: all(map(_is_answered, sent)) or _lacks_its_last(sent) is not None)
            if (note := _lacks_its_last(sent)) is not None:
                await _taken_back(line, sent)
                raise Told(note)
    if (note := refusal(first)) is not None:
        raise Told(note)
    if not first.perm_id:
        raise TimeoutError
    return [one.copy() for one in sent]


def _lacks_its_last(sent: Sequence[OrderTold]) -> Note | None:
    """What refused the last of a family, which was to set the others to work: they wait in the gateway, and are no
    orders of IBKR's."""
    last = sent[-1]
    return refusal(last) if last.order.parentId and not _is_answered(sent[0]) else None


async def _taken_back(line: Line, sent: Sequence[OrderTold]) -> None:
    """Have the gateway forget what waits in it. Raises TimeoutError where it does not say that all of it has ended."""
    waiting = [one for one in sent if refusal(one) is None]
    for one in waiting:
        line.send_cancel(one)
    await line.inbox.until(lambda: all(one.status in _CANCELLED and not one.filled for one in waiting))


async def change(line: Line, told: OrderTold, contract: Any, order: Any) -> OrderTold:
    """Send an order again, changed, and wait until it was told with the change.

    Raises Told where that was refused: the order goes on as it was. Raises TimeoutError where nothing was heard.
    """
    known = _own(line, told)
    notes, echoes = len(known.notes), known.echoes
    line.send_change(known, contract, order)

    def refused() -> Note | None:
        return next((one for one in known.notes[notes:] if codes.refuses_change(one.code)), None)

    async with asyncio.timeout(limits.ANSWER):
        await line.inbox.until(lambda: refused() is not None or (known.echoes > echoes and _is_as(known.order, order)))
    if (note := refused()) is not None:
        raise _of_the_request(known, note)
    return known.copy()


async def cancel(line: Line, told: OrderTold) -> None:
    """Ask for an order's end, and wait until the gateway has taken the request.

    Raises Told where it does not, TimeoutError where nothing was heard.
    """
    known = _own(line, told)
    notes = len(known.notes)
    known.is_cancel_asked = True
    line.send_cancel(known)

    def heard() -> Note | None:
        return next((one for one in known.notes[notes:] if codes.refuses_change(one.code)), None)

    async with asyncio.timeout(limits.ANSWER):
        await line.inbox.until(lambda: heard() is not None or known.status in _ENDING)
    note = heard()
    if note is not None and note.code != codes.CANCELLED:
        known.is_cancel_asked = False
        raise _of_the_request(known, note)


def refusal(told: OrderTold) -> Note | None:
    """What refused an order at its start. One that was cancelled (202) had been taken."""
    found = [one for one in told.notes if one.code != codes.CANCELLED and not codes.is_note(one.code)]
    has_ended = told.status in _CANCELLED and not told.filled
    return next((one for one in found if has_ended or codes.refuses_order(one.code)), None)


def _of_the_request(known: OrderTold, note: Note) -> Told:
    """What refused a change or a cancel is none of the order's, which would be taken for refused when it ends."""
    if note.code != codes.CANCELLED:
        known.notes.remove(note)
    return Told(note)


def _is_answered(told: OrderTold) -> bool:
    return refusal(told) is not None or (bool(told.perm_id) and told.status not in _ON_ITS_WAY)


def _is_as(told: Any, wanted: Any) -> bool:
    """Whether an order is told as it was wanted."""
    names = ("totalQuantity", "lmtPrice", "auxPrice", "trailingPercent")
    asked = {name: number(getattr(wanted, name)) for name in names}
    return all(value is None or number(getattr(told, name)) == value for name, value in asked.items())


def _own(line: Line, told: OrderTold) -> OrderTold:
    """The order as it is heard of, rather than a copy of it."""
    return next(one for one in line.inbox.orders if one.perm_id == told.perm_id)
