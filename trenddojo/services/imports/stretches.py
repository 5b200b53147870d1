"""Where an instrument with very many fills is cut into stretches, each compared with the books and written by itself.

What keeps its fills together beside a trade: a name that the file tells twice, a line of it that tells several fills,
and a fill that is found by its name, at another time than the file's.
"""

from collections.abc import Iterator
from datetime import datetime
from uuid import UUID

from trenddojo.services.imports import cutting
from trenddojo.services.imports.contracts import Group, instrument_of
from trenddojo.services.imports.courses import lines_of
from trenddojo.services.imports.cutting import Days, Span
from trenddojo.services.imports.facts import terms_at
from trenddojo.services.imports.ground import Ground
from trenddojo.services.imports.matching import keyed
from trenddojo.services.imports.portions import PORTION, portions
from trenddojo.statements import spooled
from trenddojo.statements.spool import Spool
from trenddojo.store import import_parts
from trenddojo.store.database import discard, reading
from trenddojo.store.models import Account, Instrument
from trenddojo.store.seats import Seat

Cuts = tuple[datetime, ...]


def cuts_of(spool: Spool, group: Group, ground: Ground, seat: Seat) -> Cuts:
    """Where one instrument of a statement may be cut; none where it is small. Leaves no transaction open.

    Raises Conflict where it is large and may not be cut.
    """
    with reading():
        instrument = instrument_of(group, ground)
        days = Days(ground.zone)
        told, known = spooled.count_of_fills(spool, group.numbered), 0
        if instrument is not None:
            known = import_parts.count_of(ground.account_id, instrument.id)
        found: Cuts = ()
        if told + known > cutting.AT_ONCE:
            days.count(spooled.moments_of_fills(spool, group.numbered))
            days.tie(spooled.spans_of_fills(spool, group.numbered))
            if instrument is not None:
                _add_books(days, ground.account_id, instrument.id)
                days.tie(_corrected(spool, group, ground, seat.account, instrument))
            found = tuple(days.cuts())
        discard()
    if not found:
        cutting.require_bearable(told, known, group.contract.symbol)
    return found


def cuts_of_books(ground: Ground, instrument_id: UUID) -> Cuts:
    """Where what the books have of an instrument may be cut. Leaves no transaction open."""
    with reading():
        days = Days(ground.zone)
        if import_parts.count_of(ground.account_id, instrument_id) > cutting.AT_ONCE:
            _add_books(days, ground.account_id, instrument_id)
        discard()
    return tuple(days.cuts())


def _add_books(days: Days, account_id: UUID, instrument_id: UUID) -> None:
    days.count(import_parts.moments_of(account_id, instrument_id))
    days.tie(import_parts.spans_of_trades(account_id, instrument_id))
    days.tie(import_parts.spans_of_turns(account_id, instrument_id))


def _corrected(spool: Spool, group: Group, ground: Ground, account: Account, instrument: Instrument) -> Iterator[Span]:
    """Fills of the statement that the books have under the same name at another time."""
    told = lines_of(spool, group, ground, terms_at(account, instrument), [])
    for portion in portions(keyed(told, ground.source.family, instrument.identity), PORTION):
        stored = import_parts.moments_of_keys(ground.account_id, {one.fill.key for one in portion})
        for one in portion:
            at = stored.get(one.fill.key)
            if at is not None and at != one.fill.at:
                yield min(at, one.fill.at), max(at, one.fill.at)
