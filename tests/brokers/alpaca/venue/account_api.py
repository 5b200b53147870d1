"""The trading host's calls about the account, assets and time."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from datetime import date, datetime, timedelta

from tests.brokers.alpaca.venue import hours
from tests.brokers.alpaca.venue.account import Account
from tests.brokers.alpaca.venue.activities import Activities
from tests.brokers.alpaca.venue.assets import Assets
from tests.brokers.alpaca.venue.documents import (
    account_document,
    asset_document,
    calendar_row,
    clock_document,
    configuration_document,
)
from tests.brokers.alpaca.venue.figures import Figures
from tests.brokers.alpaca.venue.history import history_document
from tests.brokers.alpaca.venue.prices import Prices
from tests.brokers.alpaca.venue.refusals import missing, not_found, unreadable
from tests.brokers.alpaca.venue.routes import ONE, Answer, Call, Query, Route
from tests.brokers.alpaca.venue.times import NEW_YORK

_LAST_YEAR = 2029


@dataclass(frozen=True)
class AccountApi:
    """Each call is made while the venue is locked, after the book was settled. All raise Refusal."""

    account: Account
    prices: Prices
    assets: Assets
    activities: Activities
    now: Callable[[], datetime]

    def routes(self) -> tuple[Route, ...]:
        return (
            ("GET", "/account", self.get_account),
            ("GET", "/account/configurations", self.get_configuration),
            ("PATCH", "/account/configurations", self.change_configuration),
            ("GET", "/account/activities", self.get_activities),
            ("GET", f"/account/activities/{ONE}", self.get_activities),
            ("GET", "/account/portfolio/history", self.get_history),
            ("GET", "/assets", self.get_assets),
            ("GET", f"/assets/{ONE}", self.get_asset),
            ("GET", "/clock", self.get_clock),
            ("GET", "/calendar", self.get_calendar),
        )

    def get_account(self, _call: Call) -> Answer:
        return 200, account_document(self.account, Figures(self.account, self.prices), self.now())

    def get_configuration(self, _call: Call) -> Answer:
        return 200, configuration_document(self.account.configuration)

    def change_configuration(self, call: Call) -> Answer:
        if not isinstance(call.body, Mapping):
            raise unreadable()
        known = {field.name for field in fields(self.account.configuration)}
        for name, value in call.body.items():
            if name in known:
                setattr(self.account.configuration, name, value)
        return self.get_configuration(call)

    def get_activities(self, call: Call) -> Answer:
        return 200, self.activities.listed(call.query, call.name if call.names else None)

    def get_history(self, call: Call) -> Answer:
        return 200, history_document(Figures(self.account, self.prices), call.query, self.now())

    def get_assets(self, call: Call) -> Answer:
        query = call.query
        wanted = {"status": "status", "asset_class": "asset_class", "exchange": "exchange"}
        usual = {"asset_class": query.get("asset_class") or "us_equity"}
        told = [
            asset_document(asset)
            for asset in self.assets.listed()
            if all(
                (usual | dict(query)).get(name) in (None, "", getattr(asset, field)) for name, field in wanted.items()
            )
        ]
        return 200, told

    def get_asset(self, call: Call) -> Answer:
        asset = self.assets.find(call.name)
        if asset is None:
            raise not_found(f"asset not found for {call.name}")
        return 200, asset_document(asset)

    def get_clock(self, _call: Call) -> Answer:
        return 200, clock_document(self.now())

    def get_calendar(self, call: Call) -> Answer:
        start = _date(call.query, "start", date(1970, 1, 1))
        end = _date(call.query, "end", date(_LAST_YEAR, 12, 31))
        found = list(hours.SESSIONS.between(_midnight(start), _midnight(end) + timedelta(days=1)))
        following = [*found[1:], hours.SESSIONS.next_after(found[-1].close)] if found else []
        return 200, [calendar_row(session, next_) for session, next_ in zip(found, following, strict=True)]


def _date(query: Query, name: str, usual: date) -> date:
    try:
        return date.fromisoformat(query[name][:10]) if query.get(name) else usual
    except ValueError:
        raise missing(f"invalid {name}") from None


def _midnight(day: date) -> datetime:
    return datetime.combine(day, datetime.min.time(), NEW_YORK)
