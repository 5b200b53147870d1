"""What is wrong with an installation, in plain words."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import DBAPIError

from trenddojo.config import DEVELOPMENT_FILE, Config
from trenddojo.domain.fills import BookError
from trenddojo.services import attachments, brokerage
from trenddojo.services.books import excursion_of, open_books
from trenddojo.services.credentials import KeyMissing, key_state
from trenddojo.store import days, report_totals
from trenddojo.store.database import db, is_reachable
from trenddojo.store.models import Account, Trade
from trenddojo.store.schema import StaleSchema, require_current


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at: whether it is well, and a sentence that says what was found or what to do."""

    subject: str
    is_well: bool
    sentence: str


def examine(config: Config) -> Iterator[Finding]:
    """Look at configuration, keys, database, credentials and books; stops at the first thing that hides the rest."""
    yield _configuration(config)
    yield from _brokers(config)
    yield _keys(config)
    if config.sqlite_path is not None:
        yield _disk(Path(config.sqlite_path))
    if not is_reachable():
        yield Finding("Database", False, "It does not answer. Check DATABASE_URL, and that the server runs.")
        return
    schema = _schema()
    yield schema
    if schema.is_well:
        yield _credentials()
        yield _books()
        yield _pictures()


def _configuration(config: Config) -> Finding:
    kind = "Production" if config.production else "Development"
    live = "live trading on" if config.enable_live_trading else "live trading off"
    brokers = "brokers on" if config.enable_broker_integrations else "brokers off"
    return Finding("Configuration", True, f"{kind}, {brokers}, {live}.")


def _brokers(config: Config) -> Iterator[Finding]:
    """What the operator has set for brokers and does not fit them."""
    return (Finding("Brokers", False, sentence) for sentence in brokerage.misset(config))


def _keys(config: Config) -> Finding:
    if not config.production and DEVELOPMENT_FILE.is_file() and DEVELOPMENT_FILE.stat().st_mode & 0o077:
        return Finding("Keys", False, f"Others can read {DEVELOPMENT_FILE.name}. Run: chmod 600 instance/*")
    if not config.broker_encryption_key:
        return Finding("Keys", True, "No BROKER_ENCRYPTION_KEY yet; it is needed before a broker is connected.")
    return Finding("Keys", True, "SECRET_KEY and BROKER_ENCRYPTION_KEY are set.")


def _disk(path: Path) -> Finding:
    if not os.access(path.parent, os.W_OK):
        return Finding("Disk", False, f"The folder {path.parent} cannot be written to.")
    stats = os.statvfs(path.parent)
    free = stats.f_bavail * stats.f_frsize // (1 << 20)
    return Finding("Disk", free >= 100, f"{free:,} MiB free beside the database; at least 100 should be.")


def _schema() -> Finding:
    try:
        require_current(db.engine)
    except (StaleSchema, DBAPIError) as error:
        return Finding("Schema", False, str(error))
    return Finding("Schema", True, "At the newest migration.")


def _credentials() -> Finding:
    """Whether every broker credential is under a key that is configured; nothing is decrypted."""
    try:
        state = key_state()
    except KeyMissing as missing:
        return Finding("Credentials", False, missing.message)
    if state.unknown:
        lost = ", ".join(f"{count:,} under {key_id}" for key_id, count in state.unknown.items())
        return Finding(
            "Credentials", False, f"Encrypted with keys that are not configured: {lost}. Put the former keys into "
            "BROKER_ENCRYPTION_KEYS_OLD, restart, and run: flask credentials rotate"
        )  # fmt: skip
    if state.old:
        return Finding("Credentials", True, f"{state.old:,} still under an old key. Run: flask credentials rotate")
    return Finding("Credentials", True, f"{state.current:,} kept, all under the current key.")


def _books() -> Finding:
    """Recompute every account from its records and compare; nothing is kept."""
    wrong = [account.name for account in db.session.scalars(select(Account)) if not _agrees(account)]
    db.session.rollback()
    if wrong:
        names = ", ".join(wrong)
        return Finding("Books", False, f"Stored figures differ from the records on: {names}. Run: flask books rebuild")
    return Finding("Books", True, "Every stored figure follows from the records.")


def _pictures() -> Finding:
    if attachments.folder() is None:
        return Finding("Pictures", True, "None are taken: ATTACHMENTS_PATH is not set.")
    if missing := attachments.missing():
        return Finding("Pictures", False, f"{missing:,} lack their file. Restore the folder ATTACHMENTS_PATH.")
    return Finding("Pictures", True, "Every picture has its file.")


def _agrees(account: Account) -> bool:
    before, totals = _stored(account), report_totals.totals_of(account.id)
    trades = db.session.scalars(select(Trade).where(Trade.account_id == account.id, Trade.deleted_at.is_(None)))
    if not all(map(_follows, trades)):
        return False
    days.recompute(account, None)
    # Totals that were never kept are wanting, not wrong: they are written with the account's next change.
    return before == _stored(account) and totals in ({}, report_totals.totals_of(account.id))


def _stored(account: Account) -> tuple[Any, ...]:
    return account.balance, account.equity, account.open_trades, days.changes_between(account.id, None, None)


def _follows(trade: Trade) -> bool:
    try:
        books = open_books(trade, db.session.get_one(Account, trade.account_id))
    except BookError:
        return False
    position, ran = books.position, excursion_of(books)
    return (trade.quantity, trade.realised, trade.initial_risk, trade.mae, trade.mfe) == (
        position.quantity, position.realised, position.initial_risk, ran and ran.mae, ran and ran.mfe
    )  # fmt: skip
