"""The records of a plan: the trade's columns, its first leg and stop, thesis, tags, checklist answers and history."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from trenddojo.domain.figures import quantity as worded_quantity
from trenddojo.domain.terms import NoteKind
from trenddojo.services.errors import Conflict
from trenddojo.services.inputs.plans import PlanInput, SizingInput
from trenddojo.services.instruments import instrument_for, terms_of
from trenddojo.services.plan_rules import Decision
from trenddojo.services.records import tell
from trenddojo.services.sizing import fx_of
from trenddojo.store import plans, sectors, trades
from trenddojo.store.database import db
from trenddojo.store.models import (
    Account,
    ChecklistResponse,
    Leg,
    Setup,
    Tag,
    Trade,
    TradeNote,
    TradeStop,
    TradeTag,
)
from trenddojo.store.seats import Seat

_LABELS = ("market_condition", "timeframe", "label", "correlation_group")


def plan_of(trade: Trade, account: Account) -> PlanInput:
    """A trade's plan as the input that makes it; its quantity is the planned one.

    Raises Conflict for a trade that came without a plan.
    """
    note = plans.thesis_of(trade.id)
    return PlanInput.model_construct(
        **dict(sizing_of(trade, account)),
        setup=trade.setup,
        quality=trade.setup_quality,
        market_condition=trade.market_condition,
        timeframe=trade.timeframe,
        label=trade.label,
        thesis=note.body if note else "",
        tags=list(trade.tags),
        checklist=[response.item_id for response in plans.responses_of(trade.id) if response.checked],
        planned_at=trade.planned_at,
    )


def sizing_of(trade: Trade, account: Account) -> SizingInput:
    """What of a trade's plan decides its size. Raises as `plan_of` does."""
    if trade.planned_stop is None:
        raise Conflict("This trade was recorded without a plan.")
    instrument = trades.instrument_of(trade)
    return SizingInput.model_construct(
        symbol=trade.symbol,
        direction=trade.direction,
        entry=trade.planned_entry,
        stop=trade.planned_stop,
        target_1=trade.target_1,
        target_2=trade.target_2,
        risk_percent=trade.risk_percent,
        quantity=trade.planned_quantity,
        asset_type=instrument.asset_type,
        multiplier=instrument.multiplier,
        lot=instrument.lot,
        currency=instrument.currency,
        fx=None if instrument.currency == account.base_currency else trade.fx,
        initial_margin=trade.initial_margin,
        correlation_group=trade.correlation_group,
        sector=sectors.sectors_of(account.id).get(trade.symbol, ""),
        exchange=instrument.exchange,
        expiry=instrument.expiry,
        strike=instrument.strike,
        right=instrument.right,
    )


def write(trade: Trade, seat: Seat, plan: PlanInput, decision: Decision | None) -> None:
    """Put a plan into its trade's columns; without a decision its size stays as it is."""
    terms = terms_of(plan, seat.account)
    instrument = instrument_for(terms)
    trade.instrument_id, trade.symbol, trade.direction = instrument.id, instrument.symbol, plan.direction
    trade.planned_entry, trade.planned_stop = plan.entry, plan.stop
    trade.target_1, trade.target_2 = plan.target_1, plan.target_2
    trade.risk_percent, trade.initial_margin = plan.risk_percent, plan.initial_margin
    trade.fx = fx_of(plan, terms, seat.account)
    trade.setup, trade.setup_quality = setup_named(seat, plan.setup), plan.quality
    for field in _LABELS:
        setattr(trade, field, getattr(plan, field))
    if plan.planned_at is not None:
        trade.planned_at = plan.planned_at
    if decision is not None:
        trade.planned_quantity, trade.bound_by = decision.quantity, decision.bound_by


def add_records(trade: Trade, seat: Seat, plan: PlanInput) -> None:
    """Give a new trade its first leg and stop, its thesis, tags and checklist answers."""
    leg = Leg(trade_id=trade.id, number=1, planned_entry=plan.entry, stop=plan.stop, created_at=trade.planned_at)
    leg.planned_quantity = trade.planned_quantity
    db.session.add(leg)
    db.session.add(TradeStop(trade_id=trade.id, leg=1, at=trade.planned_at, new=plan.stop, created_by=seat.user.id))
    if plan.thesis:
        _add_thesis(trade, seat, plan.thesis, trade.planned_at)
    put_tags(trade, seat, plan.tags)
    _answer(trade, seat, plan)


def amend_records(trade: Trade, seat: Seat, plan: PlanInput, now: datetime) -> None:
    """Make the records of a trade without fills follow its changed plan."""
    leg, stop, note = plans.first_leg(trade.id), plans.first_stop(trade.id), plans.thesis_of(trade.id)
    leg.planned_entry, leg.planned_quantity, leg.stop = plan.entry, trade.planned_quantity, plan.stop
    stop.at, stop.new = trade.planned_at, plan.stop
    if note is None:
        if plan.thesis:
            _add_thesis(trade, seat, plan.thesis, now)
    elif plan.thesis:
        note.body = plan.thesis
    else:
        note.deleted_at = now
    plans.untag(trade.id)
    put_tags(trade, seat, plan.tags)
    _answer(trade, seat, plan)


def _add_thesis(trade: Trade, seat: Seat, body: str, at: datetime) -> None:
    db.session.add(TradeNote(trade_id=trade.id, kind=NoteKind.ENTRY, body=body, at=at, created_by=seat.user.id))


def setup_named(seat: Seat, name: str) -> str:
    """The setup's name as the account first wrote it; a new one is kept."""
    names = {setup.name.casefold(): setup.name for setup in plans.setups_of(seat.account.id)}
    if name and name.casefold() not in names:
        db.session.add(Setup(account_id=seat.account.id, name=name))
    return names.get(name.casefold(), name)


def put_tags(trade: Trade, seat: Seat, names: list[str]) -> None:
    """Put tags on a trade that has none, each as the account first wrote it."""
    known = {tag.name.casefold(): tag for tag in plans.tags_of(seat.account.id)} if names else {}
    chosen = dict.fromkeys(name.casefold() for name in names)
    for name in names:
        if name.casefold() not in known:
            known[name.casefold()] = Tag(account_id=seat.account.id, name=name)
            db.session.add(known[name.casefold()])
    db.session.flush()
    db.session.add_all(TradeTag(trade_id=trade.id, tag_id=known[folded].id) for folded in chosen)
    trade.tags = [known[folded].name for folded in chosen]


def _answer(trade: Trade, seat: Seat, plan: PlanInput) -> None:
    """Make the checklist's answers those of the plan, with the items as they read now."""
    before = {answer.item_id: answer for answer in plans.responses_of(trade.id)}
    archived = plans.archived_items(seat.account.id, set(plan.checklist))
    for item in (*plans.checklist_of(seat.account.id), *archived):
        answer = before.pop(item.id, None) or ChecklistResponse(trade_id=trade.id, item_id=item.id)
        answer.text, answer.required, answer.checked = item.text, item.required, item.id in plan.checklist
        db.session.add(answer)
    for answer in before.values():
        db.session.delete(answer)


def log_change(trade: Trade, seat: Seat, before: PlanInput, after: PlanInput, now: datetime) -> None:
    """Keep in the trade's history what an edit changed."""
    old, new = _shown(before), _shown(after)
    changed = [field for field in new if old[field] != new[field]]
    if changed:
        detail = {"before": {field: old[field] for field in changed}, "after": {field: new[field] for field in changed}}
        tell(seat, trade, now, "edited", **detail)


def _shown(plan: PlanInput) -> dict[str, Any]:
    """A plan's fields as JSON keeps them: decimals as plain text."""
    return {field: _plain(getattr(plan, field)) for field in type(plan).model_fields}


def _plain(value: Any) -> Any:
    match value:
        case Decimal():
            return worded_quantity(value)
        case date():
            return value.isoformat()
        case list():
            return [str(one) for one in value]
        case _:
            return value
