"""What the address of a report asks for, and the addresses that ask for the same with one answer changed."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from flask import request, url_for

from trenddojo.services.errors import Invalid
from trenddojo.services.inputs import parse
from trenddojo.services.inputs.reports import ALL_ACCOUNTS, AccountMode, ReportQuery
from trenddojo.services.reports import Performance, performance
from trenddojo.services.scopes import Scope, scope_of
from trenddojo.services.spans import Period
from trenddojo.store.models import Setup, Tag
from trenddojo.store.plans import setups_of, tags_of
from trenddojo.store.seats import Seat
from trenddojo.web import deps, frame
from trenddojo.web.addresses import Address, Filter

ANSWERS = frozenset(field.alias or name for name, field in ReportQuery.model_fields.items())
PERIODS = ((Period.QUARTER, "3M"), (Period.HALF, "6M"), (Period.YEAR, "YTD"), (Period.ALL, "All"))


@dataclass(frozen=True, slots=True)
class Asked:
    """An address that was read: what it asks for, of which accounts, and what is wrong with it.

    One that cannot be read asks for this year of the account at hand.
    """

    address: Address
    query: ReportQuery
    scope: Scope
    problems: Mapping[str, str]

    def url(self, **changed: str) -> str:
        """The report with some answers changed; a period takes the place of dates, and they of it."""
        dates: dict[str, str | None] = {"from_": None, "to": None} if "period" in changed else {}
        return self.address.with_(**{**dates, **changed})

    @property
    def periods(self) -> list[tuple[str, str, bool]]:
        """The periods by name, as links."""
        return [(self.url(period=period), text, period is self.query.named) for period, text in PERIODS]


def asked(endpoint: str, current: Seat) -> tuple[Asked, Performance]:
    """What this request asks for, and the report on it. Raises NotFound for an account that is not the person's."""
    address, sent = url_for(endpoint), {name: value for name, value in request.args.items() if name in ANSWERS}
    try:
        return _found(Address.of(address, sent, ANSWERS), parse(ReportQuery, sent), current)
    except Invalid as error:
        found, figures = _found(Address(address, {}), ReportQuery(), current)
        return replace(found, problems=error.fields), figures


def _found(address: Address, query: ReportQuery, current: Seat) -> tuple[Asked, Performance]:
    scope = scope_of(deps.user(), deps.seats(), query, current)
    return Asked(address, query, scope, {}), performance(scope, query, deps.now())


# ---- the chips


def chips(found: Asked) -> list[Filter]:
    """The filters that offer what there is to choose from."""
    query, seats = found.query, found.scope.seats
    sides, qualities = ["long", "short"], [str(one) for one in range(5, 0, -1)]
    return [
        _menu(found, "Setup", "setup", query.setup, names_of(seats, setups_of)),
        _menu(found, "Tag", "tag", query.tag, names_of(seats, tags_of)),
        _menu(found, "Side", "direction", query.direction or "", sides),
        _menu(found, "Quality", "quality", str(query.quality or ""), qualities),
    ]


def names_of(seats: Sequence[Seat], of: Callable[[UUID], Sequence[Setup] | Sequence[Tag]]) -> list[str]:
    """The names of the accounts' setups or tags."""
    return sorted({one.name for seat in seats for one in of(seat.account.id)})


def _menu(found: Asked, label: str, name: str, chosen: str, options: Sequence[str]) -> Filter:
    links = [(found.address.with_(**{name: one}), one.capitalize() if name == "direction" else one) for one in options]
    return Filter(label, chosen, found.address.with_(**{name: None}), links)


def accounts(found: Asked) -> list[tuple[str, str]]:
    """Where to look: one account, or all of one mode where there are several; none where there is only one."""
    seats = deps.seats()
    if len(seats) < 2:
        return []
    modes = [AccountMode.of(seat.account.mode) for seat in seats]
    here = found.address
    single = [(here.with_(account=str(seat.account.id), mode=None), seat.account.name) for seat in seats]
    joint = [
        (here.with_(account=ALL_ACCOUNTS, mode=mode), f"All {words_of(mode)} accounts")
        for mode in AccountMode
        if modes.count(mode) > 1
    ]
    return single + joint


def words_of(mode: AccountMode) -> str:
    """A mode as pages say it."""
    shown = {AccountMode.of(seat.account.mode): frame.mode_of(seat.account.mode) for seat in deps.seats()}
    return str(shown[mode]).upper()


def name_of(scope: Scope) -> str:
    """What a report is of: an account's name, or all of a mode."""
    return scope.account.name if scope.account else f"All {words_of(AccountMode.of(scope.mode))} accounts"
