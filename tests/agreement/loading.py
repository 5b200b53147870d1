"""Random accounts put into the database: written row by row, or recorded act by act as a person would."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from random import Random
from uuid import UUID, uuid4, uuid5

from tests.agreement.splitting import Split
from tests.agreement.worlds import Plan, World
from tests.conftest import PASSWORD_HASH
from tests.histories import OracleCash, OracleFill, OracleMark, OracleStop, OracleTrade
from tests.oracle import is_entry, sorted_fills, trade_figures
from trenddojo.domain.terms import AssetType, CashKind, Direction, ExitReason, Role, Side, SplitSource, TradeStatus
from trenddojo.services import books
from trenddojo.services.cash import record_cash
from trenddojo.services.errors import Invalid
from trenddojo.services.fills import record_fill
from trenddojo.services.inputs import parse
from trenddojo.services.inputs.cash import NewCashInput
from trenddojo.services.inputs.records import FillInput, MarkInput, StopInput
from trenddojo.services.marks import record_mark
from trenddojo.services.stops import move_stop
from trenddojo.store.database import db
from trenddojo.store.models import (
    Account,
    CashMovement,
    Execution,
    Instrument,
    Leg,
    Mark,
    RiskSettings,
    StockSplit,
    Tag,
    Trade,
    TradeStop,
    TradeTag,
    User,
)
from trenddojo.store.seats import Seat, SeatRole


def written(world: World, splits: Sequence[Split] = ()) -> Seat:
    """Every row at once; then each trade is settled, and all days of the account. A world with `splits` is told."""
    seat = _seat(world)
    instruments, trades = _planned(world, seat)
    seat.account.has_splits = bool(splits)
    db.session.add_all(_split(seat, trades[one.number], one) for one in splits)
    for trade, row in zip(world.history.trades, trades, strict=True):
        db.session.add_all(_legs(trade, row, trade.stops))
        db.session.add_all(_execution(world, seat, row.id, trade, fill) for fill in trade.fills)
    for trade in {trade.symbol: trade for trade in world.history.trades}.values():
        db.session.add_all(_mark(seat, instruments[trade.symbol], mark) for mark in trade.marks)
    db.session.add_all(_movement(seat, cash) for cash in world.history.cash)
    for row in trades:
        books.settle_trade(books.open_books(row, seat.account), seat)
    books.settle_all(seat)
    db.session.commit()
    return seat


def recorded(world: World, rng: Random) -> Seat:
    """Plans and first stops as rows; fills, stop moves, prices and cash by their services, in a random order."""
    seat = _seat(world)
    _, trades = _planned(world, seat)
    for trade, row in zip(world.history.trades, trades, strict=True):
        db.session.add_all(_legs(trade, row, _first_stops(trade)))
    db.session.commit()
    waiting = [
        *(act for trade, row in zip(world.history.trades, trades, strict=True) for act in _acts(world, trade, row)),
        *(_Act(cash) for cash in world.history.cash),
    ]
    while waiting:
        rng.shuffle(waiting)
        left = [act for act in waiting if not _done(act, world, seat)]
        assert len(left) < len(waiting), [act.what for act in left]
        waiting = left
    return seat


# ---- rows


def _seat(world: World) -> Seat:
    user = User(
        email=f"trader-{world.seed}@example.org", name="Marta Lind", role=Role.TRADER, time_zone=world.viewer_zone,
        password_hash=PASSWORD_HASH, created_at=world.now,
    )  # fmt: skip
    db.session.add(user)
    db.session.flush()
    starting = world.history.starting
    account = Account(
        owner_id=user.id, name="Trend Core", base_currency="USD", time_zone=world.history.zone,
        opened_on=world.opened_on, starting_balance=starting, balance=starting, equity=starting,
        fee_per_unit=world.fee_per_unit,
        fee_per_order=world.fee_per_order, breakeven_band=world.band, risk_free_rate=Decimal(world.seed % 5),
        created_at=world.now,
    )  # fmt: skip
    db.session.add(account)
    db.session.flush()
    db.session.add(RiskSettings(account_id=account.id, halve_after_losses=world.halve_after))
    return Seat(user, account, SeatRole.OWNER)


def _planned(world: World, seat: Seat) -> tuple[dict[str, Instrument], list[Trade]]:
    """The instruments by symbol, and a row for every trade as it was planned; plans without a fill get theirs too."""
    traded: list[OracleTrade | Plan] = [*world.history.trades, *world.plans]
    instruments = {one.symbol: _instrument(world, one.symbol, one.currency, one.multiplier) for one in traded}
    tags = {name: Tag(account_id=seat.account.id, name=name) for label in world.labels for name in label.tags}
    db.session.add_all([*instruments.values(), *tags.values()])
    db.session.flush()
    trades = [_trade(world, seat, instruments, number) for number in range(len(world.history.trades))]
    plans = [_plan(world, seat, instruments[plan.symbol], plan) for plan in world.plans]
    db.session.add_all([*trades, *plans])
    db.session.flush()
    db.session.add_all(_plan_leg(row) for row in plans)
    db.session.add_all(TradeTag(trade_id=row.id, tag_id=tags[name].id) for row in trades for name in row.tags)
    return instruments, trades


def _instrument(world: World, symbol: str, currency: str, multiplier: Decimal) -> Instrument:
    return Instrument(
        identity=f"{world.seed}-{symbol}", symbol=symbol, asset_type=AssetType.STOCK, currency=currency,
        multiplier=multiplier,
    )  # fmt: skip


def _trade(world: World, seat: Seat, instruments: dict[str, Instrument], number: int) -> Trade:
    trade, label = world.history.trades[number], world.labels[number]
    first = sorted_fills(trade)[0]
    return Trade(
        id=world.ids[number], account_id=seat.account.id, instrument_id=instruments[trade.symbol].id,
        symbol=trade.symbol, direction=Direction(trade.direction), planned_entry=first.price, planned_stop=first.stop,
        planned_quantity=first.quantity, target_1=label.target, fx=first.fx, setup=label.setup,
        setup_quality=label.quality, market_condition=label.market, correlation_group=label.group,
        tags=list(label.tags), planned_at=first.at, sort_at=first.at, created_by=seat.user.id,
    )  # fmt: skip


def _plan(world: World, seat: Seat, instrument: Instrument, plan: Plan) -> Trade:
    return Trade(
        account_id=seat.account.id, instrument_id=instrument.id, symbol=plan.symbol, status=TradeStatus(plan.status),
        direction=Direction(plan.direction), planned_entry=plan.entry, planned_stop=plan.stop, fx=plan.fx,
        planned_quantity=plan.quantity, correlation_group=plan.group, stop=plan.stop,
        planned_at=world.now, sort_at=world.now, created_by=seat.user.id,
    )  # fmt: skip


def _plan_leg(row: Trade) -> Leg:
    return Leg(
        trade_id=row.id, number=1, planned_entry=row.planned_entry, planned_quantity=row.planned_quantity,
        stop=row.planned_stop, created_at=row.planned_at,
    )  # fmt: skip


def _legs(trade: OracleTrade, row: Trade, stops: Sequence[OracleStop]) -> Iterator[Leg | TradeStop]:
    """The legs with the stop that is in force after `stops`, and those as rows."""
    in_force: dict[int, Decimal] = {}
    for stop in stops:
        yield TradeStop(
            trade_id=row.id, leg=stop.leg, at=stop.at, old=in_force.get(stop.leg), new=stop.price,
            created_by=row.created_by,
        )  # fmt: skip
        in_force[stop.leg] = stop.price
    for first in _first_fills(trade):
        yield Leg(
            trade_id=row.id, number=first.leg, planned_entry=first.price, planned_quantity=first.quantity,
            stop=in_force.get(first.leg or 0), created_at=first.at,
        )  # fmt: skip


def _first_fills(trade: OracleTrade) -> list[OracleFill]:
    """The first entry of each leg."""
    found: dict[int | None, OracleFill] = {}
    for fill in sorted_fills(trade):
        if is_entry(trade, fill):
            found.setdefault(fill.leg, fill)
    return list(found.values())


def _execution(world: World, seat: Seat, trade_id: UUID, trade: OracleTrade, fill: OracleFill) -> Execution:
    return Execution(
        id=uuid5(trade_id, fill.key), account_id=seat.account.id, trade_id=trade_id, key=fill.key, at=fill.at,
        sequence=fill.sequence, side=Side(fill.side), quantity=fill.quantity, price=fill.price, fee=fill.fee,
        fx=fill.fx, leg=fill.leg, stop=fill.stop, created_by=seat.user.id, created_at=fill.at,
        exit_reason=None if is_entry(trade, fill) else ExitReason(world.reasons[fill.key]),
    )  # fmt: skip


def _mark(seat: Seat, instrument: Instrument, mark: OracleMark) -> Mark:
    return Mark(
        account_id=seat.account.id, instrument_id=instrument.id, at=mark.at, price=mark.price, fx=mark.fx,
        created_by=seat.user.id,
    )  # fmt: skip


def _split(seat: Seat, trade: Trade, split: Split) -> StockSplit:
    return StockSplit(
        account_id=seat.account.id, instrument_id=trade.instrument_id, on=split.on, at=split.at,
        numerator=split.ratio[0], denominator=split.ratio[1], source=SplitSource.TYPED, created_by=seat.user.id,
        created_at=split.at,
    )  # fmt: skip


def _movement(seat: Seat, cash: OracleCash) -> CashMovement:
    return CashMovement(
        account_id=seat.account.id, on=cash.date, kind=CashKind(cash.kind), amount=_typed(cash),
        created_by=seat.user.id, created_at=datetime(2026, 1, 1, tzinfo=UTC),
    )  # fmt: skip


def _typed(cash: OracleCash) -> Decimal:
    """The amount as people type it: the kind says which way deposits, withdrawals and fees went."""
    return -cash.amount if cash.kind in ("withdrawal", "fee") else cash.amount


# ---- acts


@dataclass(frozen=True)
class _Act:
    """Something to record, once everything that it comes after is recorded."""

    what: OracleFill | OracleStop | OracleMark | OracleCash
    trade: Trade | None = None
    after: tuple[tuple[UUID, object], ...] = ()


def _first_stops(trade: OracleTrade) -> list[OracleStop]:
    return list({stop.leg: stop for stop in reversed(trade.stops)}.values())


def _acts(world: World, trade: OracleTrade, row: Trade) -> Iterator[_Act]:
    """A trade's acts with what has to come before each, because the services would refuse or read it otherwise.

    An entry comes after its leg's earlier stops, which it freezes, and an exit after all that was before it; a stop may
    lock a profit in while no price contradicts it; fills of one moment count in the order of recording.
    """
    fills = sorted_fills(trade)
    moves = [stop for stop in trade.stops if stop not in _first_stops(trade)]
    mine = row.id
    for place, fill in enumerate(fills):
        stops = [move for move in moves if move.at <= fill.at and (move.leg == fill.leg or not is_entry(trade, fill))]
        if trade_figures(trade).closed_at and fill is fills[-1]:
            stops = moves
        same = [
            other for other in fills[:place] if other.at == fill.at or (is_entry(trade, other) > is_entry(trade, fill))
        ]
        yield _Act(fill, row, tuple((mine, one) for one in (*stops, *same)))
    for place, move in enumerate(moves):
        entered = [next(one for one in fills if one.leg == move.leg and is_entry(trade, one))]
        before = [one for one in moves[:place] if one.leg == move.leg]
        yield _Act(move, row, tuple((mine, one) for one in (*entered, *before)))
    for mark in trade.marks:
        figures = trade_figures(trade)
        if figures.opened_at <= mark.at <= (figures.closed_at or world.now):
            yield _Act(mark, row, tuple((mine, one) for one in moves))


def _done(act: _Act, world: World, seat: Seat) -> bool:
    """Record it, if it may be recorded yet."""
    told: set[object] = db.session.info.setdefault(seat.account.id, set())
    if not told.issuperset(act.after):
        return False
    try:
        _record(act, world, seat)
    except Invalid:
        db.session.rollback()
        return False
    if act.trade is not None:
        told.add((act.trade.id, act.what))
    return True


def _record(act: _Act, world: World, seat: Seat) -> None:
    what, row, now = act.what, act.trade, world.now + timedelta(seconds=1)
    match what:
        case OracleCash():
            sent = {"on": what.date.isoformat(), "kind": what.kind, "amount": str(_typed(what)), "key": uuid4().hex}
            record_cash(seat, parse(NewCashInput, sent, world.zone), now)
        case OracleFill() if row is not None:
            record_fill(seat, row, parse(FillInput, _fill_sent(what, row, world), world.zone), now)
        case OracleStop() if row is not None:
            sent = {"price": str(what.price), "leg": str(what.leg), "at": what.at.isoformat()}
            move_stop(seat, row, parse(StopInput, sent, world.zone), now)
        case OracleMark() if row is not None:
            sent = {"price": str(what.price), "at": what.at.isoformat(), "fx": _rate(what.fx)}
            record_mark(seat, row, parse(MarkInput, sent, world.zone), now)


def _fill_sent(fill: OracleFill, row: Trade, world: World) -> dict[str, str]:
    entry = fill.side == row.direction.entry_side
    return {
        "kind": "entry" if entry else "exit",
        "quantity": f"{fill.quantity:f}",
        "price": str(fill.price),
        "fee": str(fill.fee),
        "fx": _rate(fill.fx),
        "leg": str(fill.leg or ""),
        "at": fill.at.isoformat(),
        "key": f"recorded-{fill.key}",
        "exit_reason": "" if entry else world.reasons[fill.key],
    }


def _rate(fx: Decimal) -> str:
    return "" if fx == 1 else f"{fx:f}"
