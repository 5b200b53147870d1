"""What an account held before its books begin: shown as stored, offered when its broker is asked, imported once."""

from uuid import UUID

from flask import render_template, request, url_for
from werkzeug.wrappers import Response

from trenddojo.services import onboarding
from trenddojo.services.errors import Conflict, Invalid, NotFound
from trenddojo.services.faults import Refused
from trenddojo.services.inputs import parse
from trenddojo.services.inputs.onboarding import ImportInput
from trenddojo.services.onboarding import Imported, NotImported, Outside
from trenddojo.services.onboarding_offers import Offer
from trenddojo.web import deps, frame, htmx
from trenddojo.web.brokers import connect
from trenddojo.web.brokers import import_views as views
from trenddojo.web.brokers.blueprint import Answer, own, room
from trenddojo.web.brokers.import_views import Section, Typed


@room.get("/<uuid:connection_id>/import")
def history(connection_id: UUID) -> Answer:
    """What each account of the connection holds outside of the books, from stored facts; for htmx, one of them."""
    found = onboarding.outside(deps.user(), connection_id)
    if htmx.is_htmx():
        return _alone(connection_id, views.section(_one(found, request.args.get("account", "")), deps.now()))
    return _page(connection_id, [views.section(one, deps.now()) for one in found])


@room.post("/<uuid:connection_id>/import/offer")
def offer(connection_id: UUID) -> Answer:
    """Ask the broker what can be imported of an account."""
    account_id = _account(connection_id)
    try:
        (found,) = onboarding.offers(deps.manager(), deps.user(), connection_id, deps.now(), account_id)
    except (Refused, Conflict) as error:
        return _failed(connection_id, account_id, error)
    return _drawn(connection_id, found, Typed(), {})


@room.post("/<uuid:connection_id>/import", endpoint="import_history")
def take(connection_id: UUID) -> Answer:
    """Import what is ticked."""
    account_id, sent = _account(connection_id), views.typed()
    try:
        made = _imported(connection_id, account_id, sent)
    except NotImported as error:
        return _drawn(connection_id, error.offer, sent, error.fields), error.status
    except (Refused, Conflict) as error:
        return _failed(connection_id, account_id, error)
    except Invalid as error:
        return _again(connection_id, account_id, sent, error)
    return _done(connection_id, made)


def _imported(connection_id: UUID, account_id: UUID, sent: Typed) -> Imported:
    return onboarding.import_history(
        deps.manager(),
        deps.user(),
        connection_id,
        account_id=account_id,
        wanted=parse(ImportInput, views.wanted(sent)),
        now=deps.now(),
    )


def _done(connection_id: UUID, made: Imported) -> Response:
    count, known = len(made.made), len(made.known)
    if not count:
        told = "Nothing new: that is in your books already."
    else:
        told = f"{count} trade{'' if count == 1 else 's'} imported."
        told += f" {known} {'was' if known == 1 else 'were'} in your books already." if known else ""
    return htmx.go(url_for("brokers.history", connection_id=connection_id), toast=told)


# ---- drawing


def _page(connection_id: UUID, sections: list[Section]) -> str:
    connection = own(connection_id)
    return frame.page(
        "brokers/import.html",
        nav="brokers",
        connection=connection,
        sections=sections,
        mode=frame.mode_of(connection.mode),
        zone=deps.zone(),
        now=deps.now(),
    )


def _alone(connection_id: UUID, section: Section) -> str:
    connection = own(connection_id)
    return render_template(
        "brokers/_import.html", connection=connection, section=section, zone=deps.zone(), now=deps.now()
    )


def _shown(connection_id: UUID, section: Section) -> str:
    """A part by itself, or among those of the other accounts as they are stored."""
    if htmx.is_htmx():
        return _alone(connection_id, section)
    found = onboarding.outside(deps.user(), connection_id)
    drawn = [views.section(one, deps.now()) for one in found]
    return _page(connection_id, [section if one.id == section.id else one for one in drawn])


def _drawn(connection_id: UUID, offer: Offer, sent: Typed, errors: dict[str, str]) -> str:
    found = _one(onboarding.outside(deps.user(), connection_id), str(offer.account_id))
    view = views.offer_view(offer, found.seat, sent, errors)
    return _shown(connection_id, views.section(found, deps.now(), view))


def _failed(connection_id: UUID, account_id: UUID, error: Refused | Conflict) -> Answer:
    """The account as stored, with what the broker said and what to do about it."""
    found = _one(onboarding.outside(deps.user(), connection_id), str(account_id))
    failure = connect.failure(error) if isinstance(error, Refused) else connect.Failure(error.message, "")
    return _shown(connection_id, views.section(found, deps.now(), failure=failure)), Invalid.status


def _again(connection_id: UUID, account_id: UUID, sent: Typed, error: Invalid) -> Answer:
    """What was typed cannot be read: the broker is asked anew for what it is typed about."""
    try:
        (found,) = onboarding.offers(deps.manager(), deps.user(), connection_id, deps.now(), account_id)
    except (Refused, Conflict) as refused:
        return _failed(connection_id, account_id, refused)
    return _drawn(connection_id, found, sent, error.fields), error.status


# ---- finding


def _account(connection_id: UUID) -> UUID:
    """The account that the form names. Raises NotFound for one that is not of the connection."""
    found = onboarding.outside(deps.user(), connection_id)
    return _one(found, request.form.get("account", "")).seat.account.id


def _one(found: list[Outside], account_id: str) -> Outside:
    one = next((one for one in found if str(one.seat.account.id) == account_id), None)
    if one is None:
        raise NotFound
    return one
