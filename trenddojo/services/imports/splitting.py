"""Splits that a statement tells of: they come into the books before its fills, whose trades they change."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import datetime
from fractions import Fraction
from uuid import UUID

from trenddojo.domain.splits import LARGEST, Split
from trenddojo.domain.terms import SplitSource
from trenddojo.domain.zones import day_begins
from trenddojo.services import splits
from trenddojo.services.errors import Invalid
from trenddojo.services.imports.contracts import instrument_of, made, plain, single
from trenddojo.services.imports.courses import KNOWN, NEW, REFUSED, SKIPPED
from trenddojo.services.imports.ground import Ground
from trenddojo.statements import spooled
from trenddojo.statements.lines import Contract, SplitLine
from trenddojo.statements.spool import Spool
from trenddojo.statements.spooled import Spooled, Verdict
from trenddojo.store import import_removal
from trenddojo.store import splits as stored
from trenddojo.store.database import db, discard
from trenddojo.store.models import StockSplit
from trenddojo.store.seats import Seat

SPLIT = "split"
Told = Mapping[Contract, tuple[Split, ...]]


def surveyed(spool: Spool, ground: Ground) -> list[Verdict]:
    """Which splits are new; within the caller's transaction."""
    return [_verdict(one, *_said(one.said, ground)) for one in spooled.splits(spool)]


def told(spool: Spool, ground: Ground) -> Told:
    """The splits that the statement tells of, by what was split."""
    found: defaultdict[Contract, list[Split]] = defaultdict(list)
    for one in spooled.splits(spool):
        if (ratio := _ratio(one.said)) is not None and _is_ours(one.said, ground):
            contract = plain(one.said.contract, ground)
            found[contract].append(Split(day_begins(one.said.on, contract.currency), *ratio))
    return {contract: tuple(rows) for contract, rows in found.items()}


def bring(spool: Spool, ground: Ground, seat: Seat, now: datetime) -> Iterator[Verdict]:
    """Bring the splits into the books, each in a transaction."""
    for one in spooled.splits(spool):
        verdict, detail = _said(one.said, ground)
        ratio = _ratio(one.said)
        if verdict == NEW and ratio is not None:
            group = single(one.said.contract, ground)
            key = f"{_prefix(ground.import_id)}{one.said.line}"
            try:
                splits.bring(seat, made(group, ground), one.said.on, *ratio, key=key, now=now)
            except Invalid as why:
                discard()
                verdict, detail = REFUSED, why.message
        db.session.commit()
        yield _verdict(one, verdict, detail)


def take_out(ground: Ground, seat: Seat, now: datetime) -> None:
    """Take out the splits that an import brought. One that trades which stay cannot do without is theirs, and stays."""
    for row in import_removal.splits_brought(ground.account_id, _prefix(ground.import_id)):
        if row.source is SplitSource.TYPED:
            row.key = None
        elif _let_go(row, seat, now):
            db.session.delete(row)
        db.session.commit()


def _let_go(row: StockSplit, seat: Seat, now: datetime) -> bool:
    try:
        splits.delete_split(seat, row.id, now)
    except Invalid:
        discard()
        return False
    return True


def _said(said: SplitLine, ground: Ground) -> tuple[str, str]:
    """What a split is, beside those of the books."""
    if not _is_ours(said, ground):
        return SKIPPED, f"Of the account {said.account}."
    ratio = _ratio(said)
    if ratio is None:
        return REFUSED, f"{said.numerator:f} for {said.denominator:f} is no split that the books can hold."
    instrument = instrument_of(single(said.contract, ground), ground)
    row = stored.split_on(ground.account_id, instrument.id, said.on) if instrument else None
    if row is None or (row.key or "").startswith(_prefix(ground.import_id)):
        return NEW, ""
    if (row.numerator, row.denominator) != ratio:
        return REFUSED, f"A {splits.name_of(row)} is recorded on that day already."
    return KNOWN, "It is recorded already."


def _is_ours(said: SplitLine, ground: Ground) -> bool:
    return ground.options.account in ("", said.account)


def _ratio(said: SplitLine) -> tuple[int, int] | None:
    """The ratio in whole numbers: 1.5 for 1 is 3 for 2."""
    if said.numerator <= 0 or said.denominator <= 0:
        return None
    ratio = Fraction(said.numerator) / Fraction(said.denominator)
    fits = max(ratio.numerator, ratio.denominator) <= LARGEST and ratio != 1
    return (ratio.numerator, ratio.denominator) if fits else None


def _prefix(import_id: UUID) -> str:
    return f"import:{import_id}:"


def _verdict(one: Spooled[SplitLine], verdict: str, detail: str) -> Verdict:
    return Verdict(one.said.line, SPLIT, one.row, verdict, detail)
