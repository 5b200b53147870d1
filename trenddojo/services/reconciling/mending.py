"""A difference mended: what the books lack is booked as a statement of one line, which can be undone like any other."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from uuid import UUID

from trenddojo.domain.equity import local_date
from trenddojo.domain.mends import Way, cash_kind, way_of
from trenddojo.domain.terms import ImportStatus, Side
from trenddojo.services.errors import FORM, Conflict, Invalid
from trenddojo.services.imports.stages import book, refusals, survey
from trenddojo.services.inputs.base import Input
from trenddojo.services.inputs.reconciling import CashMend, FillMend, SplitMend
from trenddojo.services.reconciling.comparing import Difference, may_reconcile
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


def mend(at: Difference, entered: Input, folder: Folder, now: datetime, *, key: UUID) -> Import:
    """Book what the books lack; `entered` is of the model that `INPUTS` has for the way of the difference.

    Sent a second time with the same `key`, which becomes the import's id, it finds the first. Raises Forbidden,
    Conflict for what is mended already or what nothing mends, and Invalid where the books refuse the line.
    """
    may_reconcile(at.seat)
    accounts.lock(at.seat.account)
    standing = standing_mend(at.row, at.place)
    if standing is not None and standing.id == key:
        return standing
    if standing is not None:
        raise Conflict("This difference is mended already. Undo that import first, or compare again.")
    line = _line(at, entered, now)
    statement = _claimed(at, key, now)
    try:
        _book(statement, at.seat, line, folder, now)
    except Invalid:
        _forget(statement, at, folder)
        raise
    return statement


def standing_mend(row: Reconciliation, place: int) -> Import | None:
    """The import that mended a difference, unless it was undone since."""
    return reconciliations.standing_import(row.mends.get(str(place)))


def _claimed(at: Difference, key: UUID, now: datetime) -> Import:
    """The import that will mend it, committed with its place before anything is booked: a second one finds it."""
    statement = Import(
        id=key,
        account_id=at.seat.account.id,
        name=f"Reconciliation of {at.row.as_of:%Y-%m-%d}",
        size=0,
        sha256="",
        format=FORMAT.name,
        status=ImportStatus.BOOKING,
        created_by=at.seat.user.id,
        created_at=now,
    )
    db.session.add(statement)
    at.row.mends = {**at.row.mends, str(at.place): str(key)}
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


def _forget(statement: Import, at: Difference, folder: Folder) -> None:
    folder.remove(statement.id)
    at.row.mends = {place: kept for place, kept in at.row.mends.items() if place != str(at.place)}
    db.session.delete(statement)
    db.session.commit()


def _unheard(_done: int, _total: int) -> None:
    """One line needs no progress."""


def _line(at: Difference, entered: Input, now: datetime) -> Said:
    """What is booked, as a statement would say it. Raises Conflict where nothing mends it, Invalid for the future."""
    key = f"{at.row.id}:{at.place}"
    match way_of(at.finding), entered:
        case Way.FILL, FillMend():
            return _fill(at, entered, key, now)
        case Way.SPLIT, SplitMend():
            return SplitLine(_LINE, _contract(at), _past(entered.on, at, now), *entered.ratio, key)
        case Way.CASH, CashMend():
            kind, currency = cash_kind(at.finding), at.seat.account.base_currency
            if kind is not None:
                return CashLine(_LINE, _past(entered.on, at, now), kind, entered.amount, currency, entered.note, key)
    raise Conflict(NOTHING_MENDS)


def _past(on: date, at: Difference, now: datetime) -> date:
    if on > local_date(now, at.seat.zone):
        raise Invalid({"on": "This is in the future."})
    return on


def _fill(at: Difference, entered: FillMend, key: str, now: datetime) -> FillLine:
    noon = datetime.combine(_past(entered.on, at, now), NOON, at.seat.zone).astimezone(UTC)
    return FillLine(
        line=_LINE,
        contract=_contract(at),
        at=min(noon, now),
        is_dated=True,
        side=Side.BUY if at.finding.difference > 0 else Side.SELL,
        quantity=entered.quantity,
        price=entered.price,
        fee=entered.fee,
        fx=entered.fx,
        key=key,
    )


def _contract(at: Difference) -> Contract:
    """The contract as the broker told it, else as our books have it."""
    told, name = at.row.findings[at.place]["contract"], at.finding.name
    if told:
        return contract_from_json(told)
    for one in reconciliations.instruments_of(at.seat.account.id, name.partition(" ")[0]):
        if name_of(one.symbol, one.expiry, one.strike, one.right) == name:
            return contract_of(one)
    raise Conflict(f"The books do not tell what {name} is.")
