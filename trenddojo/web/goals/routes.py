"""Goals of the account at hand: how they stand, what came of them, and the forms to set, change and end them."""

from uuid import UUID, uuid4

from flask import Blueprint, url_for
from werkzeug.wrappers import Response

from trenddojo.domain.goals import GoalKind, GoalPeriod
from trenddojo.services import goals
from trenddojo.services.errors import FORM, Conflict, Invalid
from trenddojo.services.exposure import limits_of
from trenddojo.services.inputs.goals import GoalInput, NewGoalInput
from trenddojo.web import deps, forms, frame, htmx
from trenddojo.web.accountless import lead_to_accounts
from trenddojo.web.format import as_typed
from trenddojo.web.forms import Form
from trenddojo.web.goals import views
from trenddojo.web.session import require_sign_in

room = Blueprint("goals", __name__, url_prefix="/goals")
room.before_request(require_sign_in)
room.before_request(lead_to_accounts)

Answer = Response | str | tuple[str, int]


@room.get("")
def index() -> Answer:
    """How every goal stands, and the form for another."""
    return _page(Form({"kind": GoalKind.RESULT_R.value, "period": GoalPeriod.MONTH.value}))


@room.post("")
def add() -> Answer:
    """Set a goal."""
    try:
        goals.set_goal(deps.working_seat(), forms.read(NewGoalInput), deps.now())
    except Invalid as error:
        return _page(forms.again(error.fields)), error.status
    except Conflict as error:
        return _page(forms.again({FORM: error.message})), error.status
    return htmx.go(url_for("goals.index"), toast="Goal set.")


@room.get("/<uuid:goal_id>")
def edit(goal_id: UUID) -> Answer:
    """The form of one goal, beside the others."""
    goal = goals.goal_of(deps.may_trade(deps.working_seat()), goal_id)
    if goal.ended_on is not None:
        raise Conflict("This goal has ended. Let it go on first.")
    filled = {"kind": goal.kind, "period": goal.period, "target": as_typed(goal.target), "note": goal.note}
    return _page(Form(filled), editing=goal_id)


@room.post("/<uuid:goal_id>")
def save(goal_id: UUID) -> Answer:
    """Change a goal."""
    try:
        goals.change_goal(deps.working_seat(), goal_id, forms.read(GoalInput))
    except Invalid as error:
        return _page(forms.again(error.fields), editing=goal_id), error.status
    return htmx.go(url_for("goals.index"), toast="Goal saved.")


@room.post("/<uuid:goal_id>/end")
def end(goal_id: UUID) -> Answer:
    """End a goal with the present period."""
    goals.end_goal(deps.working_seat(), goal_id, deps.now())
    undo = url_for("goals.resume", goal_id=goal_id)
    return htmx.go(url_for("goals.index"), toast="Goal ended. What came of it is kept.", undo=undo)


@room.post("/<uuid:goal_id>/resume")
def resume(goal_id: UUID) -> Answer:
    """Let an ended goal go on."""
    goals.resume_goal(deps.working_seat(), goal_id)
    return htmx.go(url_for("goals.index"), toast="The goal goes on.")


def _page(form: Form, editing: UUID | None = None) -> str:
    seat = deps.working_seat()
    found = goals.goals_of(seat, deps.now())
    currency = seat.account.base_currency
    return frame.page(
        "goals/page.html",
        nav="goals",
        rows=[views.row(one, currency) for one in found if one.goal.ended_on is None],
        ended=[views.row(one, currency) for one in found if one.goal.ended_on is not None],
        history=views.history(found, currency),
        habits=goals.habits_of(seat, deps.now()),
        halve_after=limits_of(seat.account).halve_after_losses,
        form=form,
        editing=editing,
        kinds=views.KINDS,
        periods=views.PERIODS,
        may_set=seat.may_trade,
        key=form.value("key") or uuid4().hex,
    )
