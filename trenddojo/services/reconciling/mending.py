"""A difference mended: what the books lack is booked as a statement of one line, which can be undone like any other."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

from trenddojo.domain.equity import local_date
from trenddojo.domain.mends import Way, cash_kind, way_of
from trenddojo.domain.reconciling import Finding
from trenddojo.domain.terms import ImportStatus, Side
from trenddojo.services.errors import FORM, Conflict, Forbidden, Invalid
from trenddojo.services.imports.stages import book, refusals, survey
from trenddojo.services.inputs.base import Input
from trenddojo.services.inputs.reconciling import CashMend, FillMend, SplitMend
from trenddojo.services.reconciling.comparing import difference_at
from trenddojo.services.reconciling.contracts import contract_from_json, contract_of
from trenddojo.services.reconciling.names import name_of
from trenddojo.statements.format import Format, Head, Options, Unreadable
from trenddojo.statements.lines import CashLine, Contract, FillLine, Said, SplitLine
from trenddojo.statements.spool import Spool
from trenddojo.statements.values import NOON
from trenddojo.store import accounts, reconciliations
from trenddojo.store.database import db
from trenddojo.store.import_files import Folder
from trenddojo.store.models import Import, Reconciliation
from trenddojo.store.seats import Seat

INPUTS: dict[Way, type[Input]] = {Way.FILL: FillMend, Way.SPLIT: SplitMend, Way.CASH: CashMend}
NOTHING_MENDS = "Nothing that could be booked mends this difference."
_LINE = 1


def _no_file(_head: Head) -> bool:
    return False


def _unread(path: Path, _options: Options) -> Iterator[Said]:
    raise Unreadable(f"{path.name} is no file of a mend.")


FORMAT = Format("mend", "A mend of a reconciliation", "", _no_file, _unread)
"""Not among the formats of files: nothing is recognised as it, and what it tells a person typed."""


def mend(
    seat: Seat, row: Reconciliation, place: int, entered: Input, folder: Folder, now: datetime, *, key: UUID
) -> Import:
    """Book what the books lack at a place of a comparison; `entered` is of the model that `INPUTS` has for its way.

    Sent a second time with the same `key`, which becomes the import's id, it finds the first. Raises Forbidden, NotFound
    for no difference, Conflict for one that is mended already or that nothing mends, and Invalid where the books refuse
    the line.
    """
    if not seat.may_trade:
        raise Forbidden(f"You may look at {seat.account.name}, but not reconcile it.")
    accounts.lock(seat.account)
    one = difference_at(row, place)
    standing = standing_mend(row, place)
    if standing is not None and standing.id == key:
        return standing
    if standing is not None:
        raise Conflict("This difference is mended already. Undo that import first, or compare again.")
    line = _line(seat, row, place, one, entered, now)
    statement = _claimed(seat, row, place, key, now)
    try:
        _book(statement, seat, line, folder, now)
    except Invalid:
        _forget(statement, row, place, folder)
        raise
    return statement


def standing_mend(row: Reconciliation, place: int) -> Import | None:
    """The import that mended a difference, unless it was undone since."""
    return reconciliations.standing_import(row.mends.get(str(place)))


def _claimed(seat: Seat, row: Reconciliation, place: int, key: UUID, now: datetime) -> Import:
    """The import that will mend it, committed with its place before anything is booked: a second one finds it."""
    statement = Import(
        id=key,
        account_id=seat.account.id,
        name=f"Reconciliation of {row.as_of:%Y-%m-%d}",
        size=0,
        sha256="",
        format=FORMAT.name,
        status=ImportStatus.BOOKING,
        created_by=seat.user.id,
        created_at=now,
    )
    db.session.add(statement)
    row.mends = {**row.mends, str(place): str(key)}
    db.session.commit()
    return statement


def _book(statement: Import, seat: Seat, line: Said, folder: Folder, now: datetime) -> None:
    folder.make(statement.id)
    with Spool.begin(folder.spool(statement.id)) as spool:
        list(spool.take([line]))
        survey(statement, seat, spool, _unheard)
        if (refused := next(refusals(spool), None)) is not None:
            raise Invalid({FORM: refused.reason})
        statement.counts = book(statement, seat, spool, now, _unheard).as_json
    statement.status, statement.finished_at = ImportStatus.DONE, now
    db.session.commit()


def _forget(statement: Import, row: Reconciliation, place: int, folder: Folder) -> None:
    folder.remove(statement.id)
    row.mends = {there: kept for there, kept in row.mends.items() if there != str(place)}
    db.session.delete(statement)
    db.session.commit()


def _unheard(_done: int, _total: int) -> None:
    """One line needs no progress."""


def _line(seat: Seat, row: Reconciliation, place: int, one: Finding, entered: Input, now: datetime) -> Said:
    key = f"{row.id}:{place}"
    if entered.on > local_date(now, seat.zone):  # type: ignore[attr-defined]  # every mend has its date
        raise Invalid({"on": "This is in the future."})
    match way_of(one), entered:
        case Way.FILL, FillMend():
            return _fill(seat, _contract(seat, row, place, one), one, entered, key, now)
        case Way.SPLIT, SplitMend():
            contract = _contract(seat, row, place, one)
            return SplitLine(_LINE, contract, entered.on, entered.numerator, entered.denominator, key)
        case Way.CASH, CashMend():
            kind = cash_kind(one)
            assert kind is not None
            return CashLine(_LINE, entered.on, kind, entered.amount, seat.account.base_currency, entered.note, key)
    raise Conflict(NOTHING_MENDS)


def _fill(seat: Seat, contract: Contract, one: Finding, entered: FillMend, key: str, now: datetime) -> FillLine:
    return FillLine(
        line=_LINE,
        contract=contract,
        at=min(datetime.combine(entered.on, NOON, seat.zone).astimezone(UTC), now),
        is_dated=True,
        side=Side.BUY if one.difference > 0 else Side.SELL,
        quantity=entered.quantity,
        price=entered.price,
        fee=entered.fee,
        fx=entered.fx,
        key=key,
    )


def _contract(seat: Seat, row: Reconciliation, place: int, one: Finding) -> Contract:
    """The contract as the broker told it, else as our books have it."""
    told = row.findings[place]["contract"]
    if told:
        return contract_from_json(told)
    for instrument in reconciliations.instruments_of(seat.account.id, one.name.partition(" ")[0]):
        if name_of(instrument.symbol, instrument.expiry, instrument.strike, instrument.right) == one.name:
            return contract_of(instrument)
    raise Conflict(f"The books do not tell what {one.name} is.")
