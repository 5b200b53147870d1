"""The job that fills the gaps of bars: what is wanted and not known is asked, the most urgent first.

No transaction is open while a broker is asked, and what was told is written under the lease of broker I/O, each answer
in a transaction of its own. A connection is asked no more in a minute than its broker's pacing leaves for it; the next
run goes on where this one ended. What a broker had nothing for is kept as asked; a running day is asked again once an
hour, and once more when it is over; what failed is asked again an hour later, then after twice as long each time, up to
a day.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice
from uuid import UUID

from trenddojo.brokers.errors import REMEDIES, Act, BrokerError, BrokerErrorCode, NotSent
from trenddojo.brokers.manager import BrokerManager, Link
from trenddojo.brokers.registry import spec_of
from trenddojo.brokers.types import Bar as ToldBar
from trenddojo.domain.coverage import Stretch, has_begun, missing, settled_at, stretches, trading_days
from trenddojo.domain.terms import AssetType, Mode, Timeframe
from trenddojo.services import leases
from trenddojo.services.all_connections import each_connected
from trenddojo.services.bars import realm_of
from trenddojo.services.connections import link_of
from trenddojo.services.market import answers
from trenddojo.services.market.needs import Need, needs_of
from trenddojo.store import bar_coverage, connections
from trenddojo.store.database import db, discard, reading
from trenddojo.store.models import BarCoverage, BrokerConnection

_AGAIN = timedelta(hours=1)
"""How long what was told of a running day holds, and how long after its first failure a question waits."""
_LONGEST_WAIT = timedelta(days=1)
_LONGEST: Mapping[Timeframe, timedelta] = {Timeframe.DAY: timedelta(days=360), Timeframe.HOUR: timedelta(days=28)}
"""The longest stretch of one question: what one request of the most restrictive broker tells."""
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Filled:
    """What became of a run: questions that were answered, bars that they brought, and questions that failed."""

    asked: int = 0
    bars: int = 0
    failed: int = 0

    def __add__(self, other: "Filled") -> "Filled":
        return Filled(self.asked + other.asked, self.bars + other.bars, self.failed + other.failed)


@dataclass(frozen=True, slots=True)
class Question:
    """The bars of one instrument that begin on some dates; `start` and `end` are UTC, `end` not included.

    One that `is_told` need not be asked: the bars are there, from another source.
    """

    instrument_id: UUID
    symbol: str
    timeframe: Timeframe
    dates: Stretch
    start: datetime
    end: datetime
    is_told: bool


@dataclass(frozen=True, slots=True)
class _Plan:
    link: Link
    realm: str
    source: str
    account_id: str
    token: int
    questions: tuple[Question, ...]


def fill_all(manager: BrokerManager, now: datetime) -> Filled:
    """Ask every connection that answers for what is wanted of it, within its pacing."""
    return sum(each_connected(lambda one: _fill(manager, one, now)), Filled())


def _fill(manager: BrokerManager, connection_id: UUID, now: datetime) -> Filled:
    plan, done = _planned(connection_id, now), Filled()
    if plan is None:
        return done
    for question in plan.questions:
        answer = [] if question.is_told else _asked(manager, plan, question)
        if isinstance(answer, NotSent) or not _is_ours(plan):
            break
        done += _kept(plan, question, answer, now)
        if isinstance(answer, BrokerError) and _is_over(answer):
            break
    return done


def _is_over(error: BrokerError) -> bool:
    """Whether asking on is of no use: the connection is down or hangs, or the broker wants to be left alone."""
    is_down = bool(REMEDIES[error.code].acts & (Act.RECONNECT | Act.REAUTHENTICATE))
    return is_down or error.code is BrokerErrorCode.RATE_LIMIT_EXCEEDED


# ---- what to ask


def _planned(connection_id: UUID, now: datetime) -> _Plan | None:
    """What is to be asked of a connection now; no transaction is open afterwards."""
    token = leases.keeper().token()
    with reading():
        connection = connections.by_id(connection_id)
        plan = None if token is None or connection is None else _plan(connection, token, now)
        discard()
    return plan


def _plan(connection: BrokerConnection, token: int, now: datetime) -> _Plan | None:
    offer = spec_of(connection.broker).capabilities.bars
    accounts = connections.accounts_of([connection.id])
    if offer is None or not accounts or not connection.is_active:
        return None
    questions = _questions(connection, needs_of(connection, offer, now), now)
    return _Plan(
        link=link_of(connection),
        realm=realm_of(connection),
        source="simulated" if connection.mode is Mode.MOCK else connection.broker,
        account_id=str(accounts[0].broker_account_id),
        token=token,
        questions=tuple(islice(questions, offer.requests_a_minute)),
    )


def _questions(connection: BrokerConnection, needs: list[Need], now: datetime) -> Iterator[Question]:
    """What is not known, lazily: what nobody goes on to ask is not looked up."""
    known = bar_coverage.coverage_of(connection.id)
    for need in needs:
        row = known.get((need.instrument_id, need.timeframe))
        if row is None or not _waits(row, now):
            yield from _of_need(connection, need, row, now)


def _waits(row: BarCoverage, now: datetime) -> bool:
    """Whether its last question failed, and it is too early for another one."""
    if row.failed_at is None:
        return False
    doublings = min(row.failures - 1, 10)
    return now < row.failed_at + min(_AGAIN * (1 << doublings), _LONGEST_WAIT)


def _of_need(connection: BrokerConnection, need: Need, row: BarCoverage | None, now: datetime) -> Iterator[Question]:
    days = [day for span in need.dates for day in trading_days(need.asset_type, span.first, span.last)]
    covered, asked_at = answers.spans(row), row.asked_at if row else None
    lacking = [day for day in missing(days, covered) if _is_due(need.asset_type, day, asked_at, now)]
    told = answers.told_already(connection, need, row, lacking) if lacking else set()
    for is_told in (False, True):
        some = [day for day in lacking if (day in told) is is_told]
        for dates in stretches(some, need.asset_type, _LONGEST[need.timeframe]):
            whole = dates if is_told else _reaching_back(dates, covered, need.asset_type)
            yield _question(need, whole, now, is_told=is_told)


def _is_due(asset_type: AssetType, day: date, asked_at: datetime | None, now: datetime) -> bool:
    """Whether a day that is not covered is to be asked: one that is over, or that runs and was not asked lately."""
    if settled_at(asset_type, day) <= now:
        return True
    return has_begun(asset_type, day, now) and (asked_at is None or now >= asked_at + _AGAIN)


def _reaching_back(dates: Stretch, covered: list[Stretch], asset_type: AssetType) -> Stretch:
    """With the day before, where that is known: told otherwise than then, all prices are those of another share."""
    before = trading_days(asset_type, dates.first - 7 * _DAY, dates.first - _DAY)
    knows = bool(before) and any(before[-1] in span for span in covered)
    return Stretch(before[-1], dates.last) if knows else dates


def _question(need: Need, dates: Stretch, now: datetime, *, is_told: bool) -> Question:
    """From the midnight of the first date, wherever the exchange may be, to that after the last one or to now."""
    start, end = (datetime.combine(day, time(), UTC) for day in (dates.first, dates.last + _DAY))
    end = min(end + answers.LATEST_MIDNIGHT, now)
    return Question(need.instrument_id, need.symbol, need.timeframe, dates, start, end, is_told)


# ---- asking and keeping


def _asked(manager: BrokerManager, plan: _Plan, question: Question) -> list[ToldBar] | BrokerError:
    try:
        client = manager.client_for(plan.link, plan.account_id)
        return client.get_bars(question.symbol, question.timeframe, question.start, question.end)
    except BrokerError as error:
        return error


def _is_ours(plan: _Plan) -> bool:
    """Whether this process still owns the brokers, held for the transaction that begins here."""
    if leases.owns(leases.BROKERS, plan.token):
        return True
    discard()
    return False


def _kept(plan: _Plan, question: Question, answer: list[ToldBar] | BrokerError, now: datetime) -> Filled:
    """Write what was told, or why nothing was."""
    row = bar_coverage.coverage(plan.link.connection_id, question.instrument_id, question.timeframe)
    instrument = bar_coverage.instruments_of([question.instrument_id])[question.instrument_id]
    if isinstance(answer, BrokerError):
        answers.fail(row, answer, now)
        done = Filled(failed=1)
    else:
        told = answers.Told(plan.realm, plan.source, answer)
        bars = answers.keep(row, instrument, question.dates, told, now)
        done = Filled(asked=0 if question.is_told else 1, bars=bars)
    db.session.commit()
    return done
