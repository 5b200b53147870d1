"""The sectors that an account gives symbols, and what counts by them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest

from tests.conftest import NOW
from tests.services import exposed
from tests.services.exposed import bought, planned
from trenddojo.domain.caps import Cap
from trenddojo.domain.sizing import Sizing, WarningCode
from trenddojo.domain.terms import AssetType, TradeStatus
from trenddojo.services import plans
from trenddojo.services.details import change_details, details_of
from trenddojo.services.errors import Forbidden, Invalid
from trenddojo.services.exposure import risk_board
from trenddojo.services.inputs import parse
from trenddojo.services.inputs.plans import PlanChange, PlanInput, SizingInput
from trenddojo.services.inputs.records import DetailsInput
from trenddojo.services.inputs.sectors import SectorInput
from trenddojo.services.sectors import sectors_at, set_sector
from trenddojo.services.sizing import size_plan
from trenddojo.store.models import Trade
from trenddojo.store.seats import Seat, SeatRole

PLAN = {"symbol": "ANET", "direction": "long", "entry": "100", "stop": "95"}


def said(seat: Seat, **sectors: str) -> None:
    for symbol, sector in sectors.items():
        set_sector(seat, parse(SectorInput, {"symbol": symbol, "sector": sector}))


def sized(seat: Seat, **changes: Any) -> Sizing:
    return size_plan(seat, parse(SizingInput, {**PLAN, **changes}), NOW)


def make_plan(seat: Seat, **changes: Any) -> Trade:
    return plans.plan_trade(seat, parse(PlanInput, {**PLAN, **changes}), NOW, uuid4())


def changed(seat: Seat, trade: Trade, **changes: Any) -> Trade:
    return plans.edit_plan(seat, trade, parse(PlanChange, changes), NOW)


class TestSaying:
    def test_a_sector_is_kept_as_other_symbols_spell_it(self, seat: Seat) -> None:
        said(seat, ANET="Technology", NVDA="technology ", XOM="Energy")
        assert sectors_at(seat) == {"ANET": "Technology", "NVDA": "Technology", "XOM": "Energy"}

    def test_the_only_symbol_of_a_sector_may_be_spelled_anew(self, seat: Seat) -> None:
        said(seat, ANET="tech")
        said(seat, ANET="Tech")
        assert sectors_at(seat) == {"ANET": "Tech"}

    def test_an_empty_one_takes_it_away(self, seat: Seat) -> None:
        said(seat, ANET="Technology")
        said(seat, ANET="", NVDA="")
        assert sectors_at(seat) == {}

    def test_a_viewer_says_nothing(self, seat: Seat) -> None:
        with pytest.raises(Forbidden):
            said(replace(seat, role=SeatRole.VIEWER), ANET="Technology")
        assert sectors_at(seat) == {}

    @pytest.mark.parametrize("bad", [{"symbol": ""}, {"sector": "x" * 61}, {"sector": "a\x00b"}])
    def test_bad_input_names_its_field(self, bad: dict[str, str]) -> None:
        with pytest.raises(Invalid) as refused:
            parse(SectorInput, {"symbol": "ANET", "sector": "Technology", **bad})
        assert list(refused.value.fields) == list(bad)


class TestCounting:
    def test_the_limit_counts_every_open_position_of_the_sector_long_or_short(self, seat: Seat) -> None:
        said(seat, ANET="Technology", NVDA="Technology", AMD="Technology", XOM="Energy")
        for symbol in ("NVDA", "XOM"):
            bought(seat, symbol, "1", "100", "95")
        planned(seat, "AMD", status=TradeStatus.PENDING)
        reading = sized(seat).reading(Cap.SECTOR_POSITIONS)
        assert reading is not None
        assert (reading.budget.used, reading.budget.limit) == (1, 3)
        assert sized(seat).quantity > 0

    def test_a_full_sector_allows_nothing_whatever_the_returns_say(self, seat: Seat) -> None:
        for symbol in ("NVDA", "AMD", "AVGO"):
            bought(seat, symbol, "1", "100", "95", group=symbol)
        said(seat, NVDA="Technology", AMD="Technology", AVGO="Technology")
        full = sized(seat, sector="TECHNOLOGY")
        assert (full.quantity, full.binding.cap) == (0, Cap.SECTOR_POSITIONS)
        assert sized(seat, sector="Energy").quantity > 0
        assert sized(seat).reading(Cap.SECTOR_POSITIONS) is None, "ANET is in no sector yet"

    def test_the_last_one_is_told(self, seat: Seat) -> None:
        said(seat, NVDA="Technology", AMD="Technology")
        for symbol in ("NVDA", "AMD"):
            bought(seat, symbol, "1", "100", "95", group=symbol)
        codes = {warning.code for warning in sized(seat, sector="Technology", correlation_group="own").warnings}
        assert WarningCode.LAST_OF_SECTOR in codes
        assert WarningCode.LAST_CORRELATED not in codes, "they have groups of their own"

    def test_a_contract_on_a_share_is_in_its_sector(self, seat: Seat) -> None:
        said(seat, ANET="Technology")
        bought(seat, exposed.instrument("ANET", AssetType.OPTION, "100"), "1", "2", "1")
        reading = sized(seat).reading(Cap.SECTOR_POSITIONS)
        assert reading is not None
        assert reading.budget.used == 1

    def test_it_is_the_group_where_there_is_none(self, seat: Seat) -> None:
        said(seat, ANET="Semis", NVDA="Semis", AMD="Semis")
        bought(seat, "NVDA", "1", "100", "95")
        bought(seat, "AMD", "1", "100", "95", group="Memory")
        bought(seat, "XOM", "1", "100", "95", group="semis")
        reading = sized(seat).reading(Cap.CORRELATED_POSITIONS)
        assert reading is not None
        assert reading.budget.used == 2, "NVDA by its sector, XOM by its group, AMD has another group"

    def test_the_board_tells_each_sector_the_fullest_first(self, seat: Seat) -> None:
        said(seat, NVDA="Technology", AMD="Technology", XOM="Energy")
        for symbol in ("NVDA", "AMD", "XOM", "GLD"):
            bought(seat, symbol, "1", "100", "95")
        told = [(one.name, one.positions.used, one.positions.limit) for one in risk_board(seat, NOW).sectors]
        assert told == [("Technology", 2, 3), ("Energy", 1, 3)]


class TestOnPlans:
    def test_a_plan_says_it_and_a_plan_without_one_leaves_it(self, seat: Seat) -> None:
        make_plan(seat, sector="Technology")
        make_plan(seat)
        assert sectors_at(seat) == {"ANET": "Technology"}

    def test_a_change_says_another_or_takes_it_away(self, seat: Seat) -> None:
        trade = make_plan(seat, sector="Technology")
        changed(seat, trade, thesis="Tight base")
        assert sectors_at(seat) == {"ANET": "Technology"}
        changed(seat, trade, sector="Networks")
        assert sectors_at(seat) == {"ANET": "Networks"}
        changed(seat, trade, sector="")
        assert sectors_at(seat) == {}

    def test_another_symbol_does_not_take_it_along(self, seat: Seat) -> None:
        said(seat, XOM="Energy")
        trade = make_plan(seat, sector="Technology")
        changed(seat, trade, symbol="XOM", sector="Technology")
        assert sectors_at(seat) == {"ANET": "Technology", "XOM": "Energy"}
        changed(seat, trade, symbol="CVX", sector="Oil")
        assert sectors_at(seat) == {"ANET": "Technology", "CVX": "Oil", "XOM": "Energy"}

    def test_the_details_of_a_trade_say_it_for_its_symbol(self, seat: Seat) -> None:
        trade, other = (bought(seat, exposed.instrument("NVDA"), "1", "100", "95") for _ in range(2))
        change_details(seat, trade, parse(DetailsInput, {"sector": "Technology"}), NOW)
        assert details_of(other)["sector"] == "Technology"
        change_details(seat, other, parse(DetailsInput, {}), NOW)
        assert sectors_at(seat) == {}
