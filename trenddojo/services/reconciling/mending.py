"""A difference mended: what the books lack is booked as a statement of one line, which can be undone like any other."""

from datetime import UTC, date, datetime
from uuid import UUID

from trenddojo.domain.equity import local_date
from trenddojo.domain.mends import Way, cash_kind, way_of
from trenddojo.domain.terms import ImportStatus, Side
from trenddojo.services.errors import FORM, Conflict, Invalid
from trenddojo.services.imports.acts import import_of, take
from trenddojo.services.imports.survey import survey
from trenddojo.services.imports.uploads import folder
from trenddojo.services.imports.verdicts import refusals
from trenddojo.services.imports.work import work
from trenddojo.services.inputs.base import Input
from trenddojo.services.inputs.reconciling import CashMend, FillMend, SplitMend
from trenddojo.services.reconciling.comparing import Difference, may_reconcile
from trenddojo.services.reconciling.contracts import contract_from_json, contract_of
from trenddojo.services.reconciling.names import name_of
from trenddojo.statements.lines import CashLine, Contract, FillLine, Said, SplitLine
from trenddojo.statements.spool import Spool
from trenddojo.statements.values import NOON
from trenddojo.store import accounts, imports, reconciliations
from trenddojo.store.database import db
from trenddojo.store.models import Import, Reconciliation

INPUTS: dict[Way, type[Input]] = {Way.FILL: FillMend, Way.SPLIT: SplitMend, Way.CASH: CashMend}
NOTHING_MENDS = "Nothing that could be booked mends this difference."
FORMAT = "mend"
"""The format that such an import is named: none of files, and nothing is recognised as it."""
_LINE = 1


def mend(at: Difference, entered: Input, now: datetime, *, key: UUID) -> Import:
    """Book what the books lack; `entered` is of the model that `INPUTS` has for the way of the difference.

    Sent a second time with the same `key`, which becomes the import's id, it finds the first. Raises Forbidden,
    Conflict for what is mended already or what nothing mends, and Invalid where the books refuse the line.
    """
    may_reconcile(at.seat)
    line = _line(at, entered, now)
    statement = _claimed(at, key, now)
    if statement.status is ImportStatus.READY:
        _look(statement, at, line)
        take(at.seat, key, {})
        work(key, None, now)
    return import_of([at.seat], key)[1]


def standing_mend(row: Reconciliation, place: int) -> Import | None:
    """The import that mended a difference, or is about to, unless it was undone since."""
    return reconciliations.booked_import(row.mends.get(str(place)))


def _claimed(at: Difference, key: UUID, now: datetime) -> Import:
    """The import of this key, which is to mend the difference, written down before anything is booked.

    Raises Conflict where another one mended it.
    """
    accounts.lock(at.seat.account)
    db.session.refresh(at.row)
    standing = standing_mend(at.row, at.place)
    if standing is not None and standing.id != key:
        raise Conflict("This difference is mended already. Undo that import first, or compare again.")
    statement = imports.by_id(key)
    if statement is None:
        statement = _statement(at, key, now)
        db.session.add(statement)
        at.row.mends = {**at.row.mends, str(at.place): str(key)}
    db.session.commit()
    return statement


def _statement(at: Difference, key: UUID, now: datetime) -> Import:
    return Import(
        id=key,
        account_id=at.seat.account.id,
        name=f"Reconciliation of {at.row.as_of:%Y-%m-%d}",
        size=0,
        sha256="",
        format=FORMAT,
        options={},
        counts={},
        status=ImportStatus.READY,
        created_by=at.seat.user.id,
        created_at=now,
    )


def _look(statement: Import, at: Difference, line: Said) -> None:
    """Lay the line where booking finds it. Raises Invalid where the books would refuse it, and forgets it then."""
    place = folder()
    place.make(statement.id)
    with Spool.begin(place.spool(statement.id)) as spool:
        list(spool.take([line]))
        survey(statement, at.seat, spool, _unheard)
        refused = next(refusals(spool), None)
    if refused is not None:
        place.remove(statement.id)
        db.session.delete(statement)
        db.session.commit()
        raise Invalid({FORM: refused.reason})


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
