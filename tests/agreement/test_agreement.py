"""Every figure of 1,000 random accounts agrees to the cent with a slow, obvious recomputation.

Each account is put into the database, and what the product makes of it is held against tests/oracle.py and what stands
beside this module: in all of them what is stored and what the services say, in one of ten also the pages and the
API's answers. A failure lists the figures that differ; the account comes again from its number alone.
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.agreement.check_api import check_api
from tests.agreement.check_board import check_board
from tests.agreement.check_dashboard import check_dashboard
from tests.agreement.check_pages import check_cash_page, check_dashboard_page, check_list_page, check_risk_page
from tests.agreement.check_report_page import check_report_page
from tests.agreement.check_reports import check_reports
from tests.agreement.check_stored import check_list, check_stored
from tests.agreement.check_trade_page import check_trade_pages
from tests.agreement.expected_spans import Facts
from tests.agreement.loading import recorded, written
from tests.agreement.sheet import Sheet
from tests.agreement.splitting import split_world
from tests.agreement.worlds import random_world
from tests.conftest import Clock, sign_in
from tests.web.api.desk import Program
from trenddojo.services.breakdowns import Breakdown
from trenddojo.services.spans import Period
from trenddojo.store.seats import Seat

CHUNK = 50
_PERIODS, _BREAKDOWNS = (*Period, Period.ALL), tuple(Breakdown)


@pytest.mark.parametrize("chunk", range(20))
def test_1000_random_accounts_agree(app: Flask, clock: Clock, chunk: int) -> None:
    for seed in range(chunk * CHUNK, (chunk + 1) * CHUNK):
        world = random_world(seed)
        clock.now = world.now
        seat, facts = written(world), Facts(world)
        _check(app, seat, facts, with_pages=seed % 10 == 0)


@pytest.mark.parametrize("chunk", range(4))
def test_accounts_whose_instruments_were_split_agree(app: Flask, clock: Clock, chunk: int) -> None:
    split = 0
    for seed in range(4000 + chunk * CHUNK, 4000 + (chunk + 1) * CHUNK):
        world = random_world(seed)
        clock.now = world.now
        told, splits = split_world(world)
        seat, facts = written(told, splits), Facts(world, told)
        _check(app, seat, facts, with_pages=seed % 10 == 0)
        split += len(splits)
    assert split > CHUNK / 2


@pytest.mark.parametrize("chunk", range(6))
def test_the_order_of_recording_does_not_matter(app: Flask, clock: Clock, chunk: int) -> None:
    for seed in range(2000 + chunk * 10, 2010 + chunk * 10):
        world = random_world(seed, recordable=True)
        clock.now = world.now
        seat, facts = recorded(world, Random(-seed)), Facts(world)
        _check(app, seat, facts, with_pages=seed % 5 == 0)


class TestOnBothDatabases:
    @pytest.fixture
    def database_url(self, both_databases: str) -> str:
        return both_databases

    def test_random_accounts_agree(self, app: Flask, clock: Clock) -> None:
        for seed in range(3000, 3030):
            by_acts = seed % 3 == 0
            world = random_world(seed, recordable=by_acts)
            clock.now = world.now
            seat = recorded(world, Random(-seed)) if by_acts else written(world)
            _check(app, seat, Facts(world), with_pages=seed % 10 == 0)


def _check(app: Flask, seat: Seat, facts: Facts, *, with_pages: bool) -> None:
    seed = facts.world.seed
    sheet, by = Sheet(f"account {seed}"), _BREAKDOWNS[seed // 5 % len(_BREAKDOWNS)]
    check_stored(sheet, facts, seat)
    check_board(sheet, facts, seat)
    check_dashboard(sheet, facts, seat)
    check_reports(sheet, facts, seat, _PERIODS[seed % len(_PERIODS)], by)
    if with_pages or seed % 4 == 0:
        check_list(sheet, facts, seat)
    if with_pages:
        _check_pages(sheet, facts, _getter(sign_in(app, seat.user)), by)
        check_api(sheet, facts, Program(app, seat.user), str(seat.account.id), by)
    if sheet.wrong:
        pytest.fail("\n".join(sheet.wrong[:40]), pytrace=False)


def _check_pages(sheet: Sheet, facts: Facts, get: Callable[[str], str], by: Breakdown) -> None:
    check_dashboard_page(sheet, facts, get)
    check_risk_page(sheet, facts, get)
    check_cash_page(sheet, facts, get)
    check_list_page(sheet, facts, get)
    check_report_page(sheet, facts, get, by)
    check_trade_pages(sheet, facts, get)


def _getter(browser: FlaskClient) -> Callable[[str], str]:
    def get(address: str) -> str:
        answer = browser.get(address)
        assert answer.status_code == 200, (address, answer.status_code)
        return answer.text

    return get
