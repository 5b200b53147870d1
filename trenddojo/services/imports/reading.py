"""A statement is read: from its file, or from its broker, into its spool. Nothing is written to the database."""

from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

from trenddojo.brokers.manager import BrokerManager
from trenddojo.services.imports import broker
from trenddojo.services.imports.counts import Progress
from trenddojo.services.inputs.imports import ImportOptions
from trenddojo.statements import spooled
from trenddojo.statements.format import Format, Options, Unreadable
from trenddojo.statements.lines import Refusal, Said
from trenddojo.statements.spool import Spool
from trenddojo.statements.texts import MOST_LINES, TOO_MANY_LINES, count_lines
from trenddojo.statements.watched import Watched
from trenddojo.store.seats import Seat

MISSING = "Its file is not on this server any more. Bring it again."
MOST_REFUSED = 100_000
"""Lines that may be refused while they are more than those that were understood."""
MOST: Mapping[str, tuple[int, str]] = {
    "contracts": (50_000, "instruments"),
    "cash": (50_000, "movements of cash"),
    "splits": (5_000, "splits"),
}
"""What of the spool's tables is compared with the books at once: many times what ten years of an account tell."""
MOST_FILLS_OF_ONE = 200_000
"""Of one instrument; they may be one trade, which is made in memory."""
IN_PARTS = "Bring the statement in parts, of one year each, say."
NO_BROKER = "A broker is asked by the server, and not here."


def read_file(found: Format, path: Path, options: Options, spool: Path, tell: Progress) -> None:
    """Read a file into a spool; `tell` counts its lines, anew each time that it is gone through. Raises Unreadable."""
    if not path.is_file():
        raise Unreadable(MISSING)
    total, size = count_lines(path), path.stat().st_size
    if total > MOST_LINES:
        raise Unreadable(TOO_MANY_LINES)
    watched = Watched.of(path, lambda at: tell(total * at // size, total))
    _take(found.read(watched, options), spool, total, tell)


def read_broker(manager: BrokerManager | None, seat: Seat, since: date | None, spool: Path, tell: Progress) -> None:
    """Read what a broker tells into a spool. Raises Unreadable, and Conflict where it cannot be asked."""
    if manager is None or since is None:
        raise Unreadable(NO_BROKER)
    _take(broker.lines(manager, seat, since), spool, 0, tell)


def _take(lines: Iterator[Said], place: Path, total: int, tell: Progress) -> None:
    with Spool.begin(place) as spool:
        for line in spool.take(_bearable(lines)):
            tell(min(line, total), total)
            _check_counts(spool)
        _check_counts(spool)
        _check_fills(spool)


def _check_counts(spool: Spool) -> None:
    for table, (most, what) in MOST.items():
        if spooled.count_of(spool, table) > most:
            raise Unreadable(f"It tells of more than {most:,} {what}. {IN_PARTS}")


def _check_fills(spool: Spool) -> None:
    symbol, count = spooled.most_traded(spool)
    if count > MOST_FILLS_OF_ONE:
        raise Unreadable(f"It tells more than {MOST_FILLS_OF_ONE:,} fills of {symbol}. {IN_PARTS}")


def _bearable(lines: Iterator[Said]) -> Iterator[Said]:
    """What a file says, unless it is none of the kind: its refusals would take many times its own room on disk."""
    refused = understood = 0
    for said in lines:
        if isinstance(said, Refusal):
            refused += 1
            if refused > MOST_REFUSED and refused > understood:
                one = f"line {said.line:,}: {said.reason}"
                raise Unreadable(f"{refused:,} lines and more cannot be read, which is most of it. One is {one}")
        else:
            understood += 1
        yield said


def options_for(said: ImportOptions, seat: Seat) -> Options:
    """How a file is to be read: what was said of it, and for the rest what is the account's."""
    return Options(
        account_zone=seat.zone,
        zone=ZoneInfo(said.zone) if said.zone else seat.zone,
        currency=said.currency or seat.account.base_currency,
        date_order=said.date_order,
        columns=said.columns,
    )
