"""The frame around every page: who is signed in, at which account, where."""

from collections.abc import Sequence
from typing import Any

from flask import g, render_template, request

from trenddojo.brokers.registry import spec_of
from trenddojo.domain.terms import MANUAL, Mode
from trenddojo.services import alerts, topics
from trenddojo.services.connections import count_of
from trenddojo.store.models import Account
from trenddojo.store.seats import Seat
from trenddojo.web import deps, locks
from trenddojo.web.format import money
from trenddojo.web.shell import AccountLink, Bell, Lock, Person, Shell, ShownMode, Theme

_SHOWN = {Mode.MOCK: ShownMode.SIMULATED, Mode.PAPER: ShownMode.PAPER, Mode.LIVE: ShownMode.LIVE}


def page(template: str, nav: str, *, about: Account | None = None, **context: Any) -> str:
    """A whole page: `template` with the shell around it; `nav` is the section it belongs to.

    `about` is the account of what the page shows, whose mode its edge has, whatever account is at hand.
    """
    return render_template(template, shell=shell(nav, about), **context)


def only(seats: Sequence[Seat]) -> Account | None:
    """The account that a list is about, where it shows no other."""
    return seats[0].account if len(seats) == 1 else None


def shell(nav: str, about: Account | None = None) -> Shell:
    """The frame's facts for the person of this request."""
    user = deps.user()
    seat = deps.current_seat()
    links = {found.account.id: _link(found.account) for found in deps.seats()}
    return Shell(
        person=Person(name=user.name, role=user.role, zone=deps.zone()),
        account=links[seat.account.id] if seat else None,
        accounts=tuple(links.values()),
        open_trades=seat.account.open_trades if seat else 0,
        nav=nav,
        bell=bell(),
        connections=count_of(user),
        version=g.get("pulse", 0),
        lock=_lock(),
        theme=theme(),
        about=_link(about) if about else None,
    )


def bell() -> Bell:
    """The bell of the person of this request."""
    return Bell(alerts.unread(deps.user()), topics.alerts(deps.user().id))


def _lock() -> Lock | None:
    is_live = any(seat.account.mode is Mode.LIVE for seat in deps.seats()) or deps.config().enable_live_trading
    return Lock(locks.open_until(deps.now()), deps.now()) if is_live else None


def theme() -> Theme:
    """The theme that the person chose on this device."""
    chosen = request.cookies.get("theme", "")
    return Theme(chosen) if chosen in set(Theme) else Theme.SYSTEM


def broker_of(account: Account) -> str:
    """Where an account's orders go, in words."""
    return "By hand" if account.broker == MANUAL else spec_of(account.broker).label


def mode_of(mode: Mode | None) -> ShownMode:
    """How the mode of an account or connection is shown; None is a manual account's."""
    return _SHOWN[mode] if mode else ShownMode.MANUAL


def _link(account: Account) -> AccountLink:
    return AccountLink(str(account.id), account.name, broker_of(account), mode_of(account.mode), money(account.equity))
