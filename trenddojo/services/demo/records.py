"""Writes the demo year down in the tables that everybody's trades are in. What follows from it, books.py computes."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from random import Random
from typing import Final
from uuid import UUID, uuid4

from trenddojo.domain.money import ONE
from trenddojo.domain.terms import TradeStatus
from trenddojo.services import price_history
from trenddojo.services.demo import aims
from trenddojo.services.demo.holding import FEE_PER_ORDER
from trenddojo.services.demo.ledger import LIMITS, STARTING_BALANCE
from trenddojo.services.demo.market import LISTINGS, NEW_YORK, Listing
from trenddojo.services.demo.signals import Setup
from trenddojo.services.demo.story import Story, Year
from trenddojo.services.instruments import Terms, instrument_for, known
from trenddojo.services.plan_rules import Decision, figures
from trenddojo.store import models
from trenddojo.store.database import Base, db
from trenddojo.store.seats import Seat

_CURRENCY: Final = "USD"
_MARKET: Final = "demo"
"""Who tells of the invented prices, which no other account ever sees."""
_CHECKLIST: Final = (
    ("Weekly trend agrees with the trade", True),
    ("Stop is where the idea is wrong", True),
    ("First target is at least 2R away", True),
    ("Group is among the stronger half", False),
    ("No earnings report within five sessions", False),
    ("I would take this trade after three losses", False),
)
"""Text, and whether a plan needs it."""
_USUALLY_CHECKED: Final = 0.8


def open_account(user: models.User, name: str, told: Year, now: datetime) -> models.Account:
    """The account with its limits, checklist and setups."""
    account = models.Account(
        id=uuid4(),
        owner_id=user.id,
        name=name,
        base_currency=_CURRENCY,
        time_zone=NEW_YORK.key,
        opened_on=told.opened_on,
        starting_balance=STARTING_BALANCE,
        balance=STARTING_BALANCE,
        equity=STARTING_BALANCE,
        fee_per_order=FEE_PER_ORDER,
        created_at=now,
    )
    db.session.add(account)
    db.session.flush()
    db.session.add(
        models.RiskSettings(
            account_id=account.id,
            max_open_positions=LIMITS.max_open_positions,
            max_sector_positions=LIMITS.max_sector_positions,
        )
    )
    db.session.add_all(models.Setup(account_id=account.id, name=setup.value) for setup in Setup)
    return account


def _sectors(seat: Seat, traded: Iterable[Listing]) -> Iterator[models.Sector]:
    for listing in traded:
        if listing.sector:
            yield models.Sector(account_id=seat.account.id, symbol=listing.symbol, name=listing.sector)


def write_year(seat: Seat, told: Year, now: datetime) -> Sequence[models.Trade]:
    """Every record of the year; returns its trades, whose books are still to be settled."""
    shelf = _Shelf(seat, _checklist(seat), _tags(seat, told.stories), _instruments(told.stories))
    trades = [_trade(shelf, story) for story in told.stories]
    db.session.add_all(trades)
    db.session.flush()
    for trade, story in zip(trades, told.stories, strict=True):
        db.session.add_all(_records(shelf, trade, story))
    for listing, bars in told.prices.items():
        price_history.put(shelf.instruments[listing], str(seat.account.id), _MARKET, bars, now)
    db.session.add_all(_sectors(seat, shelf.instruments))
    db.session.add_all(_cash(seat, told))
    db.session.add_all(_journal(seat, told))
    db.session.add_all(aims.goals(seat, told))
    db.session.flush()
    return trades


@dataclass(frozen=True, slots=True)
class _Shelf:
    """What the trades of the account have in common."""

    seat: Seat
    checklist: Sequence[models.ChecklistItem]
    tags: Mapping[str, UUID]
    instruments: Mapping[Listing, models.Instrument]


def _checklist(seat: Seat) -> list[models.ChecklistItem]:
    items = [
        models.ChecklistItem(id=uuid4(), account_id=seat.account.id, text=text, required=required, position=position)
        for position, (text, required) in enumerate(_CHECKLIST)
    ]
    db.session.add_all(items)
    return items


def _tags(seat: Seat, stories: Iterable[Story]) -> dict[str, UUID]:
    names = sorted({name for story in stories for name in story.tags})
    rows = [models.Tag(id=uuid4(), account_id=seat.account.id, name=name) for name in names]
    db.session.add_all(rows)
    return {row.name: row.id for row in rows}


def _instruments(stories: Iterable[Story]) -> dict[Listing, models.Instrument]:
    """By listing; the instruments that exist already stay as they are."""
    traded = {story.plan.signal.listing for story in stories}
    return {listing: _instrument(listing) for listing in LISTINGS if listing in traded}


def _instrument(listing: Listing) -> models.Instrument:
    terms = Terms(listing.symbol, listing.asset_type, _CURRENCY, "", ONE, ONE, None, None, None)
    found = known(terms)
    if found is None:
        found = instrument_for(terms)
        found.name = listing.name
    return found


def _trade(shelf: _Shelf, story: Story) -> models.Trade:
    plan, signal = story.plan, story.plan.signal
    first, second = signal.targets
    return models.Trade(
        id=uuid4(),
        account_id=shelf.seat.account.id,
        instrument_id=shelf.instruments[signal.listing].id,
        symbol=signal.listing.symbol,
        direction=signal.direction,
        status=TradeStatus.CANCELLED if story.status is TradeStatus.CANCELLED else TradeStatus.PLANNING,
        planned_entry=signal.entry,
        planned_stop=signal.stop,
        planned_quantity=plan.sizing.quantity,
        target_1=first,
        target_2=second,
        risk_percent=plan.risk_percent,
        bound_by=plan.sizing.binding.cap,
        setup=signal.setup.value,
        setup_quality=plan.quality,
        market_condition=plan.market_condition,
        timeframe="Daily",
        correlation_group=signal.listing.group,
        tags=list(story.tags),
        planned_at=plan.planned_at,
        sort_at=plan.planned_at,
        created_by=shelf.seat.user.id,
    )


def _records(shelf: _Shelf, trade: models.Trade, story: Story) -> Iterator[Base]:
    """All that hangs on one trade."""
    yield from _legs(trade, story)
    yield from _executions(trade, story)
    yield from _stops(trade, story)
    yield from _notes(trade, story)
    yield from _marks(trade, story)
    yield from _events(trade, story)
    yield from _answers(shelf, trade)
    for name in story.tags:
        yield models.TradeTag(trade_id=trade.id, tag_id=shelf.tags[name])


def _legs(trade: models.Trade, story: Story) -> Iterator[models.Leg]:
    in_force = {move.leg: move.new for move in story.moves}  # the last one of each leg
    for leg in story.legs:
        yield models.Leg(
            trade_id=trade.id,
            number=leg.number,
            planned_entry=leg.entry,
            planned_quantity=leg.quantity,
            stop=in_force[leg.number],
            created_at=leg.planned_at,
        )


def _executions(trade: models.Trade, story: Story) -> Iterator[models.Execution]:
    reasons = {exit_.key: exit_.reason for exit_ in story.exits}
    for fill in story.fills:
        yield models.Execution(
            account_id=trade.account_id,
            trade_id=trade.id,
            key=fill.key,
            at=fill.at,
            sequence=fill.sequence,
            side=fill.side,
            quantity=fill.quantity,
            price=fill.price,
            fee=fill.fee,
            fx=fill.fx,
            leg=fill.leg,
            stop=fill.stop,
            exit_reason=reasons.get(fill.key),
            created_by=trade.created_by,
            created_at=fill.at,
        )


def _stops(trade: models.Trade, story: Story) -> Iterator[models.TradeStop]:
    for move in story.moves:
        yield models.TradeStop(
            trade_id=trade.id,
            leg=move.leg,
            at=move.at,
            old=move.old,
            new=move.new,
            reason=move.reason,
            is_override=move.is_override,
            created_by=trade.created_by,
        )


def _notes(trade: models.Trade, story: Story) -> Iterator[models.TradeNote]:
    for note in story.notes:
        yield models.TradeNote(
            trade_id=trade.id, kind=note.kind, body=note.body, at=note.at, created_by=trade.created_by
        )


def _marks(trade: models.Trade, story: Story) -> Iterator[models.Mark]:
    for mark in story.marks:
        yield models.Mark(
            account_id=trade.account_id,
            instrument_id=trade.instrument_id,
            at=mark.at,
            price=mark.price,
            fx=mark.fx,
            created_by=trade.created_by,
        )


def _events(trade: models.Trade, story: Story) -> Iterator[models.TradeEvent]:
    """How the plan was sized and, of a cancelled one, that it was given up."""
    sizing = story.plan.sizing
    told = {"planned": (trade.planned_at, figures(Decision(sizing.quantity, sizing.binding.cap, sizing)))}
    if story.status is TradeStatus.CANCELLED:
        told["cancelled"] = (story.notes[-1].at, {"before": TradeStatus.PLANNING, "after": TradeStatus.CANCELLED})
    for kind, (at, detail) in told.items():
        yield models.TradeEvent(trade_id=trade.id, at=at, kind=kind, detail=detail, created_by=trade.created_by)


def _answers(shelf: _Shelf, trade: models.Trade) -> Iterator[models.ChecklistResponse]:
    """Every required item is checked; of the others most are."""
    rng = Random(f"{trade.symbol} {trade.planned_at:%Y-%m-%d}")
    for item in shelf.checklist:
        yield models.ChecklistResponse(
            trade_id=trade.id,
            item_id=item.id,
            text=item.text,
            required=item.required,
            checked=item.required or rng.random() < _USUALLY_CHECKED,
        )


def _cash(seat: Seat, told: Year) -> Iterator[models.CashMovement]:
    for movement in told.cash:
        yield models.CashMovement(
            account_id=seat.account.id,
            on=movement.on,
            kind=movement.kind,
            amount=movement.amount,
            note=movement.note,
            created_by=seat.user.id,
            created_at=datetime.combine(movement.on, time(9), NEW_YORK),
        )


def _journal(seat: Seat, told: Year) -> Iterator[models.JournalNote]:
    for entry in told.journal:
        yield models.JournalNote(
            account_id=seat.account.id,
            on=entry.on,
            body=entry.body,
            created_at=entry.at,
            updated_at=entry.at,
            created_by=seat.user.id,
        )
