"""Whether a plan may be saved, and the size that it gets."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from trenddojo.domain.equity import local_date
from trenddojo.domain.figures import quantity as worded_quantity
from trenddojo.domain.sizing import Sizing
from trenddojo.domain.worded import binding_sentence, breach_sentence
from trenddojo.services.errors import Invalid
from trenddojo.services.inputs.plans import PlanInput
from trenddojo.services.sizing import size_plan
from trenddojo.store import plans
from trenddojo.store.seats import Seat

MOST_UNITS: Final = Decimal(100_000_000)
"""The largest quantity that a plan holds."""


@dataclass(frozen=True, slots=True)
class Decision:
    """The size that a plan gets. `bound_by` names the cap that set it, and is empty for a smaller quantity."""

    quantity: Decimal
    bound_by: str
    sizing: Sizing


def decide(seat: Seat, plan: PlanInput, now: datetime, without: UUID | None = None) -> Decision:
    """The size of a plan; raises Invalid with everything that stands against it at once."""
    problems = answer_problems(seat, plan, now)
    try:
        decision = _allowed(size_plan(seat, plan, now, without=without), plan)
    except Invalid as refusal:
        raise Invalid({**refusal.fields, **problems}) from None
    if problems:
        raise Invalid(problems)
    return decision


def _allowed(sizing: Sizing, plan: PlanInput) -> Decision:
    if not sizing.quantity:
        raise Invalid({"quantity": str(binding_sentence(sizing))})
    if sizing.breaches:
        raise Invalid({"quantity": " ".join(breach_sentence(reading) for reading in sizing.breaches)})
    if sizing.quantity > MOST_UNITS:
        raise Invalid({"quantity": f"A plan holds at most {worded_quantity(MOST_UNITS)} units: type a quantity."})
    is_largest = plan.quantity is None or plan.quantity == sizing.allowed
    return Decision(sizing.quantity, sizing.binding.cap if is_largest else "", sizing)


def answer_problems(seat: Seat, plan: PlanInput, now: datetime) -> dict[str, str]:
    """What is wrong with a plan apart from its size: the checklist, and its dates."""
    found = {}
    if sentence := _checklist_problem(seat, plan):
        found["checklist"] = sentence
    if plan.planned_at is not None and plan.planned_at > now:
        found["planned_at"] = "A plan cannot be made in the future."
    if plan.expiry is not None and plan.expiry < _planned_on(seat, plan, now):
        found["expiry"] = "This contract had expired when the plan was made."
    return found


def _planned_on(seat: Seat, plan: PlanInput, now: datetime) -> date:
    return local_date(plan.planned_at or now, seat.zone)


def _checklist_problem(seat: Seat, plan: PlanInput) -> str:
    items = plans.checklist_of(seat.account.id)
    archived = set(plan.checklist) - {item.id for item in items}
    if archived and not archived <= _answered_before(seat, archived):
        return "One of these is no item of the account's checklist."
    missing = [item.text for item in items if item.required and item.id not in plan.checklist]
    return f"Required and not checked: {'; '.join(missing)}." if missing else ""


def _answered_before(seat: Seat, item_ids: set[UUID]) -> set[UUID]:
    """Items of the account that were archived since a plan answered them."""
    return {item.id for item in plans.archived_items(seat.account.id, item_ids)}


def figures(decision: Decision) -> dict[str, Any]:
    """What a plan's history keeps of its size: quantities and money as text, the cap by its name."""
    sizing = decision.sizing
    return {
        "quantity": worded_quantity(decision.quantity),
        "cap": decision.bound_by,
        "allowed": worded_quantity(sizing.allowed),
        "loss_at_stop": f"{sizing.loss_at_stop:.2f}",
        "risk_percent": f"{sizing.risk_percent:f}",
    }
